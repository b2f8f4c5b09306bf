"""The format of a file, from its name and its first bytes."""

import io
import zipfile

import pytest

from ingestion.formats.catalogue import FORMATS
from ingestion.formats.detection import detect

_XML = b"<?xml version='1.0'?>\n<?mso-application progid='x'?>\n"
_FLAT = b"<office:document xmlns:office='x' office:mimetype='application/vnd.oasis.opendocument.%s'>"
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
        ("a.txt", b"plain words", "txt"),
        ("A.TXT", b"plain words", "txt"),
        ("notes", b"plain words", "txt"),
        ("a.md", b"# Heading", "md"),
        ("a.markdown", b"# Heading", "md"),
        ("a.htm", b"<p>hello", "html"),
        ("a.txt", b"<!DOCTYPE html><html>", "html"),
        ("a.md", b"<?xml?> is how XML begins", "md"),
        ("a.xml", b"<a/>", "xml"),
        ("a.csv", b"a,b\n", "csv"),
        ("a.txt", "\ufeffwide".encode("utf-16-le"), "txt"),
        ("a.txt", "wide, without a mark".encode("utf-16-be"), "txt"),
        ("a.pdf", b"%PDF-1.7\n", "pdf"),
        ("a.txt", b"%PDF-1.7\n", "pdf"),
        ("a.pdf", b"\n\n%PDF-1.7\n", "pdf"),
        ("a.docx", _zip("word/document.xml"), "docx"),
        ("a.xlsx", _zip("word/document.xml"), "docx"),
        ("a.docx", _zip("[Content_Types].xml"), "docx"),
        ("a.bin", _zip("xl/workbook.xml"), "xlsx"),
        ("a.epub", _zip(first=("mimetype", b"application/epub+zip")), "epub"),
        ("a", _zip(first=("mimetype", b"application/vnd.oasis.opendocument.text")), "odt"),
        ("a.msg", COMPOUND, "msg"),
        ("a.xlsx", COMPOUND, "xlsx"),
        ("a", COMPOUND + "WordDocument".encode("utf-16-le"), "doc"),
        ("a.doc", b"{\\rtf1 text}", "rtf"),
        ("a.jpeg", b"\xff\xd8\xff\xe0", "jpg"),
        ("a.dat", b"\x89PNG\r\n\x1a\n", "png"),
        ("a.pdf", b"", "pdf"),
        ("a.pdf", b"garbage in front of nothing", "pdf"),
        ("a.txt", b"x" * 1019 + b"%PDF-", "pdf"),
        ("a.txt", b"x" * 1020 + b"%PDF-", "txt"),
        ("a.rtf", b"{\\rtftypheic", "heic"),
        ("a.doc", _zip("ppt/a.xml", "word/b.xml"), "docx"),
        ("a", b"<!-- said first --><html>", "html"),
        ("a.doc", b"<html><head>", "html"),
        ("a.xls", "\ufeff<!DOCTYPE html>".encode(), "html"),
        ("a.mht", b"From: <Saved by Blink>\r\n", "mht"),
        ("../../etc/passwd.txt", b"x", "txt"),
        ("C:\\temp\\a.csv", b"x", "csv"),
        ("a.xls", b"<html xmlns:x='urn:schemas-microsoft-com:office:excel'><table>", "html"),
        ("a.xls", b"\xef\xbb\xbf\r\n<table border=1><tr><td>Order</td></tr></table>", "html"),
        ("a.xls", b"<meta http-equiv=content-type content=text/html><table>", "html"),
        ("a.xlsx", b"<!DOCTYPE html><html><table>", "html"),
        ("a.doc", b"<html xmlns:o='urn:schemas-microsoft-com:office:office'><p>", "html"),
        ("a.ppt", b"<html><p>", "html"),
        ("a.xls", b"Order\tSum\r\nOR-7781\t312\r\n", "csv"),
        ("a.xls", "Order\tSum\r\nOR-7781\t312\r\n".encode("utf-16"), "csv"),
        ("a.doc", b"A letter in plain words.\r\n", "txt"),
        ("a.docx", b"plain words", "docx"),
        ("a.doc", COMPOUND, "doc"),
        ("a.xls", COMPOUND, "xls"),
        ("a.xls", _XML + b"<Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'>", "excelml"),
        ("a.xml", _XML + b"<ss:Workbook xmlns:ss='urn:schemas-microsoft-com:office:spreadsheet'>", "excelml"),
        ("a.doc", _XML + b"<w:wordDocument xmlns:w='http://schemas.microsoft.com/office/word/2003/wordml'>", "wordml"),
        ("a.xml", _XML + b"<pkg:package xmlns:pkg='http://schemas.microsoft.com/office/2006/xmlPackage'>", "wordml"),
        ("a.doc", b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n", "mht"),
        ("a.xls", b"From: <Saved by Ada>\nMIME-Version: 1.0\nContent-Type: multipart/related\n", "mht"),
        ("a.eml", b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n", "eml"),
        ("a.xml", _XML + _FLAT % b"text", "fodt"),
        ("a.fods", _XML + _FLAT % b"spreadsheet", "fods"),
        ("a", _XML + _FLAT % b"presentation", "fodp"),
        ("a.xml", _XML + b"<office/>", "xml"),
        ("a", _zip(first=("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")), "ods"),
        ("a.bin", _zip(first=("mimetype", b"application/vnd.oasis.opendocument.presentation")), "odp"),
        ("a.ott", _zip(first=("mimetype", b"application/vnd.oasis.opendocument.text-template")), "odt"),
    ],
)
def test_a_supported_file_has_the_format_its_content_and_name_say(name: str, head: bytes, expected: str) -> None:
    found = detect(name, head)
    assert found is not None
    assert found.name == expected


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
    assert detect(name, b"plain words") in {FORMATS.named("txt"), None}


@pytest.mark.parametrize("name", ["a.txt", "a.xls", "a.xml", "a"])
def test_comments_without_end_are_looked_at_once(name: str) -> None:
    assert detect(name, b"<!---->" * 1100 + b"x") is not None or name == "a"
