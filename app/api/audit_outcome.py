"""How a request ended, in the words of an audit trail."""

from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """The outcomes that an entry can have."""

    DONE = "done"
    REPEATED = "repeated"
    UNCHANGED = "unchanged"
    DENIED = "denied"
    REFUSED = "refused"
    FAILED = "failed"


UNSUCCESSFUL: Final = frozenset({Outcome.DENIED, Outcome.REFUSED, Outcome.FAILED})
"""The outcomes of unsuccessful requests."""
_DENIED: Final = frozenset({401, 403, 404})


def outcome_of(status: int, *, repeated: bool) -> Outcome:
    """Return the outcome of a request that was answered with a status; `repeated` tells of a replayed answer."""
    if status < 400:  # noqa: PLR2004 - what HTTP calls done, by its first digit
        return Outcome.REPEATED if repeated else Outcome.DONE
    if status in _DENIED:
        return Outcome.DENIED
    return Outcome.REFUSED if status < 500 else Outcome.FAILED  # noqa: PLR2004 - likewise
