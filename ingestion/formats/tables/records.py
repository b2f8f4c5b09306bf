"""Rows of cells made into a table whose records keep the names of their columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ingestion.formats.content import Passage, Table, TableRow
from ingestion.formats.tables.headers import Header, column_names

CAPTION_CHARS: Final = 150
"""The longest caption; longer titles above a table are paragraphs before it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a table stands: its sheet and page, a caption from outside, and remarks by row that follow that row."""

    sheet: str = ""
    page: int | None = None
    caption: str = ""
    remarks: Mapping[int, Sequence[str]] = field(default_factory=dict)
    pages: Sequence[int | None] = ()
    """The pages of its rows, where they are not all on one."""


def cell_line(text: str) -> str:
    """Return the `text` of a cell on one line."""
    return " ".join(text.split())


def records_of(
    rows: Sequence[Sequence[str]], header: Header, setting: Setting, names: Sequence[str] | None = None
) -> Iterator[Passage | Table]:
    """Yield the titles above a table, the table, and remarks after their rows, which part it.

    `rows` are all of it, `header` says what the first of them are; `names` replaces the names found in them.
    """
    titles = [setting.caption, *(" ".join(filter(None, row)) for row in rows[: header.above])]
    caption = "; ".join(filter(None, titles))
    if len(caption) > CAPTION_CHARS:
        caption = titles.pop() if len(titles[-1]) <= CAPTION_CHARS else ""
        yield from (Passage(title, page=setting.page) for title in titles if title)
    first = header.above + header.rows
    if names is None:
        names = column_names(rows[header.above : first], groups=header.groups)
    if not any(names):
        names = ()
    yield from _parted(rows, first, tuple(names), caption, setting)


def _parted(
    rows: Sequence[Sequence[str]], first: int, names: tuple[str, ...], caption: str, setting: Setting
) -> Iterator[Passage | Table]:
    shown: list[TableRow] = []
    waiting = [remark for place in range(first) for remark in setting.remarks.get(place, ())]
    for place in range(first, len(rows)):
        if waiting and shown:
            yield Table(shown, names, caption, setting.sheet, setting.page)
            shown = []
        yield from (Passage(remark, page=setting.page) for remark in waiting)
        waiting = list(setting.remarks.get(place, ()))
        cells = tuple(rows[place])
        if any(cells):
            shown.append(TableRow(cells, setting.pages[place] if setting.pages else setting.page))
    if shown:
        yield Table(shown, names, caption, setting.sheet, setting.page)
    elif first == len(rows) and any(names):
        yield Table([TableRow(names, setting.page)], (), caption, setting.sheet, setting.page)
    yield from (Passage(remark, page=setting.page) for remark in waiting)
