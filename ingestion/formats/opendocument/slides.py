"""Reading OpenDocument presentations, a page for each of their slides."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, Table, WarningCode
from ingestion.formats.opendocument.archive import Archive
from ingestion.formats.opendocument.inline import plain_text
from ingestion.formats.opendocument.names import DRAW, PRESENTATION, STYLE, Element
from ingestion.formats.opendocument.styles import Styles
from ingestion.formats.opendocument.walker import Walker
from ingestion.parse.outcome import Limits, ParseFailed

_TITLES: Final = frozenset({"title", "subtitle"})
_DECLARED: Final = ("header", "footer")


def read_slides(path: Path, limits: Limits) -> Content:
    """Read a presentation. Raises ParseFailed where it is protected or has too many slides."""
    with Archive(path) as archive:
        body = archive.body("presentation")
        masters = archive.root("styles.xml")
        styles = Styles(masters, archive.root("content.xml"))
        slides = list(body.iterchildren(f"{DRAW}page"))
        if len(slides) > limits.pages:
            raise ParseFailed("too_many_pages")
        archive.parts += len(slides)
        blocks: list[Passage | Table] = []
        running: dict[str, None] = {}
        for page, slide in enumerate(slides, start=1):
            found = list(_slide_blocks(Walker(archive, styles, page), slide, page))
            if not found and slide.find(f".//{DRAW}image") is not None:
                archive.warn(WarningCode.PAGE_WITHOUT_TEXT, page=page)
            blocks += found
            running.update(dict.fromkeys(_running(body, masters, slide)))
        blocks += [Passage(text, page=len(slides)) for text in running]
        return Content(blocks, archive.title(), len(slides) or None, parts=archive.parts, warnings=archive.warnings)


def _slide_blocks(walker: Walker, slide: Element, page: int) -> Iterator[Passage | Table]:
    for shape in slide:
        if shape.tag == f"{PRESENTATION}notes":
            continue
        blocks = walker.blocks([shape])
        if shape.get(f"{PRESENTATION}class") not in _TITLES:
            yield from blocks
            continue
        for block in blocks:
            if isinstance(block, Passage):
                yield Passage(" ".join(block.text.split()), BlockKind.HEADING, page)
            else:
                yield block
    for notes in slide.iterchildren(f"{PRESENTATION}notes"):
        shapes = [each for each in notes if each.get(f"{PRESENTATION}placeholder") != "true"]
        text = " ".join(filter(None, map(plain_text, shapes)))
        if text:
            yield Passage(f"Notes: {text}", page=page)


def _running(body: Element, masters: Element | None, slide: Element) -> Iterator[str]:
    """Yield what a slide shows of the texts that are written once for many slides."""
    name = slide.get(f"{DRAW}master-page-name")
    for master in () if masters is None or not name else masters.iter(f"{STYLE}master-page"):
        if master.get(f"{STYLE}name") == name:
            shapes = [each for each in master if each.get(f"{PRESENTATION}class") is None]
            yield from filter(None, (plain_text(each) for each in shapes if each.tag != f"{PRESENTATION}notes"))
    for kind in _DECLARED:
        name = slide.get(f"{PRESENTATION}use-{kind}-name")
        for each in body.iterchildren(f"{PRESENTATION}{kind}-decl"):
            text = " ".join("".join(each.itertext()).split())
            if name and each.get(f"{PRESENTATION}name") == name and text:
                yield text
