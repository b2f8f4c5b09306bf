"""Files that attack whoever parses them, and names that attack whoever keeps them; small here, large when opened."""

import io
import zipfile
from dataclasses import dataclass
from functools import cache
from typing import Final

_MEGABYTE: Final = 1 << 20
_BOMB_MEGABYTES: Final = 192
_DEEP: Final = 20_000

BOMB: Final = "bomb"
"""Must not be taken as a document: opened, it would be larger than a parser may hold, or without end."""
BROKEN: Final = "broken"
"""Holds no text that could be read: taken as a document it would be an empty one."""
NAMED: Final = "named"
"""An ordinary text under a hostile name: data, wherever it is kept."""


@dataclass(frozen=True, slots=True)
class Hostile:
    """One upload: what is hostile about it, its sort, name and bytes."""

    what: str
    sort: str
    name: str
    content: bytes


def hostile_files(mark: str, sink: str) -> list[Hostile]:
    """Return all of them; names and texts carry `mark`, entities point at `sink`."""
    return [*_bombs(mark, sink), *_broken(mark), *_named(mark)]


def _bombs(mark: str, sink: str) -> list[Hostile]:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    external = f'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y SYSTEM "{sink}/entity-{mark}">]>'
    return [
        Hostile("zip bomb", BOMB, f"bomb-{mark}.docx", bomb("word/document.xml")),
        Hostile("zip bomb of sheets", BOMB, f"bomb-{mark}.xlsx", bomb("xl/workbook.xml")),
        Hostile(
            "entity bomb",
            BOMB,
            f"laughs-{mark}.xml",
            f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY l0 "{mark}">{laughs}]><d>&l9;</d>'.encode(),
        ),
        Hostile("external entity", BOMB, f"entity-{mark}.xml", f"{external}<d>{mark} &x; &y;</d>".encode()),
        Hostile("deep JSON", BOMB, f"deep-{mark}.json", b"[" * _DEEP + b"]" * _DEEP),
        Hostile("deep XML", BOMB, f"deep-{mark}.xml", b"<a>" * _DEEP + b"</a>" * _DEEP),
    ]


def _broken(mark: str) -> list[Hostile]:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(64)) * 4
    program = b"\x7fELF\x02\x01\x01" + bytes(57) + bytes(range(256)) * 4
    return [
        Hostile("password-protected PDF", BROKEN, f"locked-{mark}.pdf", locked_pdf()),
        Hostile("truncated PDF", BROKEN, f"cut-{mark}.pdf", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\n"),
        Hostile("picture that says PDF", BROKEN, f"picture-{mark}.pdf", picture),
        Hostile("program that says text", BROKEN, f"program-{mark}.txt", program),
        Hostile("zip that is none", BROKEN, f"none-{mark}.docx", b"PK\x03\x04" + bytes(200)),
        Hostile("nothing", BROKEN, f"nothing-{mark}.txt", b""),
        Hostile("nothing but spaces", BROKEN, f"spaces-{mark}.md", b" \n\t\n" * 500),
    ]


def _named(mark: str) -> list[Hostile]:
    names = {
        "parent folders": f"../../../../../../../../tmp/{mark}-up.txt",
        "absolute path": f"/tmp/{mark}-root.txt",  # noqa: S108 - the file must not come to be there
        "backslashes": f"..\\..\\..\\tmp\\{mark}-back.txt",
        "encoded path": f"%2e%2e%2f%2e%2e%2ftmp%2f{mark}-coded.txt",
        "NUL": f"{mark}\0-nul.txt",
        "right to left": f"{mark}\u202etxt.exe\u202c.txt",
        "4,000 characters": f"{mark}{'n' * 4_000}.txt",
        "line end": f"{mark}\r\nX-Injected: yes\r\n.txt",
        "markup": f'{mark}"><img src=x onerror=alert(1)>.txt',
        "shell": f"{mark};$(touch {mark}-shell)|`id`.txt",
    }
    text = "A note under an odd name, {}: {}.\n"
    return [Hostile(f"name: {what}", NAMED, name, text.format(what, mark).encode()) for what, name in names.items()]


@cache
def bomb(member: str) -> bytes:
    """Return an archive of one member that is a thousand times as large as the archive; packing it takes a second."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open(member, "w") as out:
            for _ in range(_BOMB_MEGABYTES):
                out.write(bytes(_MEGABYTE))
    return written.getvalue()


def expands(archive: bytes) -> float:
    """Return how many times as large an archive is when it is opened."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return sum(one.file_size for one in opened.infolist()) / len(archive)


def locked_pdf() -> bytes:
    """Return a PDF whose only page is encrypted with a password that nobody knows."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>",
        b"<< /Length 32 >>\nstream\n" + bytes(range(97, 129)) + b"\nendstream",
        b"<< /Filter /Standard /V 1 /R 2 /Length 40 /P -44 /O <" + b"5a" * 32 + b"> /U <" + b"a5" * 32 + b"> >>",
    ]
    written, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, one in enumerate(objects, 1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(written)
    rows = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    written += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, rows)
    ids = b"<" + b"01" * 16 + b">"
    trailer = b"trailer\n<< /Size %d /Root 1 0 R /Encrypt 5 0 R /ID [%s %s] >>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(written) + trailer % (len(objects) + 1, ids, ids, start)
