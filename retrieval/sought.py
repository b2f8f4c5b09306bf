"""What kind of answer the wording of a question calls for, in the languages of `wording.toml`."""

import re
import tomllib
from enum import StrEnum
from importlib.resources import files
from typing import Final


class Sought(StrEnum):
    """The kind of answer a question's wording calls for; earlier ones win, so that `how long ago` is a time."""

    TIME = "time"
    NUMBER = "number"
    PERSON = "person"
    PLACE = "place"
    REASON = "reason"
    MANNER = "manner"
    ANYTHING = "anything"


_WORDING: Final[dict[str, dict[str, str]]] = tomllib.loads(
    files("retrieval").joinpath("wording.toml").read_text("utf-8")
)


def _pattern(kind: str) -> re.Pattern[str]:
    spaced = "|".join(words[kind] for name, words in _WORDING.items() if kind in words and name != "unspaced")
    return re.compile(rf"(?<!\w)(?:{spaced})(?!\w)|{_WORDING['unspaced'][kind]}")


_KINDS: Final = tuple((kind, _pattern(kind)) for kind in Sought if kind is not Sought.ANYTHING)
BECAUSE: Final = _pattern("because")
"""Finds what shows a reason in lower-case text."""


def sought(lowered: str) -> Sought:
    """Return the kind of answer that a lower-case question calls for."""
    return next((kind for kind, pattern in _KINDS if pattern.search(lowered)), Sought.ANYTHING)
