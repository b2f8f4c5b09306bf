"""Reading OpenDocument texts, with their pages where the program that wrote them kept those."""

from dataclasses import replace
from pathlib import Path

from ingestion.formats.content import Content, Passage, Table, TableRow
from ingestion.formats.opendocument.archive import Archive
from ingestion.formats.opendocument.names import STYLE, TEXT, Element
from ingestion.formats.opendocument.styles import Styles
from ingestion.formats.opendocument.walker import Walker
from ingestion.parse.outcome import Limits


def read_text_document(path: Path, _limits: Limits) -> Content:
    """Read an OpenDocument text. Raises ParseFailed where it is protected or holds no text at all."""
    with Archive(path) as archive:
        body = archive.body("text")
        styles = archive.root("styles.xml")
        known = Styles(styles, archive.root("content.xml"))
        walker = Walker(archive, known, page=1)
        above, below = _running(walker, styles)
        blocks = [*above, *walker.blocks(body), *below]
        drawn = archive.page_count()
        pages = walker.page
        warnings = archive.warnings
        if pages != drawn and (pages == 1 or body.find(f".//{TEXT}soft-page-break") is None):
            # Nothing says where its pages ended when it was drawn.
            pages, blocks = None, [_unpaged(block) for block in blocks]
            warnings = [replace(each, page=None) for each in warnings]
        return Content(blocks, archive.title(), pages, parts=archive.parts, warnings=warnings)


def _running(walker: Walker, styles: Element | None) -> tuple[list[Passage | Table], list[Passage | Table]]:
    above: list[Passage | Table] = []
    below: list[Passage | Table] = []
    for kind, found in (("header", above), ("footer", below)):
        names = tuple(f"{STYLE}{kind}{which}" for which in ("", "-left", "-first"))
        for each in () if styles is None else styles.iter(*names):
            found += [block for block in walker.running(each) if block not in found]
    return above, below


def _unpaged(block: Passage | Table) -> Passage | Table:
    if isinstance(block, Passage):
        return replace(block, page=None, breaks=())
    return replace(block, page=None, rows=[TableRow(row.cells) for row in block.rows])
