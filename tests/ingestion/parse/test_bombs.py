"""Small files that unpack, expand, nest or loop without end end within their limits: with a reason, or little text."""

import base64
import io
import tarfile
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Final

import pytest
import pytest_asyncio

from ingestion.parse import Limits, ParseFailed, ParserPool
from tests.ingestion.parse.conftest import blocks
from tests.ingestion.parse.made import (
    SENTENCE,
    made_docx,
    made_eml,
    made_epub,
    made_odt,
    made_pptx,
    made_xlsx,
    pdf_stream,
    raw_pdf,
    zipped,
)

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("bombs")]

_ZEROS: Final = 40 << 20
_LITTLE: Final = 1_000_000
"""Characters that a file of this page may give at most: far below what it pretends to hold."""
_WITHIN: Final = frozenset(
    {"archive_bomb", "damaged", "entities", "too_deep", "too_large", "too_many_pages", "too_much_memory", "timed_out",
     "no_text", "needs_ocr", "empty", "unsupported"}
)  # fmt: skip
"""The reasons that name a limit or the file. `crashed` and `unavailable` are neither."""
_LAUGHS: Final = (
    '<?xml version="1.0"?>{before}<!DOCTYPE a [<!ENTITY e0 "ha">'
    + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
    + "]><a><p>&e8;</p></a>"
)
_XML_OF: Final = {
    "docx": (made_docx, "word/document.xml"),
    "pptx": (made_pptx, "ppt/slides/slide1.xml"),
    "xlsx": (made_xlsx, "xl/worksheets/sheet1.xml"),
    "odt": (made_odt, "content.xml"),
    "epub": (made_epub, "c.xhtml"),
}
_REFUSED: Final = {"zeros": "archive_bomb", "entities": "entities", "deep nesting": "too_deep"}
"""Why each kind of bomb in an archive is refused before anything reads it."""
_Make = Callable[[], bytes]


def _with(archive: bytes, name: str, content: bytes) -> bytes:
    """Return an archive with one member replaced or added."""
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        members: dict[str, str | bytes] = {each: old.read(each) for each in old.namelist()}
    return zipped({**members, name: content})


def _zeros(kind: str) -> _Make:
    make, name = _XML_OF[kind]
    return lambda: _with(make(), name, b"<a>" + b" " * _ZEROS + b"</a>")


def _laughs(kind: str, before: str = "") -> _Make:
    make, name = _XML_OF[kind]
    return lambda: _with(make(), name, _LAUGHS.format(before=before).encode())


def _deep(kind: str) -> _Make:
    make, name = _XML_OF[kind]
    return lambda: _with(make(), name, b"<a>" * 200_000 + b"</a>" * 200_000)


def _nested_archives() -> bytes:
    """Hold an archive of an archive of an archive of zeros, as an embedded object does."""
    inner = zipped({"zeros.bin": bytes(_ZEROS)})
    for depth in range(5):
        inner = zipped({f"{number}-{depth}.docx": inner for number in range(8)})
    return _with(made_docx(), "word/embeddings/oleObject1.docx", inner)


def _attached(name: str, content: bytes) -> _Make:
    return lambda: made_eml(attachments={name: content})


def _gzip_in_mail() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        member = tarfile.TarInfo("zeros")
        member.size = _ZEROS
        archive.addfile(member, io.BytesIO(bytes(_ZEROS)))
    return made_eml(attachments={"zeros.tar.gz": out.getvalue()})


def _messages_in_messages() -> bytes:
    begin = "".join(
        f"Subject: {n}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"
        "Content-Type: message/rfc822\r\n\r\n"
        for n in range(3_000)
    )
    return (begin + f"Subject: last\r\n\r\n{SENTENCE}\r\n").encode()


def _quoted_mail() -> bytes:
    quoted = "".join(">" * depth + f" line {depth}\r\n" for depth in range(1, 3_000))
    return f"Subject: quotes\r\nFrom: a@example.org\r\n\r\n{quoted}".encode()


