"""Reading web pages: HTML and XHTML, whole or broken."""

from pathlib import Path

from ingestion.formats.content import Content, ReadingWarning, WarningCode
from ingestion.formats.encoding import declared_encoding, read_characters
from ingestion.formats.text.elements import html_blocks
from ingestion.parse.outcome import Limits


def read_html(path: Path, _limits: Limits) -> Content:
    """Read a web page, with the title that it gives itself."""
    raw = path.read_bytes()
    text, lost = read_characters(raw, declared_encoding(raw))
    blocks, title = html_blocks(text)
    return Content(blocks, title, warnings=replaced(lost))


def replaced(lost: int) -> list[ReadingWarning]:
    """Return the warning that bytes of a text meant nothing, if any did."""
    return [ReadingWarning(WarningCode.CHARACTERS_REPLACED)] if lost else []
