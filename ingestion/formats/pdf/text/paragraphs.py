"""Lines joined into paragraphs, headings, list items and lines that stand by themselves."""

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, final

from ingestion.formats.content import Passage, Table
from ingestion.formats.pdf.text import lists
from ingestion.formats.pdf.text.hyphens import Joiner
from ingestion.formats.pdf.text.lines import TextLine, is_entry

_SAME_SIZE: Final = 0.12
_INDENT: Final = 0.8
_TIGHTEST: Final = 0.9
_LOOSEST: Final = 4.0
_ENOUGH: Final = 4
_LOOSE: Final = 1.25
_LARGER: Final = 1.15
_HEADING_CHARS: Final = 150
_HEADING_LINES: Final = 4
_FULL: Final = 0.8
_SPARE: Final = 0.6
_MOST: Final = 0.75
_VERSE_LINES: Final = 3
_LOOK_BACK: Final = 8
_SMALLER: Final = 0.93
_ENDINGS: Final = ".!?:;\u2026\u3002\uff01\uff1f\u061f\u0964\u00bb\u201d\"'\u2019)]"
_CLOSED: Final = ".!?:\u2026\u3002\uff01\uff1f\u061f\u0964"


Block = Passage | Table


@final
class Text:
    """A paragraph in the making: its lines, each with its page, between the edges of its `column`."""

    def __init__(self, line: TextLine, page: int, column: tuple[float, float], *, heading: bool, close: bool) -> None:
        """Begin with a line; `close` says that it stands at the usual distance below the paragraph before."""
        self.lines = [line]
        self.pages = [page]
        self.column = column
        self.heading = heading
        self.close = close
        self.fixed = line.fixed
        self.as_lines = False
        self.body_left = math.inf
        """Where the further lines begin."""

    def add(self, lines: Sequence[TextLine], pages: Sequence[int]) -> None:
        """Go on with more lines."""
        self.lines += lines
        self.pages += pages
        self.body_left = min(self.body_left, *(line.left for line in lines))

    def distance(self, left: float, height: float) -> float:
        """Return how far a point is from its lines, up or down, and from its column, which counts less."""
        aside = max(self.column[0] - left, left - self.column[1], 0.0)
        return aside / 4 + min(abs(line.base - line.size / 3 - height) for line in self.lines)

    @property
    def page(self) -> int:
        """The page that it begins on."""
        return self.pages[0]

    @property
    def is_set(self) -> bool:
        """Tell whether its lines stand by themselves."""
        return self.fixed or self.as_lines

    @property
    def last(self) -> TextLine:
        """The line that it ends with."""
        return self.lines[-1]


@dataclass(frozen=True, slots=True)
class Setting:
    """How a document is set: the size of most of its letters, and how far apart its lines stand, in that size."""

    size: float
    leading: float


def setting_of(columns: Iterable[Sequence[TextLine]]) -> Setting:
    """Return the setting of a document from the lines of its columns."""
    sizes: Counter[float] = Counter()
    steps: Counter[float] = Counter()
    for lines in columns:
        for line in lines:
            sizes[round(line.size, 1)] += len(line.text)
        for above, below in pairwise(lines):
            step = (below.base - above.base) / max(above.size, 0.1)
            if 0 < step < _LOOSEST and _alike(above, below):
                steps[round(step, 1)] += min(len(above.text), len(below.text))
    size = sizes.most_common(1)[0][0] if sizes else 10.0
    return Setting(size, steps.most_common(1)[0][0] if steps else 1.2)


def paragraphs(lines: Sequence[TextLine], page: int, setting: Setting) -> list[Text]:
    """Return the paragraphs that the lines of a column make."""
    if not lines:
        return []
    left = min(line.left for line in lines)
    right = _margin(lines)
    leading = _leading(lines, setting)
    texts: list[Text] = []
    for line in lines:
        heading = _is_heading(line, setting)
        if texts and _goes_on(texts[-1], line, (left, right), leading, heading=heading):
            texts[-1].add([line], [page])
        else:
            close = bool(texts) and _is_close(texts[-1].last, line, leading)
            texts.append(Text(line, page, (left, right), heading=heading, close=close))
    for text in texts:
        text.heading = text.heading and _stays_heading(text)
    return _verses(texts)


def _verses(texts: Sequence[Text]) -> list[Text]:
    """Join what stands close together in short lines, each with a beginning of its own: verse, addresses."""
    runs: list[list[Text]] = []
    for text in texts:
        plain = not (text.heading or text.fixed or lists.is_item(text.lines[0].text))
        if runs and text.close and plain and runs[-1][-1].heading is False and not runs[-1][-1].fixed:
            runs[-1].append(text)
        else:
            runs.append([text])
    out: list[Text] = []
    for run in runs:
        lines = [line for text in run for line in text.lines]
        if _is_verse(lines, run[0]):
            for text in run[1:]:
                run[0].add(text.lines, text.pages)
            run[0].as_lines = True
            out.append(run[0])
        else:
            out += run
    return out


def _is_verse(lines: Sequence[TextLine], first: Text) -> bool:
    if len(lines) < _VERSE_LINES or first.heading or first.fixed or lists.is_item(lines[0].text):
        return False
    right = first.column[1]
    pairs = list(pairwise(lines))
    short = sum(
        is_entry(above.text) or right - above.right > below.first + _SPARE * below.size for above, below in pairs
    )
    begun = sum(not below.text[0].islower() for _, below in pairs)
    return short >= _MOST * len(pairs) and begun >= _MOST * len(pairs)


