"""The words on the pages of a PDF, as poppler's `pdftotext` has them."""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.reading.words import words_in

COMMAND: Final = "pdftotext"
_ADVICE: Final = "pdftotext is not installed: apt-get install poppler-utils"
_HYPHEN: Final = re.compile(r"(\w)[-\u2010]\n\s*(?=\w)")
_EDGE_LINES: Final = 2
_SHORTEST_HALF: Final = 2
_NUMBER: Final = re.compile(r"\W*(?:\w+ )?\W*(?:\d+|[ivxlc]+)(?:\W+\w+\W+\d+)?\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PageWords:
    """The words on a page, each once; `edge` are those of them that stand only where running heads do."""

    words: frozenset[str]
    edge: frozenset[str]


def pages_of(path: Path) -> Sequence[PageWords]:
    """Return the words of each page. Raises SystemExit where poppler is missing."""
    if shutil.which(COMMAND) is None:
        raise SystemExit(_ADVICE)
    command = [COMMAND, "-enc", "UTF-8", str(path), "-"]
    text = subprocess.run(command, capture_output=True, check=False).stdout  # noqa: S603 - poppler's, on our own file
    return [_page(each) for each in text.decode("utf-8", errors="replace").split("\f")[:-1]]


def _page(text: str) -> PageWords:
    lines = [line for line in text.split("\n") if line.strip()]
    edges = {*range(_EDGE_LINES), *range(len(lines) - _EDGE_LINES, len(lines))}
    kept = [line for number, line in enumerate(lines) if number not in edges or not _NUMBER.fullmatch(line.strip())]
    # Poppler takes a word that is set wide for its letters, and readers join them.
    words = frozenset(word for word in words_in(joined("\n".join(kept))) if len(word) > 1 or not word.isascii())
    inside = frozenset(words_in(joined("\n".join(line for number, line in enumerate(lines) if number not in edges))))
    return PageWords(words, words - inside)


def joined(text: str) -> str:
    """Return text with the words joined that were hyphenated at the end of a line."""
    return _HYPHEN.sub(r"\1", text)


def missing_on_pages(
    pages: Sequence[PageWords], read: Mapping[int, AbstractSet[str]], everywhere: AbstractSet[str]
) -> Counter[str]:
    """Return the words that were not read for the page that they stand on, nor for one beside it.

    What stands at the edge of a page may have been read for any: a running head is read once.
    """
    missing: Counter[str] = Counter()
    for number, page in enumerate(pages, start=1):
        there = frozenset[str]().union(*(read.get(near, ()) for near in (0, number - 1, number, number + 1)))
        lacking = page.words - there - (page.edge & everywhere)
        missing.update(word for word in lacking if not _is_joined(word, there))
    return missing


def _is_joined(word: str, there: AbstractSet[str]) -> bool:
    """Whether a word is two that were read: poppler joins what a hyphen parts at the end of a line, compounds too."""
    cuts = range(_SHORTEST_HALF, len(word) - _SHORTEST_HALF + 1)
    return any(word[:cut] in there and word[cut:] in there for cut in cuts)
