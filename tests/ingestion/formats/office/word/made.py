"""Word documents made of a body and the parts that a test names."""

from collections.abc import Mapping
from pathlib import Path

from ingestion.formats.content import Content, Passage, Table
from ingestion.formats.office.word.document import read_docx
from ingestion.parse.outcome import Limits
from tests.ingestion.formats.office.made_parts import packed, relationships

Parts = Mapping[str, tuple[str, str | bytes]]
"""By identifier: the kind of the part, and its content; its file is called by the kind and the identifier."""
Files = Mapping[str, str | bytes]


def paragraph(text: str, style: str = "", inside: str = "") -> str:
    """A paragraph with a style, and with what stands after its run."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}{run(text)}{inside}</w:p>"


def run(text: str, properties: str = "") -> str:
    """A run of text."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def cell(inside: str, properties: str = "") -> str:
    """A cell of a table."""
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inside}</w:tc>"


def row(*texts: str, properties: str = "") -> str:
    """A row of cells with a paragraph each."""
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cell(paragraph(text)) for text in texts)}</w:tr>"


def table(*rows: str, properties: str = "") -> str:
    """A table of rows."""
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr>{''.join(rows)}</w:tbl>"


def field(instruction: str, result: str | None) -> str:
    """The runs of a field; one without a result has none."""
    marks = {each: f'<w:r><w:fldChar w:fldCharType="{each}"/></w:r>' for each in ("begin", "separate", "end")}
    shown = "" if result is None else f"{marks['separate']}{run(result)}"
    return f"{marks['begin']}<w:r><w:instrText>{instruction}</w:instrText></w:r>{shown}{marks['end']}"


def text_box(inside: str) -> str:
    """The content of a drawing that is a text box."""
    return (
        '<wp:anchor><a:graphic><a:graphicData uri=""><wps:wsp><wps:txbx><w:txbxContent>'
        f"{inside}</w:txbxContent></wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:anchor>"
    )


def legacy_box(inside: str) -> str:
    """The same as older versions write it."""
    return f"<w:pict><v:shape><v:textbox><w:txbxContent>{inside}</w:txbxContent></v:textbox></v:shape></w:pict>"


def docx(folder: Path, body: str, parts: Parts | None = None, others: Files | None = None) -> Path:
    """Write a document with this body; `parts` are those that it refers to, `others` by their names."""
    known = parts or {}
    relations = {each: (kind, f"{kind}{each}.xml") for each, (kind, _) in known.items()}
    return packed(
        folder / "document.docx",
        {
            "_rels/.rels": relationships({"d": ("officeDocument", "word/document.xml")}),
            "word/document.xml": f"<w:document><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": relationships(relations),
            **{f"word/{kind}{each}.xml": content for each, (kind, content) in known.items()},
            **(others or {}),
        },
    )


def read(folder: Path, body: str, parts: Parts | None = None) -> Content:
    """Read a document with this body and these parts."""
    return read_docx(docx(folder, body, parts), Limits())


def lines(content: Content) -> list[str]:
    """What the blocks say, a table row by row."""
    said = []
    for block in content.blocks:
        if isinstance(block, Passage):
            said.append(block.text)
        else:
            said += [" | ".join(row) for row in (block.header, *(each.cells for each in block.rows)) if row]
    return said


def first_table(content: Content) -> Table:
    """The first table."""
    return next(block for block in content.blocks if isinstance(block, Table))