def _alike(above: TextLine, below: TextLine) -> bool:
    return abs(above.size - below.size) <= _SAME_SIZE * max(above.size, below.size)


def _margin(lines: Sequence[TextLine]) -> float:
    ends = sorted(line.right for line in lines)
    return ends[-1 - len(ends) // 20]


def _leading(lines: Sequence[TextLine], setting: Setting) -> float:
    """Return how far apart, in their size, the lines of one paragraph stand in a column: what occurs most, near it."""
    steps = [
        round((below.base - above.base) / max(above.size, 0.1), 1)
        for above, below in pairwise(lines)
        if _alike(above, below) and below.base > above.base
    ]
    steps = [step for step in steps if step >= _TIGHTEST]
    if len(steps) < _ENOUGH:
        return min([setting.leading, *steps])
    common, count = Counter(steps).most_common(1)[0]
    return common if count > len(steps) / 3 else max(min(steps), min(common, setting.leading))


def _is_heading(line: TextLine, setting: Setting) -> bool:
    if is_entry(line.text):
        return False
    if len(line.text) > _HEADING_CHARS or not any(letter.isalpha() for letter in line.text):
        return False
    if line.size > _LARGER * setting.size:
        return True
    return line.bold and not line.fixed and line.size >= setting.size * 0.95 and line.text[-1] not in ".,;"


def _stays_heading(text: Text) -> bool:
    return len(text.lines) <= _HEADING_LINES and sum(len(line.text) + 1 for line in text.lines) <= _HEADING_CHARS


def _goes_on(text: Text, line: TextLine, column: tuple[float, float], leading: float, *, heading: bool) -> bool:
    above = text.last
    if text.heading is not heading or text.fixed is not line.fixed:
        return False
    if not _is_close(above, line, leading):
        return False
    if lists.is_bulleted(line.text):
        return False
    if text.fixed or heading:
        return above.bold is line.bold
    return not _begins(text, line, column)


def _is_close(above: TextLine, line: TextLine, leading: float) -> bool:
    step = (line.base - above.base) / max(above.size, 0.1)
    return 0 < step <= max(_LOOSE * leading, leading + 0.2) and _alike(above, line)


def _begins(text: Text, line: TextLine, column: tuple[float, float]) -> bool:
    """Tell whether a line at the usual distance begins another paragraph."""
    above = text.last
    left, right = column
    closed = above.text[-1] in _ENDINGS
    room = right - above.right
    if is_entry(above.text):
        return True
    fits = room > line.first + _SPARE * line.size
    if lists.is_item(line.text) and (closed or fits or lists.is_item(text.lines[0].text)):
        return True
    upper = not line.text[0].islower()
    if fits and upper and (closed or room > 0.4 * (right - left)):
        return True
    indent = line.left - above.left
    if indent > _INDENT * line.size and (closed or fits) and upper and not lists.is_item(text.lines[0].text):
        return len(text.lines) > 1 or line.left - left > _INDENT * line.size
    hanging = len(text.lines) > 1 and -indent > _INDENT * line.size
    return hanging and upper and line.left < text.body_left - 0.5 * line.size


def joined(items: Sequence[Text | Block]) -> list[Text | Block]:
    """Join paragraphs that go on over the end of a column or a page, past the footnotes, tables and notes between."""
    out: list[Text | Block] = []
    for item in items:
        before = _unfinished(out, item) if isinstance(item, Text) else None
        if before is None or not isinstance(item, Text):
            out.append(item)
        else:
            before.add(item.lines, item.pages)
    return out


def _unfinished(out: Sequence[Text | Block], text: Text) -> Text | None:
    """Return the paragraph that `text` goes on with, among the last of those before it."""
    for before in out[: -_LOOK_BACK - 1 : -1]:
        if not isinstance(before, Text):
            continue
        if _carries_over(before, text):
            return before
        if before.last.size > _SMALLER * text.lines[0].size or before.heading:
            return None
    return None


def _carries_over(before: Text, after: Text) -> bool:
    last, first = before.last, after.lines[0]
    if before.heading or after.heading or before.is_set or after.is_set or not _alike(last, first):
        return False
    if after.page - before.pages[-1] > 1 or lists.is_item(first.text) or last.text[-1] in _CLOSED:
        return False
    if after.page == before.pages[-1] and first.base > last.base and first.left < before.column[1]:
        return False
    if first.text[0].islower():
        return True
    left, right = before.column
    full = last.right - left >= _FULL * (right - left)
    return full and len(before.lines) > 1 and last.text[-1] not in _ENDINGS and last.bold is first.bold


def written(text: Text, joiner: Joiner) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return what a paragraph says, and where it goes on on another page."""
    if text.is_set and len(text.lines) > 1:
        return _indented(text.lines), ()
    parts: list[str] = []
    breaks: list[tuple[int, int]] = []
    last, length = text.lines[0].text, 0
    for number, line in enumerate(text.lines[1:], start=1):
        kept, between = joiner.join(last, line.text)
        parts += (kept, between)
        length += len(kept) + len(between)
        if text.pages[number] != text.pages[number - 1]:
            breaks.append((length, text.pages[number]))
        last = line.text
    return "".join([*parts, last]).replace("\u00ad", ""), tuple(breaks)


def _indented(lines: Sequence[TextLine]) -> str:
    left = min(line.left for line in lines)
    width = statistics.median((line.right - line.left) / len(line.text) for line in lines) or 1.0
    return "\n".join(" " * min(round((line.left - left) / width), 40) + line.text for line in lines)
