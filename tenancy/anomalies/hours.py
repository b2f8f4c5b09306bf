"""What a tenant did in an hour, what its clock says, and what may be found unusual about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

SECONDS: Final = 3_600
"""Of an hour; every `starts` is a multiple of it."""


class Signal(StrEnum):
    """What is counted of every hour."""

    REQUESTS = "requests"  # with a valid token, whatever became of them
    TOKENS = "tokens"  # of model calls in the ledger
    SPEND = "spend"  # whole micro-dollars charged
    PROMPT_SIZE = "prompt_size"  # tokens of the hour's largest single prompt
    REFUSALS = "refusals"  # answers that were refusals
    FOREIGN_IDS = "foreign_ids"  # requests answered 404 that named an id: never there, or not the caller's
    CANARIES = "canaries"  # tripwires met in uploads, questions or answers


@dataclass(frozen=True, slots=True)
class Hour:
    """What a tenant did in the hour that `starts` in whole epoch seconds UTC, a multiple of 3,600.

    An absent signal is 0. Hours without activity are absent from a history.
    """

    starts: int
    counts: Mapping[Signal, int]


class Kind(StrEnum):
    """What a finding is about."""

    SPIKE = "spike"
    LARGE_PROMPT = "large_prompt"
    OFF_HOURS = "off_hours"
    REFUSALS = "refusals"
    FOREIGN_IDS = "foreign_ids"
    CANARY = "canary"


@dataclass(frozen=True, slots=True)
class Calendar:
    """A tenant's clock.

    `business` holds whole local hours as [from, until) by weekday, 0 for Monday; a weekday that is absent is closed.
    None where the tenant names none: then its quiet hours are learnt from its own history.
    """

    zone: ZoneInfo
    business: Mapping[int, tuple[int, int]] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What is unusual about an hour: `seen` where the baseline holds `expected` for usual.

    `gross` is only ever a spike: so far out that a tenant is slowed down before a person has looked.
    """

    kind: Kind
    signal: Signal
    hour: int
    seen: int
    expected: float
    gross: bool = False
