"""One thing a target can be asked to do, as a request to be filled and values to be taken from the reply."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import quote

from evals.target.templates import fill, fill_text, fill_texts, places

_DONE: Final = range(200, 300)


class Caller(StrEnum):
    """Who makes a request."""

    TENANT = "tenant"
    OPERATOR = "operator"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file of a form: the templates of its field, name, content and declared type."""

    field: str
    name: str
    content: str
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Request:
    """A request ready to be sent. `url` is below the base; whoever sends it adds the caller's credentials."""

    base: str
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    json: object = None
    form: Mapping[str, str] | None = None
    files: tuple[tuple[str, str, bytes, str], ...] = ()
    """Field, file name, content and declared type of each file."""
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """A request template; see docs/evals.md for each field."""

    name: str
    method: str
    path: str
    base: str
    caller: Caller = Caller.TENANT
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    json: object = None
    form: Mapping[str, str] | None = None
    files: tuple[FilePart, ...] = ()
    expect: tuple[int, ...] = ()
    gives: Mapping[str, str] = field(default_factory=dict)
    changes: bool = True
    """False for a request that only reads."""
    steady: bool = False
    """Whether its answer stays the same while nothing is changed: such answers are what a tenant sees of its own."""

    def done(self, status: int) -> bool:
        """Tell whether a status means that it was done."""
        return status in (self.expect or _DONE)

    @property
    def needs(self) -> frozenset[str]:
        """The names of all values that it can take."""
        return places(self._templates)

    @property
    def requires(self) -> frozenset[str]:
        """The names of the values without which it cannot be made."""
        return places(self._templates, optional=False)

    @property
    def _templates(self) -> list[object]:
        parts = [[part.name, part.content] for part in self.files]
        return [self.path, dict(self.headers), dict(self.query), self.json, dict(self.form or {}), *parts]

    def filled(self, values: Mapping[str, object]) -> Request:
        """Return the request for `values`; MissingValue if one is missing."""
        return Request(
            base=self.base,
            method=self.method,
            path=fill_text(self.path, self._quoted(values)),
            headers=fill_texts(self.headers, values),
            query=fill_texts(self.query, values),
            json=fill(self.json, values),
            form=None if self.form is None else fill_texts(self.form, values),
            files=tuple(_file(part, values) for part in self.files),
        )

    def _quoted(self, values: Mapping[str, object]) -> dict[str, str]:
        """Return the values that the path takes; others may be whole files, and to quote one takes long."""
        return {name: quote(str(values[name]), safe="") for name in places(self.path) if name in values}


def _file(part: FilePart, values: Mapping[str, object]) -> tuple[str, str, bytes, str]:
    content = fill(part.content, values)
    raw = content if isinstance(content, bytes) else str(content).encode()
    return part.field, fill_text(part.name, values), raw, fill_text(part.content_type, values)
