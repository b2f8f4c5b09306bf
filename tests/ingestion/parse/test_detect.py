"""The type of a file, from its name and its first bytes."""

import io
import zipfile

import pytest

from ingestion.parse import FileType, detect

COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)


def _zip(*names: str, first: tuple[str, bytes] | None = None) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        if first is not None:
            archive.writestr(first[0], first[1])
        for name in names:
            archive.writestr(name, b"<x/>" * 50)
    return packed.getvalue()[:8192]


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("a.txt", b"plain words", FileType.TXT),
        ("A.TXT", b"plain words", FileType.TXT),
        ("notes", b"plain words", FileType.TXT),
        ("a.md", b"# Heading", FileType.MD),
        ("a.markdown", b"# Heading", FileType.MD),
        ("a.htm", b"<p>hello", FileType.HTML),
        ("a.txt", b"<!DOCTYPE html><html>", FileType.HTML),
        ("a.md", b"<?xml?> is how XML begins", FileType.MD),
        ("a.xml", b"<a/>", FileType.XML),
        ("a.csv", b"a,b\n", FileType.CSV),
        ("a.txt", "\ufeffwide".encode("utf-16-le"), FileType.TXT),
        ("a.txt", "wide, without a mark".encode("utf-16-be"), FileType.TXT),
        ("a.pdf", b"%PDF-1.7\n", FileType.PDF),
        ("a.txt", b"%PDF-1.7\n", FileType.PDF),
        ("a.pdf", b"\n\n%PDF-1.7\n", FileType.PDF),
        ("a.docx", _zip("word/document.xml"), FileType.DOCX),
        ("a.xlsx", _zip("word/document.xml"), FileType.DOCX),
        ("a.docx", _zip("[Content_Types].xml"), FileType.DOCX),
        ("a.bin", _zip("xl/workbook.xml"), FileType.XLSX),
        ("a.epub", _zip(first=("mimetype", b"application/epub+zip")), FileType.EPUB),
        ("a", _zip(first=("mimetype", b"application/vnd.oasis.opendocument.text")), FileType.ODT),
        ("a.msg", COMPOUND, FileType.MSG),
        ("a.xlsx", COMPOUND, FileType.XLSX),
        ("a", COMPOUND + "WordDocument".encode("utf-16-le"), FileType.DOC),
        ("a.doc", b"{\\rtf1 text}", FileType.RTF),
        ("a.jpeg", b"\xff\xd8\xff\xe0", FileType.JPEG),
        ("a.dat", b"\x89PNG\r\n\x1a\n", FileType.PNG),
        ("a.pdf", b"", FileType.PDF),
        ("a.pdf", b"garbage in front of nothing", FileType.PDF),
        ("../../etc/passwd.txt", b"x", FileType.TXT),
        ("C:\\temp\\a.csv", b"x", FileType.CSV),
    ],
)
def test_a_supported_file_has_the_type_its_content_and_name_say(name: str, head: bytes, expected: FileType) -> None:
    assert detect(name, head) is expected


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("a.exe", b"MZ\x90\x00"),
        ("a.txt", b"\x7fELF\x02\x01\x01" + bytes(50)),
        ("a.pdf", b"MZ\x90\x00" + bytes(50)),
        ("a.txt", bytes(range(256)) * 4),
        ("a.zip", _zip("a.txt")),
        ("a.txt", _zip("a.txt")),
        ("a.py", b"\x00\x01\x02\x03"),
        ("a.gz", b"\x1f\x8b\x08"),
        ("a.bin", b""),
        ("a.mp4", b"\0\0\0\x18ftypmp42"),
    ],
)
def test_anything_else_is_unsupported(name: str, head: bytes) -> None:
    assert detect(name, head) is None


@pytest.mark.parametrize(
    "name", ["", ".", "..", "\0.txt", "a" * 4000 + ".txt", "\u202etxt.exe", "a.txt\0.exe", "🗎.txt"]
)
def test_L33_an_odd_name_is_only_data(name: str) -> None:
    assert detect(name, b"plain words") in {FileType.TXT, None}
