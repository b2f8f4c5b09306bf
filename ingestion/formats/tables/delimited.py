"""Reading separated values, such as CSV, as one table of records."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Final

from ingestion.formats.content import Content, ReadingWarning, WarningCode
from ingestion.formats.encoding import read_characters
from ingestion.formats.tables.headers import CellKind, find_header, kind_of
from ingestion.formats.tables.records import Setting, cell_line, records_of
from ingestion.parse.outcome import Limits

_DELIMITERS: Final = (",", ";", "\t", "|")
_NONE: Final = "\x1f"
_SAMPLE_LINES: Final = 200
_SAMPLE_CHARS: Final = 1 << 16
_STEADY: Final = 0.5
_LINES_IN_A_CELL: Final = 500
_MENDED: Final = 20
_SEPARATOR_LINE: Final = re.compile(r"\s*\"?sep=(.)\"?[ \t]*(?:\r\n|\r|\n)", re.IGNORECASE)
_EXCEL_TEXT: Final = re.compile(r'="([^"]*)"')
_BACKSLASH: Final = re.compile(r'\\"(?![,;\t|\r\n]|$)')
_BACKSLASH_LAST: Final = re.compile(r'[^\\]\\"(?:[,;\t|\r\n]|$)')


def read_csv(path: Path, limits: Limits) -> Content:
    """Read comma-separated values in any encoding, whatever separates them, as one table."""
    return _read(path, limits, ",")


def read_tsv(path: Path, limits: Limits) -> Content:
    """Read tab-separated values in the same way."""
    return _read(path, limits, "\t")


def _read(path: Path, limits: Limits, usual: str) -> Content:
    text, lost = read_characters(path.read_bytes())
    csv.field_size_limit(max(limits.text_chars, csv.field_size_limit()))
    said = _SEPARATOR_LINE.match(text)
    delimiter = said.group(1) if said else delimiter_of(text, usual) or _NONE
    rows = list(_rows(text[said.end() :] if said else text, delimiter))
    warnings = [ReadingWarning(WarningCode.CHARACTERS_REPLACED)] if lost else []
    return Content(list(records_of(rows, find_header(rows), Setting())), headings=False, warnings=warnings)


def delimiter_of(text: str, usual: str = ",") -> str | None:
    """Return what separates the values of `text`, None where nothing does, `usual` where others would do as well.

    A delimiter is one if most lines have the same number of values with it, and the first line has two or more; the
    commas of sentences, with a space behind each, are none where the first line has none.
    """
    sample = text[:_SAMPLE_CHARS]
    if len(sample) < len(text):
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r"), 0) or len(sample)]
    scores = {delimiter: _score(sample, delimiter) for delimiter in (usual, *_DELIMITERS)}
    best = max(scores, key=lambda delimiter: scores[delimiter])
    return best if scores[best] > (0, 0) else None


def _score(sample: str, delimiter: str) -> tuple[float, float]:
    """Return how steadily `delimiter` parts the lines of `sample`, then how many of the parts are clean."""
    if delimiter not in sample:
        return (0, 0)
    rows = [row for row in islice(_records(sample, delimiter), _SAMPLE_LINES) if any(row)]
    for row in rows:
        while len(row) > 1 and not row[-1].strip():
            row.pop()
    counts = Counter(len(row) for row in rows)
    width = max((count for count in counts if count > 1), key=lambda count: (counts[count], count), default=1)
    if width == 1:
        return (0, 0)
    first = len(rows[0])
    if first == 1 and delimiter == "," and not re.search(r",\S", sample):
        return (0, 0)
    steady = counts[width] / len(rows)
    several = sum(count for size, count in counts.items() if size > 1) / len(rows)
    if steady < _STEADY and not (first > 1 and several >= _STEADY):
        return (0, 0)
    cells = [cell for row in rows for cell in row if cell]
    others = re.compile(f"[{''.join(_DELIMITERS).replace(delimiter, '')}]\\S")  # as in a sentence, a space may follow
    unclean = sum(1 for cell in cells if others.search(cell) and kind_of(cell) is not CellKind.FIGURE)
    return (round((steady + several) / 2, 1), 1 - unclean / max(len(cells), 1))


def _rows(text: str, delimiter: str) -> Iterator[tuple[str, ...]]:
    """Yield the records of `text` that hold something, each cell on one line, without blank cells at the end."""
    for cells in _records(text, delimiter):
        row = [cell_line(_EXCEL_TEXT.sub(r"\1", cell) if cell.startswith('="') else cell) for cell in cells]
        while row and not row[-1]:
            row.pop()
        if row:
            yield tuple(row)


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    """Yield the records of `text`. A quote that is never closed is a letter of its line."""
    escape = "\\" if _BACKSLASH.search(text) and not _BACKSLASH_LAST.search(text) else None
    lines: Iterator[str] = iter(io.StringIO(text, newline=""))
    mended = 0
    while True:
        taken: list[str] = []
        reader = csv.reader(_noted(lines, taken), delimiter=delimiter, escapechar=escape)
        for record in reader:
            if len(taken) > 1 and _is_unclosed(taken):
                break
            yield record
            taken.clear()
        else:
            return
        mended += 1
        yield from csv.reader(taken[:1], delimiter=delimiter, quoting=csv.QUOTE_NONE)
        lines = chain(taken[1:], lines)
        if mended > _MENDED:
            yield from csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
            return


def _noted(lines: Iterator[str], taken: list[str]) -> Iterator[str]:
    for line in lines:
        taken.append(line)
        yield line if len(taken) <= _LINES_IN_A_CELL else '"'


def _is_unclosed(taken: Sequence[str]) -> bool:
    return len(taken) > _LINES_IN_A_CELL or sum(line.count('"') for line in taken) % 2 == 1
