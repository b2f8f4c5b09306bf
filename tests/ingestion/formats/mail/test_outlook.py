"""Outlook messages, made by code: properties, recipients, attachments, messages in messages."""

import struct
from datetime import UTC, datetime

import pytest

from ingestion.formats.mail.outlook.compressed_rtf import decompress_rtf
from ingestion.parse.outcome import ParseFailed
from tests.ingestion.formats.mail.compound import Folder, compound, holder, outlook
from tests.ingestion.formats.mail.conftest import ReadMail
from tests.ingestion.formats.mail.written import HEADER, attached, message, part, several, text_of, warned

SUBJECT, BODY, HTML, RTF = 0x0037, 0x1000, 0x1013, 0x1009
SENDER, SENDER_ADDRESS, HEADERS, SUBMITTED = 0x0C1A, 0x5D01, 0x007D, 0x0039
DATA, NAME, MEDIA_TYPE, METHOD, CONTENT_ID, CODE_PAGE = 0x3701, 0x3707, 0x370E, 0x3705, 0x3712, 0x3FFD
NOON = (datetime(2026, 5, 4, 12, tzinfo=UTC) - datetime(1601, 1, 1, tzinfo=UTC)) // (datetime.resolution * 1) * 10


def _person(name: str, address: str, kind: int) -> Folder:
    return holder({0x3001: name, 0x39FE: address, 0x0C15: kind})


def test_a_message_says_who_wrote_to_whom(read_mail: ReadMail) -> None:
    people = (
        _person("Bob", "bob@mill.example", 1),
        _person("Cyd", "cyd@mill.example", 2),
        _person("", "d@x.example", 1),
    )
    letter: dict[int, str | bytes | int] = {
        SUBJECT: "Grüße",
        BODY: "Six sacks.",
        SENDER: "Ada",
        SENDER_ADDRESS: "ada@x.example",
        SUBMITTED: NOON,
    }
    found = read_mail(compound(outlook(letter, recipients=people)), "msg")
    assert found.title == "Grüße"
    assert text_of(found) == (
        "Grüße\n\nFrom: Ada <ada@x.example>\nTo: Bob <bob@mill.example>, d@x.example\nCc: Cyd <cyd@mill.example>\n"
        "Date: 2026-05-04 12:00 UTC\nSubject: Grüße\n\nSix sacks."
    )
    assert not found.warnings


def test_the_header_it_was_sent_with_counts(read_mail: ReadMail) -> None:
    sent = HEADER.replace("\n", "\r\n") + "Date: Mon, 4 May 2026 09:00:00 +0200\r\n"
    found = read_mail(compound(outlook({SUBJECT: "Grain", BODY: "Six.", HEADERS: sent, SENDER: "x"})), "msg")
    assert "From: Ada <ada@harbour.example>\nTo: Bob <bob@mill.example>\nDate: Mon, 4 May 2026" in text_of(found)


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ({BODY: "Six sacks.", HTML: b"<p>Six <b>sacks</b>.</p>"}, "Six sacks."),
        ({BODY: " ", HTML: b"<p>Six sacks of rye.</p>"}, "Six sacks of rye."),
        ({HTML: "<p>Größe: 6</p>".encode("cp1252"), CODE_PAGE: 1252}, "Größe: 6"),
        ({HTML: "<p>Größe: 6</p>"}, "Größe: 6"),
        ({BODY: "Größe: 6\r\n".encode("cp1252"), CODE_PAGE: 99_999}, "Größe: 6"),
        ({BODY: "Žluť".encode("cp1250"), CODE_PAGE: 1250}, "Žluť"),
    ],
)
def test_one_body_is_read(body: dict[int, str | bytes | int], read: str, read_mail: ReadMail) -> None:
    found = read_mail(compound(outlook({SUBJECT: "Grain", **body})), "msg")
    assert text_of(found).endswith(f"Subject: Grain\n\n{read}")


def _packed(text: bytes) -> bytes:
    runs = b"".join(b"\0" + text[start : start + 8] for start in range(0, len(text), 8))
    return struct.pack("<IIII", len(runs) + 12, len(text), 0x75465A4C, 0) + runs


def test_compressed_rich_text_is_unpacked() -> None:
    assert decompress_rtf(_packed(b"{\\rtf1 Six sacks.}")) == b"{\\rtf1 Six sacks.}"
    # The example of MS-OXRTFCP, 4.1.1.
    example = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert decompress_rtf(example) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    stored = struct.pack("<IIII", 15, 3, 0x414C454D, 0) + b"Rye"
    assert decompress_rtf(stored) == b"Rye"


