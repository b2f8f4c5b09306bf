"""Messages in messages, and files of several messages."""

import base64

import pytest

from ingestion.formats.detection import detect
from tests.ingestion.formats.mail.conftest import ReadMail
from tests.ingestion.formats.mail.written import HEADER, attached, message, part, several, text_of, warned

INNER = "From: Tom <tom@mill.example>\nSubject: Count\n\nThe mill counted 6,412 sacks.\n"
READ = "Count\n\nFrom: Tom <tom@mill.example>\nSubject: Count\n\nThe mill counted 6,412 sacks."


@pytest.mark.parametrize(
    "inner",
    [
        part(INNER, "message/rfc822"),
        part(INNER, "message/rfc822; name=count.eml", "Content-Disposition: attachment"),
        part(base64.encodebytes(INNER.encode()).decode(), "message/rfc822", "Content-Transfer-Encoding: base64"),
        attached("count.eml", INNER.encode()),
        attached("mail", INNER.encode(), "message/rfc822"),
        part(f"\n\n{INNER}", "message/rfc822"),
        part(f"From tom@mill.example Fri May  1 08:00:00 2026\n{INNER}", "message/rfc822"),
        part(INNER, "message/global"),
    ],
)
def test_a_message_in_a_message_is_read(inner: str, read_mail: ReadMail) -> None:
    found = read_mail(message(several("mixed", part("See below."), inner)))
    assert text_of(found).endswith(READ)
    assert "See below." in text_of(found)
    assert (found.title, found.parts, list(found.warnings)) == ("Grain", 2, [])


@pytest.mark.parametrize("blank", ["\n", ""])
def test_every_message_of_a_digest_is_read(blank: str, read_mail: ReadMail) -> None:
    letters = [f"{blank}From: a@x.example\nSubject: Letter {number}\n\nAbout {number}." for number in range(60)]
    found = read_mail(message(several("digest", *letters)))
    assert all(f"Subject: Letter {number}\n\nAbout {number}." in text_of(found) for number in range(60))
    assert not found.warnings


def test_a_delivery_report_is_read(read_mail: ReadMail) -> None:
    report = several(
        "report; report-type=delivery-status",
        part("It could not be delivered."),
        part("Reporting-MTA: dns; x.example\n\nFinal-Recipient: rfc822; bob@mill.example", "message/delivery-status"),
        part("From: ada@harbour.example\nX-Other: 1\nSubject: Oats", "text/rfc822-headers"),
    )
    text = text_of(read_mail(message(report)))
    assert "It could not be delivered.\n\nReporting-MTA: dns; x.example" in text
    assert text.endswith("From: ada@harbour.example\nSubject: Oats")


def _nested(levels: int) -> bytes:
    raw = b"Subject: innermost\n\nThe seed.\n"
    for level in range(levels):
        head = f'Subject: level {level}\nContent-Type: multipart/mixed; boundary="b{level}"\n\n--b{level}\n'
        raw = head.encode() + b"Content-Type: message/rfc822\n\n" + raw + f"\n--b{level}--\n".encode()
    return raw


def test_messages_are_read_as_deep_as_people_nest_them(read_mail: ReadMail) -> None:
    found = read_mail(_nested(10))
    assert "The seed." in text_of(found)
    assert (found.parts, list(found.warnings)) == (11, [])


def test_messages_without_end_are_read_as_deep_as_allowed(read_mail: ReadMail) -> None:
    found = read_mail(_nested(2_000))
    assert "level 1990" in text_of(found)
    assert "The seed." not in text_of(found)
    assert warned(found) == [("part_unread", "parts that are nested too deeply")]


MBOX = (
    "From ada@x.example Mon May  4 09:00:00 2026\nFrom: ada@x.example\nSubject: One\n\nFirst.\n>From here on, rye.\n\n"
    "From bob@x.example Tue May  5 09:00:00 2026\nFrom: bob@x.example\nSubject: Two\n\nSecond.\n"
)


@pytest.mark.parametrize("name", ["a.mbox", "a.eml", "a.txt", "archive"])
def test_every_message_of_an_mbox_is_read(name: str, read_mail: ReadMail) -> None:
    kind = detect(name, MBOX.encode())
    assert kind is not None
    found = read_mail(MBOX.encode(), kind.name)
    assert text_of(found) == (
        "One\n\nFrom: ada@x.example\nSubject: One\n\nFirst.\nFrom here on, rye.\n\n"
        "Two\n\nFrom: bob@x.example\nSubject: Two\n\nSecond."
    )
    assert (found.parts, found.title) == (2, None)


def test_a_line_in_a_text_begins_no_message(read_mail: ReadMail) -> None:
    raw = "From ada@x.example Mon May  4 09:00:00 2026\n" + HEADER + "\nFrom noon at 12:30 on we weigh.\nBring oats.\n"
    found = read_mail(raw.encode())
    assert (found.parts, found.title) == (1, "Grain")
    assert text_of(found).endswith("From noon at 12:30 on we weigh.\nBring oats.")
    assert detect("a.txt", b"From noon on we weigh.\nBring: oats.\n") is detect("b.txt", b"x")
