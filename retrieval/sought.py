"""What kind of answer the wording of a question calls for, in the languages of `interrogatives.toml`."""

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


def _patterns() -> dict[Sought, re.Pattern[str]]:
    tables: dict[str, dict[str, str]] = tomllib.loads(
        files("retrieval").joinpath("interrogatives.toml").read_text("utf-8")
    )
    unspaced = tables.pop("unspaced")
    found = {}
    for kind in unspaced:
        spaced = "|".join(words[kind] for words in tables.values() if kind in words)
        found[Sought(kind)] = re.compile(rf"(?<!\w)(?:{spaced})(?!\w)|{unspaced[kind]}")
    return found


_PATTERNS: Final = _patterns()


def sought(lowered: str) -> Sought:
    """Return the kind of answer that a lower-case question calls for."""
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.search(lowered)), Sought.ANYTHING)
