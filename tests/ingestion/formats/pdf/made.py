"""PDFs made by hand, object by object, so that a test says exactly what is drawn where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingestion.formats.content import Content, Passage, Table
from ingestion.formats.pdf import read_pdf
from ingestion.parse.outcome import Limits

WIDTH, HEIGHT = 595, 842
LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page: what is drawn, more of its dictionary, and its annotations as dictionaries."""

    content: bytes
    more: str = ""
    notes: Sequence[str] = ()


def shown(x: float, y: float, text: str, *, size: float = 11, font: str = "F1", way: str = "1 0 0 1") -> bytes:
    """Return the operators that draw `text` at a point, its matrix beginning with `way`."""
    escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode("cp1252")
    return f"BT /{font} {size} Tf {way} {x} {y} Tm (".encode() + escaped + b") Tj ET\n"


def column(x: float, y: float, lines: Sequence[str], *, step: float = 13, size: float = 11, font: str = "F1") -> bytes:
    """Return the operators that draw `lines` one below the other."""
    return b"".join(shown(x, y - step * at, text, size=size, font=font) for at, text in enumerate(lines))


def stream(content: bytes, more: str = "") -> bytes:
    """Return a stream object."""
    return f"<< /Length {len(content)} {more} >>\nstream\n".encode() + content + b"\nendstream"


def _unicode_map(pairs: Mapping[int, str]) -> bytes:
    entries = "\n".join(f"<{code:02x}> <{text.encode('utf-16-be').hex()}>" for code, text in pairs.items())
    return stream(
        f"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(pairs)} beginbfchar\n{entries}\nendbfchar endcmap end".encode()
    )


def made_pdf(
    pages: Sequence[Leaf | bytes],
    *,
    letters: Mapping[int, str] | None = None,
    more: Sequence[bytes] = (),
    root: str = "",
    title: str = "",
    base: str = "Helvetica",
) -> bytes:
    """Return a PDF of `pages`.

    Fonts: F1 Helvetica, F2 bold, F3 Courier, F4 `base` whose codes mean `letters`, F5 one whose codes mean nothing.
    `more` are further objects, numbered from 13 on, the first of which is drawn as /X; `root` is more of the catalogue.
    """
    objects = {
        **_fonts(letters or {}, base),
        9: b"<< /Title (" + title.encode("latin-1") + b") >>",
        **dict(enumerate(more, start=13)),
    }
    number = 13 + len(more)
    kids = []
    for page in pages:
        leaf = page if isinstance(page, Leaf) else Leaf(page)
        kids.append(number)
        objects.update(enumerate(_page(leaf, number), start=number))
        number += 2 + len(leaf.notes)
    objects[1] = f"<< /Type /Catalog /Pages 2 0 R {root} >>".encode()
    objects[2] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>".encode()
    return _file(objects)


def _fonts(letters: Mapping[int, str], base: str) -> dict[int, bytes]:
    simple = "<< /Type /Font /Subtype /Type1 /BaseFont /{} /Encoding /WinAnsiEncoding >>"
    return {
        4: simple.format("Helvetica").encode(),
        5: simple.format("Helvetica-Bold").encode(),
        6: simple.format("Courier").encode(),
        7: f"<< /Type /Font /Subtype /Type1 /BaseFont /{base} /ToUnicode 8 0 R >>".encode(),
        8: _unicode_map(letters),
        10: b"<< /Type /Font /Subtype /Type0 /BaseFont /Own /Encoding /Identity-H /DescendantFonts [11 0 R] >>",
        11: b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Own /FontDescriptor 12 0 R "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>",
        12: b"<< /Type /FontDescriptor /FontName /Own /Flags 4 /FontBBox [0 0 1000 1000] /Ascent 800 /Descent -200 >>",
    }


def _page(leaf: Leaf, number: int) -> list[bytes]:
    """Return the objects of a page, itself as `number`, what is drawn, its annotations."""
    notes = " ".join(f"{number + 2 + at} 0 R" for at in range(len(leaf.notes)))
    page = (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents {number + 1} 0 R /Resources << "
        f"/Font << /F1 4 0 R /F2 5 0 R /F3 6 0 R /F4 7 0 R /F5 10 0 R >> /XObject << /X 13 0 R >> >> "
        f"/Annots [{notes}] {leaf.more} >>"
    )
    return [page.encode(), stream(leaf.content), *(note.encode("latin-1") for note in leaf.notes)]


def _file(objects: Mapping[int, bytes]) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places = {}
    for number in sorted(objects):
        places[number] = len(out)
        out += f"{number} 0 obj\n".encode() + objects[number] + b"\nendobj\n"
    start = len(out)
    most = max(objects) + 1
    rows = [f"{places.get(number, 0):010d} {'00000 n' if number in places else '65535 f'} \n" for number in range(most)]
    out += f"xref\n0 {most}\n{''.join(rows)}trailer << /Size {most} /Root 1 0 R /Info 9 0 R >>\n".encode()
    return bytes(out + f"startxref\n{start}\n%%EOF\n".encode())


def read(folder: Path, pdf: bytes, limits: Limits = LIMITS) -> Content:
    """Return what the reader finds in `pdf`."""
    path = folder / "document.pdf"
    path.write_bytes(pdf)
    return read_pdf(path, limits)


def texts(content: Content) -> list[str]:
    """Return the blocks as texts, a table as lines of cells below the names of its columns."""
    found = []
    for block in content.blocks:
        if isinstance(block, Passage):
            found.append(block.text)
        elif isinstance(block, Table):
            rows = [block.header, *(row.cells for row in block.rows)]
            found.append("\n".join(" | ".join(row) for row in rows if row))
    return found