def test_a_message_of_rich_text_alone_is_read(read_mail: ReadMail) -> None:
    rich = _packed(b"{\\rtf1\\ansi The mill counted six sacks of oats.\\par}")
    found = read_mail(compound(outlook({SUBJECT: "Grain", RTF: rich})), "msg")
    assert text_of(found).endswith("Subject: Grain\n\nThe mill counted six sacks of oats.")
    broken = read_mail(compound(outlook({SUBJECT: "Grain", RTF: b"no rich text at all"})), "msg")
    assert warned(broken) == [("part_unread", "the text of the message")]


def test_messages_in_messages_are_read(read_mail: ReadMail) -> None:
    innermost = outlook({SUBJECT: "Innermost", BODY: "The seed."}, header=24)
    inner = outlook({SUBJECT: "Inner", BODY: "The husk."}, attachments=(holder({}, innermost),), header=24)
    kept = compound(outlook({SUBJECT: "Kept", BODY: "The chaff."}))
    files = (
        holder({NAME: "inner.msg"}, inner),
        holder({NAME: "kept.msg", DATA: kept}),
        holder({NAME: "sent.eml", DATA: message("\nThe straw.")}),
    )
    found = read_mail(compound(outlook({SUBJECT: "Outer", BODY: "See below."}, attachments=files)), "msg")
    for subject, body in (("Inner", "husk"), ("Innermost", "seed"), ("Kept", "chaff")):
        assert f"{subject}\n\nSubject: {subject}\n\nThe {body}." in text_of(found)
    assert text_of(found).endswith("Subject: Grain\n\nThe straw.")
    assert (found.parts, list(found.warnings)) == (5, [])


def test_an_outlook_message_in_a_mail_is_read(read_mail: ReadMail) -> None:
    kept = compound(outlook({SUBJECT: "Kept", BODY: "The chaff."}))
    found = read_mail(message(several("mixed", part("See below."), attached("kept.msg", kept))))
    assert text_of(found).endswith("Attachment: kept.msg\n\nKept\n\nSubject: Kept\n\nThe chaff.")


def test_what_is_attached_is_read_or_named(read_mail: ReadMail) -> None:
    files = (
        holder({NAME: "logo.png", DATA: b"\x89PNG\r\n\x1a\n", CONTENT_ID: "logo", MEDIA_TYPE: "image/png"}),
        holder({NAME: "a.ics", DATA: b"BEGIN:VEVENT\nSUMMARY:Weighing\nEND:VEVENT"}),
        holder({NAME: "run.exe", DATA: b"MZ\x90" + bytes(5000)}),
        holder({NAME: "far.txt", METHOD: 2}),
        holder({0x3001: "Worksheet"}, {"CONTENTS": b"ole"}),
    )
    found = read_mail(compound(outlook({SUBJECT: "Outer", BODY: "See below."}, attachments=files)), "msg")
    assert "Attachment: a.ics\n\nEvent: Weighing" in text_of(found)
    assert "logo.png" not in text_of(found)
    assert warned(found) == [("attachment_unread", name) for name in ("run.exe", "far.txt", "Worksheet")]


def test_a_signed_message_is_opened_and_a_sealed_one_refused(read_mail: ReadMail) -> None:
    whole = several("signed", part("Six sacks."), part("iQEz", "application/pkcs7-signature")).encode()
    signed = holder({NAME: "smime.p7m", DATA: whole, MEDIA_TYPE: "multipart/signed"})
    assert text_of(read_mail(compound(outlook({SUBJECT: "Grain"}, attachments=(signed,))), "msg")).endswith(
        "Six sacks."
    )
    sealed = holder({NAME: "smime.p7m", DATA: b"\x30\x80", MEDIA_TYPE: "application/pkcs7-mime"})
    with pytest.raises(ParseFailed) as failed:
        read_mail(compound(outlook({SUBJECT: "Grain"}, attachments=(sealed,))), "msg")
    assert failed.value.code == "encrypted"


def test_a_message_with_a_missing_stream_is_read(read_mail: ReadMail) -> None:
    folder = {name: one for name, one in outlook({SUBJECT: "Grain", BODY: "Six sacks."}).items() if "prop" not in name}
    assert text_of(read_mail(compound(folder), "msg")).endswith("Six sacks.")
