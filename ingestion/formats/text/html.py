"""Reading web pages: HTML and XHTML, whole or broken, alone or with its parts in one file (MHTML)."""

import email
import email.policy
import re
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from ingestion.formats.content import Content, Passage, ReadingWarning, Table, WarningCode
from ingestion.formats.encoding import declared_encoding, read_characters
from ingestion.formats.text.elements import html_blocks
from ingestion.parse.outcome import Limits

_HEADER_BYTES: Final = 4096
_ARCHIVE: Final = re.compile(rb"\A\s*(?:[A-Za-z][\w-]*:[^\n]*\n(?:[ \t][^\n]*\n)*){1,40}", re.IGNORECASE)


def read_html(path: Path, _limits: Limits) -> Content:
    """Read a web page, with the title that it gives itself."""
    raw = path.read_bytes()
    if _is_archive(raw):
        return _read_archive(raw)
    text, lost = read_characters(raw, declared_encoding(raw))
    blocks, title = html_blocks(text)
    return Content(blocks, title, warnings=replaced(lost))


def replaced(lost: int) -> list[ReadingWarning]:
    """Return the warning that bytes of a text meant nothing, if any did."""
    return [ReadingWarning(WarningCode.CHARACTERS_REPLACED)] if lost else []


def _is_archive(raw: bytes) -> bool:
    head = _ARCHIVE.match(raw[:_HEADER_BYTES])
    return head is not None and b"multipart/related" in head.group().lower()


def _read_archive(raw: bytes) -> Content:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    blocks: list[Passage | Table] = []
    titles: list[str | None] = []
    lost = 0
    pages = [part for part in message.walk() if part.get_content_type() in {"text/html", "application/xhtml+xml"}]
    for page in pages:
        text, unread = _characters(page)
        found, title = html_blocks(text)
        blocks += found
        titles.append(title)
        lost += unread
    return Content(blocks, next(filter(None, titles), None), parts=max(1, len(pages)), warnings=replaced(lost))


def _characters(page: EmailMessage) -> tuple[str, int]:
    content = page.get_payload(decode=True)
    raw = content if isinstance(content, bytes) else b""
    return read_characters(raw, page.get_content_charset() or declared_encoding(raw))