def _endless_stream() -> bytes:
    packed = zlib.compress(b"BT (x) Tj ET\n" * (_ZEROS // 13), 9)
    return raw_pdf("/Contents 4 0 R", "", pdf_stream(packed, "/Filter/FlateDecode"))


def _stream_in_streams() -> bytes:
    packed = bytes(_ZEROS)
    for _ in range(3):
        packed = zlib.compress(packed, 9)
    return raw_pdf("/Contents 4 0 R", "", pdf_stream(packed, "/Filter[/FlateDecode/FlateDecode/FlateDecode]"))


def _pages_without_end() -> bytes:
    return raw_pdf("", "/Kids[3 0 R 2 0 R]/Count 1000000000")


def _forms_in_forms() -> bytes:
    """Draw a form ten times that draws a form ten times, nine deep."""
    form = "/Type/XObject/Subtype/Form/BBox[0 0 9 9]"
    last = 14
    forms = [
        pdf_stream(b"/F Do\n" * 10, f"{form}/Resources<</XObject<</F {number + 1} 0 R>>>>") for number in range(5, last)
    ]
    page = "/Resources<</XObject<</F 5 0 R>>>>/Contents 4 0 R"
    return raw_pdf(page, "", pdf_stream(b"/F Do"), *forms, pdf_stream(b"0 0 m 1 1 l S", form))


def _huge_page() -> bytes:
    return raw_pdf().replace(b"595 842", b"1000000000 1000000000")


def _looping_xref() -> bytes:
    body = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
    body += b"2 0 obj\n<</Type/Pages/Kids[2 0 R]/Count 9>>\nendobj\n"
    start = len(body)
    table = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 3/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n"
    return body + table % (start, start)


def _png(width: int, height: int) -> bytes:
    def part(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    rows = zlib.compress(bytes(1 << 22), 9)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", rows) + part(b"IEND", b"")


def _repeated_cells() -> bytes:
    table = (
        '<table:table xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><table:table-row '
        'table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="1000000">'
        "</table:table-cell></table:table-row></table:table>"
    )
    return made_odt(table)


def _far_cell() -> bytes:
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
        "</sheetData></worksheet>"
    )
    return _with(made_xlsx(), "xl/worksheets/sheet1.xml", sheet.encode())


def _spanning_cells() -> bytes:
    return b"<table><tr><td colspan=100000000 rowspan=100000000>a</td></tr><tr><td>b</td></tr></table>"


BOMBS: Final[dict[str, tuple[str, _Make]]] = {
    **{f"zeros in {kind}": (f"a.{kind}", _zeros(kind)) for kind in _XML_OF},
    **{f"entities in {kind}": (f"a.{kind}", _laughs(kind)) for kind in _XML_OF},
    **{f"deep nesting in {kind}": (f"a.{kind}", _deep(kind)) for kind in _XML_OF},
    "entities": ("a.xml", lambda: _LAUGHS.format(before="").encode()),
    "entities after a comment with a tag": ("a.xml", lambda: _LAUGHS.format(before="<!-- <a> -->").encode()),
    "entities after a long comment": ("a.xml", lambda: _LAUGHS.format(before=f"<!--{' ' * 100_000}-->").encode()),
    "entities after a comment with a tag in docx": ("a.docx", _laughs("docx", "<!-- <a> -->")),
    "entities after a long comment in docx": ("a.docx", _laughs("docx", f"<!--{' ' * 100_000}-->")),
    "archives in archives": ("a.docx", _nested_archives),
    "zip in mail": ("a.eml", _attached("a.docx", zipped({"word/document.xml": bytes(_ZEROS)}))),
    "gzip in mail": ("a.eml", _gzip_in_mail),
    "base64 in base64": ("a.eml", _attached("a.eml", base64.b64encode(base64.b64encode(bytes(1 << 21))))),
    "messages in messages": ("a.eml", _messages_in_messages),
    "quoted mail": ("a.eml", _quoted_mail),
    "quotes in Markdown": ("a.md", (">" * 20_000 + " a\n").encode),
    "lists in Markdown": ("a.md", lambda: "".join(" " * depth + "- a\n" for depth in range(2_000)).encode()),
    "arrays in JSON": ("a.json", lambda: b"[" * 200_000 + b"]" * 200_000),
    "objects in JSON lines": ("a.jsonl", lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"\n"),
    "groups in RTF": ("a.rtf", lambda: b"{\\rtf1 " + b"{" * 200_000 + b"a" + b"}" * 200_000 + b"}"),
    "elements in HTML": ("a.html", lambda: b"<html><body>" + b"<span>" * 200_000 + b"a"),
    "endless PDF stream": ("a.pdf", _endless_stream),
    "PDF stream in streams": ("a.pdf", _stream_in_streams),
    "PDF pages without end": ("a.pdf", _pages_without_end),
    "PDF forms in forms": ("a.pdf", _forms_in_forms),
    "huge PDF page": ("a.pdf", _huge_page),
    "PDF table that leads to itself": ("a.pdf", _looping_xref),
    "huge picture": ("a.png", lambda: _png(60_000, 60_000)),
    "repeated cells": ("a.odt", _repeated_cells),
    "far cell": ("a.xlsx", _far_cell),
    "spanning cells": ("a.html", _spanning_cells),
    "one very wide row": ("a.csv", lambda: b"," * 2_000_000 + b"\n1\n"),
    "very many rows": ("a.tsv", lambda: b"\t\n" * 2_000_000),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def small(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ParserPool]:
    """Yield a pool with limits that a bomb meets within seconds."""
    limits = replace(
        Limits(),
        seconds=2,
        memory_bytes=512 << 20,
        folder_bytes=128 << 20,
        archive_bytes=64 << 20,
        document_bytes=32 << 20,
    )
    pool = ParserPool(tmp_path_factory.mktemp("bombs") / "parsers", limits, accept_missing_walls=True)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.stop()


async def _ended(pool: ParserPool, name: str, content: bytes) -> tuple[str, int]:
    """Return the reason why a file was refused, or none and the length of its text."""
    try:
        extracted = await pool.parse(blocks(content), name=name, size=len(content))
    except ParseFailed as failed:
        return failed.code, 0
    return "", len(extracted.text)


@pytest.mark.shows("parsers.bombs")
@pytest.mark.parametrize("kind", BOMBS)
async def test_L34_no_bomb_of_any_format_gets_beyond_its_limits(small: ParserPool, kind: str) -> None:
    name, make = BOMBS[kind]
    code, length = await _ended(small, name, make())
    assert code in _WITHIN | {""}
    assert length < _LITTLE


_DOCTYPES: Final = {
    "internal": "<!DOCTYPE html [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY e '&b;&b;&b;&b;'>]>",
    "a file": "<!DOCTYPE html [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>",
}
_BEFORE: Final = {"nothing": "", "a tag in a comment": "<!-- <a> -->", "a long comment": f"<!--{' ' * 100_000}-->"}


@pytest.mark.parametrize("before", _BEFORE)
@pytest.mark.parametrize("entity", _DOCTYPES)
@pytest.mark.parametrize("name", ["a.xml", "a.html", "a.docx", "a.epub"])
async def test_L34_no_entity_is_expanded_wherever_it_is_declared(
    small: ParserPool, name: str, entity: str, before: str
) -> None:
    page = f"{_BEFORE[before]}{_DOCTYPES[entity]}<html><body><p>One &e; two.</p></body></html>".encode()
    make, part = _XML_OF.get(name.removeprefix("a."), (None, ""))
    content = page if make is None else _with(make(), part, page)
    try:
        text = (await small.parse(blocks(content), name=name, size=len(content))).text
    except ParseFailed as failed:
        text = failed.code
    assert "haha" not in text
    assert "root:" not in text


@pytest.mark.parametrize("archive", _XML_OF)
@pytest.mark.parametrize("kind", _REFUSED)
async def test_L34_a_bomb_in_an_archive_is_refused_before_it_is_read(
    small: ParserPool, kind: str, archive: str
) -> None:
    name, make = BOMBS[f"{kind} in {archive}"]
    assert (await _ended(small, name, make()))[0] == _REFUSED[kind]


async def test_after_every_bomb_an_honest_document_is_read(small: ParserPool) -> None:
    content = SENTENCE.encode()
    assert await _ended(small, "a.txt", content) == ("", len(SENTENCE))
