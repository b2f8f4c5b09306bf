"""Documents that mean harm are refused with a reason, within limits."""

import io
import random
import socket
import struct
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import docx
import pytest
import pytest_asyncio

from ingestion.parse import Limits, ParseFailed, ParserPool
from tests.ingestion.parse.conftest import Parse, blocks
from tests.ingestion.parse.made import DOCUMENTS, SENTENCE, made_docx, made_eml, made_epub, made_odt, made_pdf, zipped

pytestmark = pytest.mark.asyncio(loop_scope="session")
BOMB = "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]><x>&c;</x>"
OUTSIDE = "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>"


async def _refusal(parse: Parse, name: str, content: bytes) -> str:
    with pytest.raises(ParseFailed) as failed:
        await parse(name, content)
    assert failed.value.detail
    return failed.value.code


def _docx_with(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made_docx())) as good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:
        for entry in good.namelist():
            if entry != name:
                bad.writestr(entry, good.read(entry))
        bad.writestr(name, content)
    return out.getvalue()


@pytest.mark.shows("parsers.bombs")
async def test_L34_an_archive_that_unpacks_to_far_more_than_its_size_is_refused(parse: Parse) -> None:
    assert await _refusal(parse, "a.docx", _docx_with("word/media/zeros.bin", bytes(40 << 20))) == "archive_bomb"


async def test_L34_an_archive_that_unpacks_to_more_than_an_archive_may_is_refused(tight: ParserPool) -> None:
    noise = random.Random(7).randbytes(1 << 20)  # noqa: S311 - hard to compress, not secret
    bomb = _docx_with("word/media/noise.bin", noise * 9)
    assert (await _tight_refusal(tight, "a.docx", bomb)).code == "archive_bomb"


async def test_L34_an_archive_that_lies_about_its_sizes_is_refused(parse: Parse) -> None:
    packed = bytearray(_docx_with("word/media/zeros.bin", bytes(40 << 20)))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = packed.rfind(signature)
        packed[at + offset : at + offset + 4] = struct.pack("<I", 10)
    assert await _refusal(parse, "a.docx", bytes(packed)) in {"archive_bomb", "damaged"}


async def test_L34_an_archive_of_very_many_entries_is_refused(parse: Parse) -> None:
    many = {f"word/{number}.xml": b"" for number in range(Limits().archive_entries + 1)}
    assert await _refusal(parse, "a.docx", zipped({"[Content_Types].xml": b"<x/>", **many})) == "archive_bomb"


@pytest.mark.shows("parsers.bombs")
@pytest.mark.parametrize("entities", [BOMB, OUTSIDE])
async def test_L34_xml_that_declares_entities_is_refused_wherever_it_stands(entities: str, parse: Parse) -> None:
    assert await _refusal(parse, "a.xml", entities.encode()) == "entities"
    assert await _refusal(parse, "a.xml", entities.encode("utf-16")) == "entities"
    assert await _refusal(parse, "a.docx", _docx_with("word/document.xml", entities.encode())) == "entities"
    assert await _refusal(parse, "a.docx", _docx_with("word/document.xml", entities.encode("utf-16"))) == "entities"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", b"<div>" * 100_000 + SENTENCE.encode()),
        ("a.md", b"<div>" * 100_000 + SENTENCE.encode()),
        ("a.xml", b"<a>" * 100_000 + SENTENCE.encode() + b"</a>" * 100_000),
        ("a.json", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    ],
)
async def test_L34_structure_without_end_is_refused(name: str, content: bytes, parse: Parse) -> None:
    assert await _refusal(parse, name, content) in {"too_deep", "damaged"}


@pytest.mark.parametrize("name", ["a.md", "a.html", "a.txt", "a.rst", "a.org", "a.csv"])
@pytest.mark.parametrize("unit", ["> ", "* a\n ", "[", "![](", "`", "|", "#", "\\begin{", "<<", '"', "=\n"])
async def test_L34_markup_repeated_without_sense_ends_with_an_answer(name: str, unit: str, parse: Parse) -> None:
    codes: list[str] = []
    try:
        await parse(name, (unit * 3000).encode())
    except ParseFailed as failed:
        codes.append(failed.code)
    assert set(codes) <= {"no_text", "damaged", "too_deep"}


@asynccontextmanager
async def _pool(folder: Path, limits: Limits) -> AsyncIterator[ParserPool]:
    pool = ParserPool(folder / "parsers", limits, accept_missing_walls=True)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tight(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ParserPool]:
    limits = replace(Limits(), memory_bytes=64 << 20, pages=2, document_bytes=32 << 20, archive_bytes=8 << 20)
    async with _pool(tmp_path_factory.mktemp("tight"), limits) as pool:
        yield pool


async def _tight_refusal(pool: ParserPool, name: str, content: bytes) -> ParseFailed:
    with pytest.raises(ParseFailed) as failed:
        await pool.parse(blocks(content), name=name, size=len(content))
    return failed.value


async def test_L34_too_many_pages_are_refused(tight: ParserPool) -> None:
    assert (await _tight_refusal(tight, "a.pdf", made_pdf(("one", "two", "three")))).code == "too_many_pages"


