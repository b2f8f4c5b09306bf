"""Presentations made of the shapes on their slides and the parts that a test names."""

from dataclasses import dataclass, field
from pathlib import Path

from ingestion.formats.content import Content
from ingestion.formats.office.slides.presentation import read_pptx
from ingestion.parse.outcome import Limits
from tests.ingestion.formats.office.made_parts import packed, relationships


@dataclass
class Slide:
    """A slide: the XML of its shapes, the parts it refers to as kind, target and content, and its own attributes."""

    shapes: str
    parts: dict[str, tuple[str, str, str | bytes]] = field(default_factory=dict)
    attributes: str = ""


def words(*paragraphs: str) -> str:
    """The paragraphs of a text body."""
    return "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in paragraphs)


def shape(*paragraphs: str, kind: str = "", at: tuple[int, int, int, int] | None = None, properties: str = "") -> str:
    """A shape with text; `kind` makes it a placeholder, `at` is its left, top, width and height in inches."""
    place = ""
    if at is not None:
        left, top, width, height = (914_400 * inches for inches in at)
        place = f'<a:xfrm><a:off x="{left}" y="{top}"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
    placeholder = f'<p:ph type="{kind}"/>' if kind else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="2" name="Shape" {properties}/><p:nvPr>{placeholder}</p:nvPr></p:nvSpPr>'
        f"<p:spPr>{place}</p:spPr><p:txBody>{words(*paragraphs)}</p:txBody></p:sp>"
    )


def picture(properties: str = "") -> str:
    """A picture."""
    return (
        f'<p:pic><p:nvPicPr><p:cNvPr id="3" name="Picture" {properties}/></p:nvPicPr>'
        '<p:blipFill><a:blip r:embed="rIdPicture"/></p:blipFill></p:pic>'
    )


def frame(graphic: str) -> str:
    """A frame around a table, a chart, a SmartArt, an embedded file."""
    return (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="4" name="Frame"/></p:nvGraphicFramePr>'
        f'<a:graphic><a:graphicData uri="">{graphic}</a:graphicData></a:graphic></p:graphicFrame>'
    )


def grid(*rows: tuple[str, ...], properties: str = "") -> str:
    """A table of DrawingML."""
    each = "".join(
        f"<a:tr>{''.join(f'<a:tc><a:txBody>{words(text)}</a:txBody></a:tc>' for text in row)}</a:tr>" for row in rows
    )
    return f"<a:tbl><a:tblPr {properties}/>{each}</a:tbl>"


def tree(name: str, shapes: str, attributes: str = "") -> str:
    """A part that holds shapes: a slide, a layout, a page of notes."""
    return f"<p:{name} {attributes}><p:cSld><p:spTree><p:nvGrpSpPr/><p:grpSpPr/>{shapes}</p:spTree></p:cSld></p:{name}>"


def pptx(folder: Path, *slides: Slide, presentation: str = "", others: dict[str, str | bytes] | None = None) -> Path:
    """Write a presentation; `presentation` stands in its main part after the slides."""
    files: dict[str, str | bytes] = {}
    listed = "".join(f'<p:sldId id="{256 + n}" r:id="s{n}"/>' for n in range(len(slides)))
    files["ppt/presentation.xml"] = f"<p:presentation><p:sldIdLst>{listed}</p:sldIdLst>{presentation}</p:presentation>"
    relations = {f"s{n}": ("slide", f"slides/slide{n + 1}.xml") for n in range(len(slides))}
    relations["authors"] = ("commentAuthors", "authors.xml")
    files["ppt/_rels/presentation.xml.rels"] = relationships(relations)
    for n, slide in enumerate(slides, 1):
        files[f"ppt/slides/slide{n}.xml"] = tree("sld", slide.shapes, slide.attributes)
        targets = {each: (kind, f"/{target}") for each, (kind, target, _) in slide.parts.items()}
        files[f"ppt/slides/_rels/slide{n}.xml.rels"] = relationships(targets)
        files |= {target: content for _, target, content in slide.parts.values() if content}
    return packed(folder / "document.pptx", files | (others or {}))


def read(
    folder: Path, *slides: Slide | str, presentation: str = "", others: dict[str, str | bytes] | None = None
) -> Content:
    """Read a presentation of slides, or of their shapes only."""
    whole = [Slide(each) if isinstance(each, str) else each for each in slides]
    return read_pptx(pptx(folder, *whole, presentation=presentation, others=others), Limits())
