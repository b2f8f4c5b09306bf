"""What a report of spending is asked for: from when, until when, divided by what."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final, Generic, TypeVar

from tenancy.errors import Invalid

Word = TypeVar("Word", bound=StrEnum)
_DAY_SECONDS: Final = 86_400.0
_WITHOUT_FROM: Final = 30 * _DAY_SECONDS


class InvalidReport(Invalid):
    """The report cannot be made as it was asked for."""

    code = "invalid_report"


@dataclass(frozen=True, slots=True)
class Asked(Generic[Word]):
    """A report of what was spent from `since` on and before `until`, in epoch seconds."""

    since: float
    until: float
    groups: tuple[Word, ...]


def asked(words: type[Word], since: str | None, until: str | None, group_by: str) -> Asked[Word]:
    """Return what was asked for; a day that is named last is in the report whole. Raises InvalidReport."""
    end = time.time() + 1.0 if until is None else _moment(until, last=True)
    begin = end - _WITHOUT_FROM if since is None else _moment(since, last=False)
    if begin >= end:
        raise InvalidReport("`from` must be before `to`.")
    try:
        groups = tuple(dict.fromkeys(words(word.strip()) for word in group_by.split(",")))
    except ValueError:
        raise InvalidReport(f"`group_by` is one or more of {','.join(words)}, with commas.") from None
    return Asked(begin, end, groups)


def _moment(text: str, *, last: bool) -> float:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _instant(text)
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    return begins + _DAY_SECONDS if last else begins


def _instant(text: str) -> float:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InvalidReport("`from` and `to` are days (2026-11-24) or moments (2026-11-24T08:00:00Z).")
    return at.timestamp()
