"""Putting the pages of a PDF together: passages and tables, paragraphs that go on over a page joined."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ingestion.chunk import BlockKind
from ingestion.formats.content import Passage, Table, TableRow
from ingestion.formats.pdf.grids import Grid
from ingestion.formats.pdf.layout import arrange
from ingestion.formats.pdf.margins import Edge
from ingestion.formats.pdf.sheets import Sheet
from ingestion.formats.pdf.text import lists
from ingestion.formats.pdf.text.hyphens import Joiner
from ingestion.formats.pdf.text.lines import TextLine, line_of
from ingestion.formats.pdf.text.paragraphs import Block, Text, joined, paragraphs, setting_of, written

_MOST_PLACED: Final = 200
_TITLE_CHARS: Final = 80

_Part = list[TextLine] | Grid


def compose(
    sheets: Sequence[Sheet], kept: Sequence[Edge], recognised: Mapping[int, Sequence[str]], joiner: Joiner
) -> list[Block]:
    """Return the blocks of a document; rows that repeat are gone from `sheets` and stand once, in `kept`.

    `recognised` holds the paragraphs of pages that were read by text recognition.
    """
    parts = {sheet.number: [] if sheet.number in recognised else list(_parts(sheet)) for sheet in sheets}
    setting = setting_of(part for page in parts.values() for part in page if not isinstance(part, Grid))
    items: list[Text | Block] = []
    for sheet in sheets:
        here = [edge for edge in kept if edge.page == sheet.number]
        items += [Passage(edge.text, page=edge.page) for edge in here if edge.is_above]
        items += [Passage(text, page=sheet.number) for text in recognised.get(sheet.number, ())]
        own: list[Text | Block] = []
        for part in parts.pop(sheet.number):
            own += [_table(part, sheet.number)] if isinstance(part, Grid) else paragraphs(part, sheet.number, setting)
        items += _commented(own, sheet)
        if sheet.notes.fields:
            items.append(Passage("\n".join(sheet.notes.fields), BlockKind.LINES, sheet.number))
        items += [Passage(edge.text, page=edge.page) for edge in here if not edge.is_above]
    items = joined(items)
    _mark_title(items)
    return [_passage(item, joiner) if isinstance(item, Text) else item for item in items]


def _commented(items: Sequence[Text | Block], sheet: Sheet) -> list[Text | Block]:
    """Put each comment on a page behind the paragraph that it stands beside; behind all where the page is turned."""
    texts = [(at, item) for at, item in enumerate(items) if isinstance(item, Text)] if sheet.is_level else []
    behind: defaultdict[int, list[Passage]] = defaultdict(list)
    for comment in sheet.notes.comments[:_MOST_PLACED]:
        places = [(text.distance(comment.left, comment.height), at) for at, text in texts]
        behind[min(places)[1] if places else len(items)].append(Passage(comment.text, page=sheet.number))
    behind[len(items)] += [Passage(comment.text, page=sheet.number) for comment in sheet.notes.comments[_MOST_PLACED:]]
    placed: list[Text | Block] = []
    for at, item in enumerate(items):
        placed += [item, *behind[at]]
    return placed + behind[len(items)]


def _mark_title(items: Sequence[Text | Block]) -> None:
    """Take the first line of a document for a heading where it is short, unfinished, and alone above longer text."""
    texts = [item for item in items if isinstance(item, Text)][:2]
    if len(texts) == 1 or not texts or items[0] is not texts[0] or len(texts[0].lines) > 1 or texts[0].is_set:
        return
    first, second = (text.lines[0].text for text in texts)
    if len(first) < min(_TITLE_CHARS, len(second)) and first[-1].isalnum() and not lists.is_item(first):
        texts[0].heading = True


def _parts(sheet: Sheet) -> Iterator[_Part]:
    for number, rows in enumerate(sheet.groups):
        for part in arrange(rows, () if number else sheet.rules):
            yield part if isinstance(part, Grid) else [line_of(row) for row in part]
    sheet.groups.clear()  # words take much memory, and are lines now


def _passage(text: Text, joiner: Joiner) -> Passage:
    what, breaks = written(text, joiner)
    kind = BlockKind.HEADING if text.heading else BlockKind.LINES if text.is_set else BlockKind.PROSE
    return Passage(what, kind, text.page, breaks)


def _table(grid: Grid, page: int) -> Table:
    return Table([TableRow(cells, page) for cells in grid.rows], grid.header, page=page)
