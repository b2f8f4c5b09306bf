"""Outlook messages (MS-OXMSG): a compound file in which each property is a stream."""

from collections.abc import Iterator, Sequence
from typing import Final

from ingestion.formats.mail.fields import SHOWN, Fields, header_lines, read_fields, tidy_name
from ingestion.formats.mail.internet import SEALED, internet_message, sealed_items
from ingestion.formats.mail.message import DEEPEST, ENCRYPTED, AttachedFile, Item, MailMessage, unread
from ingestion.formats.mail.outlook.compressed_rtf import decompress_rtf
from ingestion.formats.mail.outlook.properties import PropertyStorage
from ingestion.formats.mail.plain import plain_items
from ingestion.formats.mail.richest import richest, words_of
from ingestion.formats.text.elements import html_blocks

_SUBJECT, _HEADERS = 0x0037, 0x007D
_TIMES: Final = (0x0039, 0x0E06, 0x3007)
_SENDERS: Final = ((0x0C1A, (0x5D01, 0x0C1F)), (0x0042, (0x5D02, 0x0065)))
_RECIPIENTS: Final = {1: "To", 2: "Cc"}
_RECIPIENT_TYPE, _DISPLAY_NAME, _ADDRESSES = 0x0C15, 0x3001, (0x39FE, 0x3003)
_DISPLAYED: Final = {"To": 0x0E04, "Cc": 0x0E03}
_BODY, _RTF, _HTML = 0x1000, 0x1009, 0x1013
_DATA, _METHOD, _FLAGS, _HIDDEN, _CONTENT_ID, _MEDIA_TYPE = 0x3701, 0x3705, 0x3714, 0x7FFE, 0x3712, 0x370E
_NAMES: Final = (0x3707, 0x3704, 0x3001)
_ELSEWHERE: Final = frozenset({2, 3, 4, 7})
_SHOWN_IN_HTML: Final = 4
_EMBEDDED: Final = 24


def outlook_message(raw: bytes) -> MailMessage:
    """Return the message in a compound file. Raises OSError, and what olefile raises else, on a damaged one."""
    return _message(PropertyStorage.of_file(raw), 0)


def _message(storage: PropertyStorage, depth: int) -> MailMessage:
    fields, _body = read_fields(memoryview(storage.text(_HEADERS).encode()))
    subject = storage.text(_SUBJECT) or fields.text("Subject")
    values = {name: fields.text(name) for name in SHOWN}
    values |= {name: value for name, value in _own_header(storage).items() if not values[name]}
    subject = " ".join(subject.split())
    return MailMessage(subject, header_lines({**values, "Subject": subject}), _items(storage, fields, depth))


def _own_header(storage: PropertyStorage) -> dict[str, str]:
    """Return the header that the properties tell: a message that was not sent yet has no other."""
    header = {name: " ".join(storage.text(display).split()) for name, display in _DISPLAYED.items()}
    people: dict[str, list[str]] = {}
    for recipient in storage.within("__recip_version1.0_#", 8):
        name = _RECIPIENTS.get(recipient.number(_RECIPIENT_TYPE) or 1)
        if name:
            people.setdefault(name, []).append(_person(recipient, _DISPLAY_NAME, _ADDRESSES))
    header |= {name: ", ".join(filter(None, who)) for name, who in people.items() if any(who)}
    header["From"] = next(filter(None, (_person(storage, *sender) for sender in _SENDERS)), "")
    sent = next(filter(None, map(storage.time, _TIMES)), None)
    header["Date"] = f"{sent:%Y-%m-%d %H:%M} UTC" if sent else ""
    return header


def _person(storage: PropertyStorage, name: int, addresses: Sequence[int]) -> str:
    called = " ".join(storage.text(name).split())
    known = [text for each in addresses if (text := storage.text(each).strip())]
    address = next((each for each in known if "@" in each), "")
    if not address or address == called:
        return called or address
    return f"{called} <{address}>" if called else address


def _items(storage: PropertyStorage, fields: Fields, depth: int) -> Iterator[Item]:
    if fields.media_type() == "multipart/encrypted":
        yield AttachedFile("encrypted message", reason=ENCRYPTED)
        return
    yield from _body_items(storage)
    for attached in storage.within("__attach_version1.0_#", 8):
        yield from _attached(attached, depth)


def _body_items(storage: PropertyStorage) -> Iterator[Item]:
    plain = list(plain_items(storage.text(_BODY)))
    page = storage.text(_HTML)
    if page or words_of(plain):
        yield from richest(plain, html_blocks(page)[0] if page else [])
        return
    packed = storage.binary(_RTF)
    if not packed:
        return
    try:
        rich = decompress_rtf(packed)
    except ValueError:
        yield unread("the text of the message")
    else:
        yield AttachedFile("the text of the message", "application/rtf", rich, body=True)


def _attached(storage: PropertyStorage, depth: int) -> Iterator[Item]:
    name = next(filter(None, (tidy_name(storage.text(each)) for each in _NAMES)), "")
    media_type = storage.text(_MEDIA_TYPE).lower()
    method = storage.number(_METHOD)
    embedded = storage.embedded(_DATA, _EMBEDDED)
    raw = storage.binary(_DATA)
    if method in _ELSEWHERE and not raw:
        yield AttachedFile(name, media_type, reason="unsupported")
    elif embedded is not None and embedded.is_message:
        if depth >= DEEPEST:
            yield unread(name or "messages that are nested too deeply")
        else:
            yield AttachedFile(name, media_type, message=_message(embedded, depth + 1))
    elif embedded is not None:
        yield AttachedFile(name, media_type, reason="unsupported")
    elif media_type == "multipart/signed":
        # A signed message is kept whole in a file of its own.
        yield from internet_message(raw, depth).items
    elif media_type in SEALED:
        yield from sealed_items(raw, name, depth)
    elif not _is_shown_within(storage, media_type, raw):
        yield AttachedFile(name, media_type, raw)


def _is_shown_within(storage: PropertyStorage, media_type: str, raw: bytes) -> bool:
    picture = media_type.startswith("image/") or raw.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM"))
    shown = (storage.number(_FLAGS) or 0) & _SHOWN_IN_HTML or storage.number(_HIDDEN) or storage.text(_CONTENT_ID)
    return picture and bool(shown)
