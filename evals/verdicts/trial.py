"""One attempt, and the place it attacked."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One cell of coverage: which route, which slot of it, which store behind it, seen through which surface."""

    route: str
    """`POST /v1/search`: the verb and the path's template; or `white box`."""
    slot: str = ""
    """The id slot or place attacked: `path:document_id`, `header:X-Tenant`; empty if none."""
    store: str = ""
    """What lies behind it: chunks, documents, blobs, clients, profiles, jobs, index, logs; empty if unknown."""
    surface: str = "http"
    """How it was looked at: http, openai, stream, prompt, store bytes, timing."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One distinct attempt. Two equal ones count once."""

    canary: str
    """The id of the canary it looked for; empty if none."""
    template: str
    """The question template or attack variant."""
    cell: Cell
    attacker: str
    """Principals as the target file names them, never by tenant id."""
    victim: str


class ControlKind(StrEnum):
    """What a control shows."""

    POSITIVE = "positive"
    """The probe finds what is there: the victim finds its own canary the same way."""
    NEGATIVE = "negative"
    """The probe stays silent about what is not there: a canary that was never planted."""


@dataclass(frozen=True, slots=True)
class Control:
    """Whether the probe can be believed: one check of it, as a sentence, and its outcome."""

    kind: ControlKind
    name: str
    held: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """Numbers for a plot, with the band inside which they count as equal."""

    name: str
    values: Mapping[str, float | list[float]]
    band: tuple[float, float] | None = None