async def test_L34_a_document_that_takes_too_long_is_stopped_and_may_be_retried(tmp_path: Path) -> None:
    words = b"".join(b"Sentence %d is here to be read by somebody.\n\n" % number for number in range(200_000))
    async with _pool(tmp_path, replace(Limits(), seconds=1)) as pool:
        failed = await _tight_refusal(pool, "a.txt", words)
        assert failed.code == "timed_out"
        assert failed.retryable
        assert list((tmp_path / "parsers").glob("[0-9a-f]" * 16)) == []


async def test_L34_a_document_that_takes_too_much_memory_is_stopped(tight: ParserPool) -> None:
    assert (await _tight_refusal(tight, "a.csv", b"1,2,3,4,5,6,7,8\n" * 1_900_000)).code == "too_much_memory"


async def test_L34_more_bytes_than_a_document_may_have_are_refused_whatever_was_declared(tight: ParserPool) -> None:
    content = b"a" * ((32 << 20) + 1)
    assert (await _tight_refusal(tight, "a.txt", content)).code == "too_large"
    with pytest.raises(ParseFailed) as failed:
        await tight.parse(blocks(content), name="a.txt", size=5)
    assert failed.value.code == "too_large"


async def test_after_every_refusal_the_pool_still_reads_a_document_and_keeps_nothing(tight: ParserPool) -> None:
    content = DOCUMENTS["a.txt"]()
    assert SENTENCE in (await tight.parse(blocks(content), name="a.txt", size=len(content))).text


@pytest.mark.shows("parsers.references")
@pytest.mark.parametrize(
    "name",
    [
        "../../../../tmp/evil.txt",
        "/etc/passwd.txt",
        "a\0b.txt",
        "\u202egpj.txt",
        "x" * 4000 + ".txt",
        "-rf.txt",
        "$(id).txt",
    ],
)
async def test_L33_a_documents_name_is_never_a_path(name: str, parse: Parse) -> None:
    assert SENTENCE in (await parse(name, DOCUMENTS["a.txt"]())).text


async def test_L33_an_attachments_name_is_never_a_path(parse: Parse, tmp_path: Path) -> None:
    evil = f"../../../../..{tmp_path}/evil.txt"
    text = (await parse("a.eml", made_eml(attachments={evil: b"words of the attachment"}))).text
    assert "words of the attachment" in text
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Yield a server on loopback that nobody should connect to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)  # noqa: FBT003 - positional only
        yield server


def _docx_with_remote_image(url: str) -> bytes:
    document = docx.Document()
    document.add_paragraph(SENTENCE)
    document.part.relate_to(
        url, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image", is_external=True
    )
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.mark.shows("parsers.references")
@pytest.mark.parametrize(
    "name", ["a.md", "a.html", "a.rst", "a.org", "a.xml", "a.rtf", "a.docx", "a.eml", "a.epub", "a.odt"]
)
async def test_L35_a_parser_fetches_nothing(name: str, parse: Parse, listener: socket.socket) -> None:
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/pixel.png"
    page = (
        f'<html><head><link rel="stylesheet" href="{url}"><base href="{url}"></head><body><p>{SENTENCE}</p>'
        f'<img src="{url}"><iframe src="{url}"></iframe><object data="{url}"></object></body></html>'
    )
    content = {
        "a.md": f"![pixel]({url})\n\n{SENTENCE}\n\n<img src='{url}'>\n".encode(),
        "a.html": page.encode(),
        "a.rst": f".. image:: {url}\n\n.. include:: {url}\n\n.. raw:: html\n   :url: {url}\n\n{SENTENCE}\n".encode(),
        "a.org": f'[[{url}]]\n#+INCLUDE: "{url}"\n\n{SENTENCE}\n'.encode(),
        "a.xml": f'<!DOCTYPE a SYSTEM "{url}"><?xml-stylesheet href="{url}"?><a><b>{SENTENCE}</b></a>'.encode(),
        "a.rtf": rf'{{\rtf1 {{\field{{\*\fldinst INCLUDEPICTURE "{url}" \\d}}}} {SENTENCE}\par}}'.encode(),
        "a.docx": _docx_with_remote_image(url),
        "a.eml": made_eml(html=page),
        "a.epub": made_epub(f'<p>{SENTENCE}</p><img src="{url}" alt="x"/>'),
        "a.odt": made_odt(
            f'<draw:image xmlns:draw="d" xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="{url}"/>'
        ),
    }[name]
    assert SENTENCE in " ".join((await parse(name, content)).text.split())
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\t\n ", "no_text"),
        ("a.pdf", made_pdf(password="secret"), "encrypted"),
        ("a.pdf", made_pdf()[:400], "damaged"),
        ("a.pdf", b"no PDF at all", "damaged"),
        ("a.docx", made_docx()[:-500], "damaged"),
        ("a.docx", zipped({"word/other.xml": "<x/>"}), "damaged"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(100), "damaged"),
        ("a.json", b"{not json", "damaged"),
        ("a.xml", b"<a><b></a>", "damaged"),
        ("a.exe", b"MZ\x90\x00", "unsupported"),
        ("a.doc", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2048), "damaged"),
    ],
    ids=range(12),
)
async def test_a_document_without_text_fails_with_a_reason(name: str, content: bytes, code: str, parse: Parse) -> None:
    assert await _refusal(parse, name, content) == code
