"""Internet messages (RFC 5322, MIME): what a mail program shows of one, in that order, and what is attached to it."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ingestion.chunk import BlockKind
from ingestion.formats.content import Passage, ReadingWarning, WarningCode
from ingestion.formats.encoding import read_characters
from ingestion.formats.mail.enriched import enriched_text, rich_text
from ingestion.formats.mail.entities import Entity, parts_of, read_entity, read_message
from ingestion.formats.mail.fields import SHOWN, Fields, header_lines
from ingestion.formats.mail.message import DEEPEST, ENCRYPTED, AttachedFile, Item, MailMessage, unread
from ingestion.formats.mail.plain import plain_items
from ingestion.formats.mail.records import calendar_passages, card_passages
from ingestion.formats.mail.richest import richest, words_of
from ingestion.formats.mail.smime import signed_content
from ingestion.formats.text.elements import html_blocks

_MESSAGES: Final = frozenset({"message/rfc822", "message/global", "message/news", "message/rfc2822"})
_REPORTS: Final = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/global-disposition-notification",
        "message/feedback-report",
        "message/tracking-status",
    }
)
_SIGNATURES: Final = frozenset(
    {
        "application/pgp-signature",
        "application/pgp-keys",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/applefile",
    }
)
SEALED: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
"""The media types of messages that are encrypted or signed as a whole."""
_SHOWN_WITHIN: Final = ("image/", "text/css", "text/javascript", "font/", "audio/", "video/", "application/javascript")
_HEADERS: Final = frozenset({"text/rfc822-headers", "message/rfc822-headers"})
_CARDS: Final = frozenset({"text/vcard", "text/x-vcard", "text/directory"})
_DELIMITER: Final = re.compile(rb"^--\S", re.MULTILINE)
_WEB_PAGE: Final = re.compile(r"\s{0,1000}(?:<!doctype html|<html[\s>])", re.IGNORECASE)


def internet_message(raw: bytes | memoryview, depth: int = 0) -> MailMessage:
    """Return the message that `raw` is; `depth` is how deep it stands in others."""
    return _message(read_message(raw), depth)


def _message(entity: Entity, depth: int) -> MailMessage:
    values = {name: entity.fields.text(name) for name in SHOWN}
    return MailMessage(values["Subject"], header_lines(values), _items(entity, depth))


def _items(entity: Entity, depth: int, *, related: bool = False) -> Iterator[Item]:
    media_type, fields = entity.media_type, entity.fields
    if depth > DEEPEST:
        yield unread("parts that are nested too deeply")
    elif media_type.startswith("multipart/"):
        yield from _composite(entity, depth)
    elif media_type in _SIGNATURES or (related and media_type.startswith(_SHOWN_WITHIN)) or _is_inline_picture(entity):
        return
    elif media_type in _MESSAGES:
        yield AttachedFile(fields.file_name, media_type, message=internet_message(_within(entity), depth + 1))
    elif media_type.startswith("message/") and media_type not in _REPORTS | _HEADERS:
        yield from _elsewhere(entity, depth)
    elif media_type in SEALED or fields.file_name.lower().endswith(".p7m"):
        yield from sealed_items(entity.payload(), fields.file_name, depth)
    elif _is_shown(entity):
        yield from _text(entity)
    else:
        charset = fields.parameter("charset") if media_type.startswith("text/") else ""
        yield AttachedFile(fields.file_name, media_type, entity.payload(), charset)


def sealed_items(raw: bytes, name: str, depth: int) -> Iterator[Item]:
    """Yield what stands in a sealed message where it is signed only, else the file that was not read."""
    content = signed_content(raw)
    if content is None:
        yield AttachedFile(name or "smime.p7m", reason=ENCRYPTED)
    else:
        yield from _items(read_entity(content), depth + 1)


def _is_inline_picture(entity: Entity) -> bool:
    fields = entity.fields
    return entity.media_type.startswith("image/") and (fields.disposition == "inline" or not fields.file_name)


def _is_shown(entity: Entity) -> bool:
    main, _slash, subtype = entity.media_type.partition("/")
    if main == "message":
        return True
    named = entity.fields.disposition == "attachment" or entity.fields.file_name
    return main == "text" and not named and subtype not in {"csv", "xml", "tab-separated-values", "rtf", "markdown"}


def _within(entity: Entity) -> bytes | memoryview:
    # A message may not be encoded as a whole (RFC 2046, 5.2.1), yet some are.
    return entity.payload() if entity.fields.encoding in {"base64", "quoted-printable"} else entity.body


def _elsewhere(entity: Entity, depth: int) -> Iterator[Item]:
    """Yield a part of a message that was cut up (message/partial), or a warning about a body that is kept elsewhere."""
    number = entity.fields.parameter("number")
    if entity.media_type == "message/partial" and number in {"", "1"}:
        yield AttachedFile("", entity.media_type, message=internet_message(entity.body, depth + 1))
    elif entity.media_type == "message/partial":
        yield from plain_items(read_characters(bytes(entity.body), None)[0])
    else:
        name = read_entity(entity.body).fields.file_name or entity.fields.parameter("name")
        yield AttachedFile(name, entity.media_type, reason="unsupported")


def _composite(entity: Entity, depth: int) -> Iterator[Item]:
    subtype = entity.media_type.partition("/")[2]
    default = "message/rfc822" if subtype == "digest" else "text/plain"
    parts = parts_of(entity, default)
    if not parts.cut:
        if _DELIMITER.search(entity.body):
            yield unread("parts without a boundary")
        yield from _text(Entity(Fields({}), entity.body))
        return
    if subtype == "encrypted":
        name = next((part.fields.file_name for part in parts.found if part.fields.file_name), "encrypted message")
        yield AttachedFile(name, reason=ENCRYPTED)
    elif subtype == "alternative":
        yield from _alternative([list(_items(part, depth + 1)) for part in parts.found], parts.found)
    else:
        for part in parts.found:
            yield from _items(_in_digest(part), depth + 1, related=subtype == "related")
    if not parts.complete:
        yield unread("the parts after the first 10,000")
    if not parts.closed and depth == 0:
        yield unread("the end of the message")


def _in_digest(part: Entity) -> Entity:
    # Some digests leave out the blank line between the header of a part and that of the message in it.
    if part.default == "message/rfc822" and {"from", "subject"} & part.fields.values.keys():
        return Entity(Fields({}), memoryview(_rejoined(part)), part.default)
    return part


def _rejoined(part: Entity) -> bytes:
    lines = [name.encode() + b": " + value for name, values in part.fields.values.items() for value in values]
    return b"\n".join([*lines, b"", bytes(part.body)])


def _alternative(choices: Sequence[Sequence[Item]], parts: Sequence[Entity]) -> Iterator[Item]:
    """Yield the items of the one alternative that says most, and those of what is no alternative."""
    texts = [number for number, part in enumerate(parts) if _is_alternative(part) and words_of(choices[number])]
    if texts:
        last = texts[-1]
        plain = next((number for number in texts if parts[number].media_type == "text/plain"), last)
        yield from richest(choices[plain], choices[last])
    for part, items in zip(parts, choices, strict=True):
        if not texts or not _is_alternative(part):
            yield from items


def _is_alternative(part: Entity) -> bool:
    named = part.fields.disposition == "attachment"
    return part.media_type.startswith(("text/", "multipart/")) and part.media_type != "text/calendar" and not named


def _text(entity: Entity) -> Iterator[Item]:
    text, lost = _characters(entity.payload(), entity.fields.parameter("charset"))
    media_type = entity.media_type
    if lost:
        yield ReadingWarning(WarningCode.CHARACTERS_REPLACED, part="the text of the message")
    if media_type in {"text/html", "text/xhtml"} or _WEB_PAGE.match(text):
        yield from html_blocks(text)[0]
    elif media_type == "text/calendar":
        yield from calendar_passages(text)
    elif media_type in _CARDS:
        yield from card_passages(text)
    elif media_type in _HEADERS:
        header = internet_message(text.encode()).header
        yield Passage(header, BlockKind.LINES)
    elif media_type in _REPORTS:
        yield Passage(text.strip(), BlockKind.LINES)
    elif media_type == "text/enriched":
        yield from plain_items(enriched_text(text))
    elif media_type == "text/richtext":
        yield from plain_items(rich_text(text))
    else:
        flowed = entity.fields.parameter("format").lower() == "flowed"
        yield from plain_items(text, flowed=flowed, drop_spaces=entity.fields.parameter("delsp").lower() == "yes")


def _characters(raw: bytes, charset: str) -> tuple[str, int]:
    # UTF-7 is ASCII to look at; only what is declared tells that a text is written in it.
    if charset.lower() in {"utf-7", "unicode-1-1-utf-7", "x-unicode-2-0-utf-7"} and raw.isascii():
        text = raw.decode("utf-7", errors="replace")
        return text, text.count("\ufffd")
    return read_characters(raw, charset or None)
