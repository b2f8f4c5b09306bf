"""Reading web pages that were saved with all they need in one file (MHTML), as programs export them as DOC and XLS."""

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from ingestion.formats.content import Content, Passage, ReadingWarning, Table, WarningCode
from ingestion.formats.encoding import declared_encoding, read_characters
from ingestion.formats.text.elements import html_blocks
from ingestion.formats.text.html import replaced
from ingestion.parse.outcome import Limits, ParseFailed

_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
_MOST_PAGES: Final = 500


def read_web_archive(path: Path, _limits: Limits) -> Content:
    """Read the pages of a web archive as HTML, one after the other. Raises ParseFailed where there is none."""
    message = email.message_from_bytes(path.read_bytes().lstrip(), policy=email.policy.default)
    pages = [part for part in message.walk() if part.get_content_type() in _HTML]
    blocks: list[Passage | Table] = []
    warnings: list[ReadingWarning] = []
    titles: list[str] = []
    for number, page in enumerate(pages, start=1):
        raw = page.get_payload(decode=True) if number <= _MOST_PAGES else None
        if not isinstance(raw, bytes) or not raw.strip():
            warnings.append(ReadingWarning(WarningCode.PART_UNREAD, part=_name(page) or f"page {number}"))
            continue
        text, lost = read_characters(raw, page.get_content_charset() or declared_encoding(raw))
        found, title = html_blocks(text)
        blocks += found
        warnings += replaced(lost)
        titles += [title] if title else []
    if not blocks:
        raise ParseFailed("damaged" if warnings or not pages else "no_text")
    return Content(blocks, titles[0] if titles else None, parts=len(pages), warnings=warnings)


def _name(page: EmailMessage) -> str:
    return str(page.get("Content-Location", "")).rpartition("/")[2]
