"""Web pages saved in one file are read as web pages."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from ingestion.formats.content import Content
from ingestion.formats.exports.web_archive import read_web_archive
from ingestion.parse.outcome import Limits, ParseFailed


def _read(tmp_path: Path, *pages: tuple[str, str]) -> Content:
    message = EmailMessage()
    message.make_related()
    for text, charset in pages:
        part = EmailMessage()
        part.set_content(text, subtype="html", charset=charset)
        message.attach(part)
    picture = EmailMessage()
    picture.set_content(b"\x89PNG", maintype="image", subtype="png")
    message.attach(picture)
    path = tmp_path / "document.mht"
    path.write_bytes(b"\r\n" + message.as_bytes())
    return read_web_archive(path, Limits())


def test_the_pages_of_a_web_archive_are_read_in_order(tmp_path: Path) -> None:
    table = "<table><tr><td>Order</td><td>Sum</td></tr><tr><td>OR-7781</td><td>312</td></tr></table>"
    found = _read(
        tmp_path,
        (
            "<html><head><title>Orders of Kell</title></head><body><p>Größe of the northern pier.</p></body></html>",
            "cp1252",
        ),
        (f"<html><body>{table}</body></html>", "utf-8"),
    )
    text = str(found.blocks)
    assert text.index("Größe of the northern pier.") < text.index("OR-7781")
    assert (found.title, found.parts) == ("Orders of Kell", 2)


def test_a_web_archive_without_a_page_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParseFailed):
        _read(tmp_path)
