"""What a question names by a mark of its own, such as a number or a code, and whether a text has it.

Rules this module enforces:

* A code counts however it is joined: `AX-119`, `AX 119` is not, `ax119` is the same. A part of a longer code is found
  too, but a text that has it whole comes first.
* Leading zeros and separators of thousands tell nothing apart, unless a text has the very same writing.
"""

import re
from enum import IntEnum
from typing import Final

_TOKEN: Final = re.compile(r"[^\W_]+(?:[-_/.:@&'\u2010\u2011,][^\W_]+)*")
_JOINER: Final = re.compile(r"[-_/:@&'\u2010\u2011]")
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_PARTS: Final = re.compile(r"[-_/.:@&'\u2010\u2011,]")
_DIGIT: Final = re.compile(r"\d")
_MOST_PARTS: Final = 8


class Match(IntEnum):
    """How well a text has what a question names."""

    NONE = 0
    PART = 1
    WHOLE = 2


def identifiers(lowered: str) -> tuple[str, ...]:
    """Return the words of a lower-case question that hold a digit, joined codes closed up, each once."""
    found = (_closed(token) for token in _TOKEN.findall(lowered) if _DIGIT.search(token))
    return tuple(dict.fromkeys(found))


def match(wanted: tuple[str, ...], lowered: str) -> Match:
    """Tell how well a lower-case text has all of `wanted`; WHOLE where nothing is wanted."""
    if not wanted:
        return Match.WHOLE
    tokens = _TOKEN.findall(lowered)
    whole = {_closed(token) for token in tokens}
    missing = [each for each in wanted if each not in whole]
    if not missing:
        return Match.WHOLE
    parts = {form for token in tokens for form in _partial(token)}
    return Match.PART if all(_plain(each) in parts for each in missing) else Match.NONE


def _closed(token: str) -> str:
    return _JOINER.sub("", _THOUSANDS.sub("", token))


def _plain(form: str) -> str:
    return form.lstrip("0") or "0"


def _partial(token: str) -> set[str]:
    """Return the parts of a token, and what its first parts are together, without leading zeros."""
    parts = _PARTS.split(token)[:_MOST_PARTS]
    together = ("".join(parts[:count]) for count in range(1, len(parts) + 1))
    return {_plain(form) for form in (*parts, *together, _closed(token))}
