"""What each format becomes: its words, its title, its pages, its tables."""

import re
import shutil

import pytest

from ingestion.chunk import CHUNK_TOKENS
from ingestion.parse import ParseFailed
from tests.ingestion.parse.conftest import Parse
from tests.ingestion.parse.made import (
    DOCUMENTS,
    HEADING,
    HTML,
    ROWS,
    SENTENCE,
    made_docx,
    made_eml,
    made_pdf,
    made_png,
    made_pptx,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")
TITLED = sorted(set(DOCUMENTS) - {"a.xml", "a.csv", "a.tsv", "a.json", "a.jsonl", "a.xlsx", "a.rtf"})


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
async def test_every_format_gives_its_words_in_chunks_with_exact_positions(name: str, parse: Parse) -> None:
    found = await parse(name, DOCUMENTS[name]())
    assert SENTENCE in " ".join(found.text.split())
    assert not re.search(r"</?[a-z]+>|\{\\rtf|\bNone\b|\bnan\b", found.text)
    assert found.text.count("northern crane") == 1
    assert "".join(found.text[piece.start : piece.end] for piece in found.chunks) == found.text
    assert all(piece.tokens <= CHUNK_TOKENS for piece in found.chunks)


async def test_chunks_are_measured_by_the_default_encoder(parse: Parse) -> None:
    found = await parse("a.txt", "Договор расторгается.".encode())
    assert [piece.tokens for piece in found.chunks] == [6], "MiniLM counts 19"


@pytest.mark.parametrize("name", TITLED)
async def test_a_documents_own_title_or_first_heading_is_its_title(name: str, parse: Parse) -> None:
    assert (await parse(name, DOCUMENTS[name]())).title == HEADING


@pytest.mark.parametrize("name", ["a.docx", "a.html", "a.xlsx", "a.csv", "a.tsv"])
async def test_a_table_is_lines_of_cells(name: str, parse: Parse) -> None:
    assert "\n".join(ROWS) in (await parse(name, DOCUMENTS[name]())).text


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("Winter Olympics\nThe games were first held in Chamonix in 1924, in the French Alps.", "Winter Olympics"),
        ("The games were first held in Chamonix in 1924.", None),
        ("The games were first held in Chamonix in 1924.\nThey come back every four years since then.", None),
        ("# not markdown\nx", None),
        ("Who's Who?\nA book of short biographies of living people.", "Who's Who?"),
    ],
)
async def test_a_short_first_line_above_longer_text_is_the_title_of_a_plain_text(
    content: str, title: str | None, parse: Parse
) -> None:
    assert (await parse("passage.txt", content.encode())).title == title


async def test_a_pdf_has_pages_and_each_chunk_the_page_it_begins_on(parse: Parse) -> None:
    sentences = [f"Page {number} tells of {word}." for number, word in enumerate(("apples", "pears", "plums"), start=1)]
    found = await parse("a.pdf", made_pdf(tuple(" ".join([sentence] * 30) for sentence in sentences)))
    assert found.pages == 3
    for piece in found.chunks:
        start = found.text[piece.start :]
        assert start.startswith(f"Page {piece.layout.page_at(piece.start)} ")


async def test_a_presentation_has_a_page_for_each_slide(parse: Parse) -> None:
    assert (await parse("a.pptx", made_pptx(3))).pages == 3
    assert (await parse("a.xlsx", DOCUMENTS["a.xlsx"]())).pages == 1


@pytest.mark.parametrize("name", ["a.txt", "a.docx", "a.csv", "a.eml"])
async def test_a_format_without_pages_has_none(name: str, parse: Parse) -> None:
    found = await parse(name, DOCUMENTS[name]())
    assert found.pages is None
    assert found.layout.pages == ()


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.xml", "a.csv", "a.tsv", "a.json", "a.rst", "a.org"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
async def test_text_in_any_unicode_encoding_is_read(name: str, encoding: str, parse: Parse) -> None:
    content = DOCUMENTS[name]().decode().replace("engineers", "ingénieurs – 2 €")
    found = await parse(name, content.encode(encoding))
    assert SENTENCE.replace("engineers", "ingénieurs – 2 €") in " ".join(found.text.split())


async def test_western_text_without_a_mark_is_read_as_windows_does(parse: Parse) -> None:
    assert "café – 3 €" in (await parse("a.txt", "Une tasse de café – 3 € dans le jardin.".encode("cp1252"))).text


async def test_a_declared_character_set_is_honoured(parse: Parse) -> None:
    page = '<html><head><meta charset="shift_jis"></head><body><p>日本語の文書です。</p></body></html>'
    assert "日本語の文書です。" in (await parse("a.html", page.encode("shift_jis"))).text


async def test_a_letter_says_who_wrote_to_whom_and_what_was_attached(parse: Parse) -> None:
    attached = {
        "notes.txt": b"The spare key is in the lighthouse.",
        "report.docx": made_docx(),
        "run.exe": b"MZ\x90" + bytes(100),
        "locked.pdf": made_pdf(password="x"),
        "broken.docx": b"PK\x03\x04 no archive",
    }
    text = (await parse("a.eml", made_eml(attachments=attached))).text
    assert "From: Ada <ada@example.org>\nTo: bob@example.org" in text
    assert "Attachment: notes.txt\n\nThe spare key is in the lighthouse." in text
    assert "\n".join(ROWS) in text
    assert "Attachment: run.exe (not read: unsupported)" in text
    assert "Attachment: locked.pdf (not read: encrypted)" in text
    assert "Attachment: broken.docx (not read: damaged)" in text


async def test_the_html_of_a_letter_is_read_without_its_tags(parse: Parse) -> None:
    text = (await parse("a.eml", made_eml(html=HTML))).text
    assert SENTENCE in text
    assert "<" not in text.replace("<ada@example.org>", "")


async def test_an_image_is_read_by_text_recognition_where_it_is_installed(parse: Parse) -> None:
    if shutil.which("tesseract") is None:
        with pytest.raises(ParseFailed) as failed:
            await parse("a.png", made_png())
        assert failed.value.code == "needs_ocr"
        pytest.skip("no text recognition here: apt-get install tesseract-ocr")
    assert "northern crane" in (await parse("a.png", made_png())).text


async def test_repeated_paragraphs_are_each_in_a_chunk(parse: Parse) -> None:
    found = await parse("a.txt", "\n\n".join([SENTENCE] * 200).encode())
    assert found.text.count(SENTENCE) == 200
    assert found.chunks[-1].end == len(found.text)


async def test_the_same_document_gives_the_same_answer_twice(parse: Parse) -> None:
    assert await parse("a.docx", made_docx()) == await parse("a.docx", made_docx())
