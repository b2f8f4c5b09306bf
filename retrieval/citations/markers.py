"""A model's answer taken apart: its claims, and the markers each carries."""

import re
from dataclasses import dataclass
from typing import Final

from tenancy.values.units import units

_MOST_MARKERS: Final = 20  # a longer list or range of numbers is not a citation

_MARKER: Final = re.compile(r"[\[\u3010]\s*(\d{1,3}(?:\s*[,;\u2013-]\s*\d{1,3})*)\s*[\]\u3011]")
_LEADING: Final = re.compile(rf"(?:{_MARKER.pattern}[\s,]*)+")
_GLUED: Final = re.compile(r"(?<=[.!?])(?=[\[\u3010]\d)")
_BULLET: Final = re.compile(r"\A\s*(?:[-*\u2022#]+|\(?\d{1,3}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer without its markers; `before` is the white space in front of it.

    `numbers` holds what the markers named, whether or not such a document exists.
    """

    before: str
    text: str
    numbers: tuple[int, ...]

    @property
    def plain(self) -> str:
        """The sentence without a bullet or number of a list, and without marks of emphasis."""
        return _BULLET.sub("", self.text, count=1).replace("**", "").replace("__", "")


def claims(answer: str) -> tuple[Claim, ...]:
    """Split an answer into claims; a marker after a full stop belongs to the sentence that it follows."""
    text = _GLUED.sub(" ", answer)
    found: list[Claim] = []
    end = 0
    for unit in units(text):
        before, piece = text[end : unit.start], text[unit.start : unit.end]
        end = unit.end
        leading = _LEADING.match(piece)
        if leading and found and ("\n" not in before or leading.end() == len(piece)):
            last = found[-1]
            found[-1] = Claim(last.before, last.text, last.numbers + _numbers(leading[0]))
            before, piece = before or " ", piece[leading.end() :]
        stripped = _without_markers(piece)
        if stripped:
            found.append(Claim(before, stripped, _numbers(piece)))
    return tuple(found)


def _numbers(text: str) -> tuple[int, ...]:
    """Return the document numbers that the markers in `text` name, ranges written out."""
    named: list[int] = []
    for found in _MARKER.finditer(text):
        for part in re.split(r"[,;]", found[1]):
            ends = [int(number) for number in re.findall(r"\d+", part)]
            named.extend(range(ends[0], min(ends[-1], ends[0] + _MOST_MARKERS) + 1))
    return tuple(dict.fromkeys(named[:_MOST_MARKERS]))


def _without_markers(text: str) -> str:
    """Remove markers and the white space they leave before punctuation."""
    return re.sub(r"\s+(?=[.,;:!?](?:\s|$))", "", re.sub(rf"\s*{_MARKER.pattern}", "", text)).strip()
