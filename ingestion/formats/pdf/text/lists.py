"""The marks that list items begin with."""

import re
from typing import Final

_MARK: Final = re.compile(
    r"[\u2022\u25e6\u25aa\u25ab\u25a0\u25a1\u25cf\u25cb\u2023\u2043\u2219\u00b7\u2013\u2014*\u25ba\u25b6\u27a2\u27a4\u2713\u2714-]|[(\[]?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)\]]|\d{1,2}(?:\.\d{1,2}){1,3}\.?|[oO\u00a7]"
)
_ITEM: Final = re.compile(
    r"(?:[\u2022\u25e6\u25aa\u25ab\u25a0\u25a1\u25cf\u25cb\u2023\u2043\u2219\u00b7\u25ba\u25b6\u27a2\u27a4\u2713\u2714]\s?|[\u2013\u2014*-]\s|[(\[](?:\d{1,3}|[A-Za-z]|[ivx]{1,5})[)\]]\s|(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)]\s)\S"
)
_BULLET: Final = re.compile(
    r"[\u2022\u25e6\u25aa\u25ab\u25a0\u25a1\u25cf\u25cb\u2023\u2043\u2219\u00b7\u25ba\u25b6\u27a2\u27a4\u2713\u2714]"
)


def is_mark(word: str) -> bool:
    """Tell whether a first word is the mark of a list item, a bullet or a number."""
    return _MARK.fullmatch(word) is not None


def is_item(line: str) -> bool:
    """Tell whether a line begins as the item of a list does."""
    return _ITEM.match(line) is not None


def is_bulleted(line: str) -> bool:
    """Tell whether a line begins with a bullet, which nothing else begins with."""
    return _BULLET.match(line) is not None
