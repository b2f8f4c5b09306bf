"""Reading web pages that were saved with all they need in one file (MHTML), as programs export them as DOC and XLS."""

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from ingestion.formats.catalogue import FORMATS
from ingestion.formats.content import Content, Passage, ReadingWarning, Table, WarningCode
from ingestion.formats.encoding import decode
from ingestion.parse.outcome import Limits, ParseFailed

_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
_MOST_PAGES: Final = 500


def read_web_archive(path: Path, limits: Limits) -> Content:
    """Read the pages of a web archive as HTML, one after the other. Raises ParseFailed where there is none."""
    message = email.message_from_bytes(path.read_bytes().lstrip(), policy=email.policy.default)
    blocks: list[Passage | Table] = []
    warnings: list[ReadingWarning] = []
    titles: list[str] = []
    parts = 0
    for part in message.walk():
        if part.get_content_type() not in _HTML or parts == _MOST_PAGES:
            continue
        parts += 1
        content = _page(path, part, limits)
        if content is None:
            location = str(part.get("Content-Location", "")).rpartition("/")[2]
            warnings.append(ReadingWarning(WarningCode.PART_UNREAD, part=location or f"page {parts}"))
            continue
        blocks += content.blocks
        warnings += content.warnings
        titles += [content.title] if content.title else []
    if not blocks:
        raise ParseFailed("damaged" if warnings or not parts else "no_text")
    return Content(blocks, titles[0] if titles else None, parts=parts, warnings=warnings)


def _page(path: Path, part: EmailMessage, limits: Limits) -> Content | None:
    page = path.with_name("page.html")
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes) or not payload.strip():
        return None
    page.write_text(decode(payload, declared=part.get_content_charset()), encoding="utf-8-sig")
    try:
        return FORMATS.named("html").read(page, limits)
    except (ParseFailed, ValueError):
        return None
    finally:
        page.unlink(missing_ok=True)
