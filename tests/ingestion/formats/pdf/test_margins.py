"""What is printed on every page alike is read once, and mere page numbers are not."""

from pathlib import Path

import pytest

from tests.ingestion.formats.pdf.made import column, made_pdf, read, shown, texts

SENTENCES = (
    "Apples are kept in the cellar.",
    "Pears are sent to the mill.",
    "Plums are dried on the roof.",
    "Figs are eaten.",
)


def _pages(*, header: str = "", footer: str = "", count: int = 4) -> list[bytes]:
    return [
        shown(70, 810, header.format(page=page, even="Lamps" if page % 2 else "Boats"), size=9)
        + column(70, 740, [sentence])
        + shown(280, 30, footer.format(page=page, count=count), size=9)
        for page, sentence in enumerate(SENTENCES[:count], start=1)
    ]


@pytest.mark.parametrize(
    "footer", ["{page}", "Page {page} of {count}", "- {page} -", "{page} / {count}", "Seite {page}"]
)
@pytest.mark.parametrize("count", [2, 4])
def test_page_numbers_are_no_text(tmp_path: Path, footer: str, count: int) -> None:
    assert texts(read(tmp_path, made_pdf(_pages(footer=footer, count=count)))) == list(SENTENCES[:count])


@pytest.mark.parametrize(
    ("header", "once"),
    [("The harbour book", "The harbour book"), ("The harbour book {page}", "The harbour book 1")],
)
def test_a_running_header_is_read_once(tmp_path: Path, header: str, once: str) -> None:
    assert texts(read(tmp_path, made_pdf(_pages(header=header)))) == [once, *SENTENCES]


def test_a_paragraph_goes_on_past_a_footer(tmp_path: Path) -> None:
    begun, ended = "The keeper of the lamp walks down to the harbour when the", "tide is low and counts the boats."
    pages = [column(70, 740, [begun, begun, begun]), column(70, 740, [ended, *SENTENCES[:1]], step=30)]
    pages = [page + shown(70, 30, f"The harbour book {at}", size=9) for at, page in enumerate(pages, start=1)]
    assert f"{begun} {ended}" in texts(read(tmp_path, made_pdf(pages)))[0]


def test_numbered_headings_on_top_of_pages_stay(tmp_path: Path) -> None:
    pages = [
        shown(70, 800, f"Rule {page * 3}", font="F2") + column(70, 740, [text])
        for page, text in enumerate(SENTENCES, 1)
    ]
    found = texts(read(tmp_path, made_pdf(pages)))
    assert found == [text for page, sentence in enumerate(SENTENCES, 1) for text in (f"Rule {page * 3}", sentence)]
