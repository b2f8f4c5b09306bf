"""The text of a message, whatever it was encoded, wrapped and marked up in."""

import base64
import binascii

import pytest

from ingestion.chunk import BlockKind
from ingestion.formats.content import Passage
from ingestion.parse.outcome import ParseFailed
from tests.ingestion.formats.mail.conftest import ReadMail
from tests.ingestion.formats.mail.written import HEADER, message, part, several, text_of, warned

WEB = "text/html; charset=utf-8"


def _body(read_mail: ReadMail, rest: str | bytes) -> str:
    raw = rest if isinstance(rest, bytes) else rest.encode()
    content = read_mail(HEADER.encode() + raw)
    assert not content.warnings
    return text_of(content).partition("Subject: Grain")[2].strip()


@pytest.mark.parametrize(
    ("plain", "web", "read"),
    [
        ("Six sacks of oats.", "<p>Six sacks of <b>oats</b>.</p>", "Six sacks of oats."),
        ("Six sacks of oats. <http://x.example>", "<p>Six sacks of oats.</p>", "Six sacks of oats. <http://x.example>"),
        ("Your program shows no HTML.", "<p>Six sacks of oats.</p>", "Six sacks of oats."),
        ("Six sacks of oats.", "<p> </p>", "Six sacks of oats."),
        ("", "<p>Six sacks of oats.</p>", "Six sacks of oats."),
    ],
)
def test_one_alternative_is_read(plain: str, web: str, read: str, read_mail: ReadMail) -> None:
    assert _body(read_mail, several("alternative", part(plain), part(web, WEB))) == read
    assert _body(read_mail, several("alternative", part(plain), part(web, WEB), boundary="with space")) == read


def test_an_alternative_may_carry_files(read_mail: ReadMail) -> None:
    picture = part(
        "iVBORw0KGgo=", "image/png; name=logo.png", "Content-ID: <logo>", "Content-Transfer-Encoding: base64"
    )
    page = several("related", part("<p>Six sacks of rye.</p>", WEB), picture, boundary="inner")
    assert _body(read_mail, several("alternative", part("Six sacks of rye."), page)) == "Six sacks of rye."
    invitation = part("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Weighing\nEND:VEVENT\nEND:VCALENDAR", "text/calendar")
    both = _body(
        read_mail, several("alternative", part("Come and weigh."), part("<p>Come and weigh.</p>", WEB), invitation)
    )
    assert both == "Come and weigh.\n\nEvent: Weighing"


@pytest.mark.parametrize(
    ("content_type", "raw"),
    [
        ("text/plain; charset=x-unknown", "Crème brûlée für alle".encode()),
        ("text/plain; charset=x-unknown", "Crème brûlée für alle".encode("cp1252")),
        ("text/plain; charset=us-ascii", "Crème brûlée für alle".encode()),
        ("text/plain", "Crème brûlée für alle".encode()),
        ("text/plain; charset=iso-8859-1", "Crème brûlée für alle".encode("latin-1")),
        ("text/plain; charset=utf-7", "Crème brûlée für alle".encode("utf-7")),
        ("text/plain; charset", "Crème brûlée für alle".encode()),
        ("text", "Crème brûlée für alle".encode()),
        ("", "Crème brûlée für alle".encode()),
    ],
)
def test_a_charset_may_be_unknown_wrong_or_missing(content_type: str, raw: bytes, read_mail: ReadMail) -> None:
    field = f"Content-Type: {content_type}\n\n".encode() if content_type else b"\n"
    assert _body(read_mail, field + raw) == "Crème brûlée für alle"


@pytest.mark.parametrize(
    ("encoding", "raw"),
    [
        ("quoted-printable", b"Cr=C3=A8me br=\n=C3=BBl=C3=A9e"),
        ("Quoted-Printable", b"Cr=c3=a8me br=  \r\n=C3=BBl=C3=A9e"),
        ("base64", base64.b64encode("Crème brûlée".encode())),
        ("base64", base64.b64encode("Crème brûlée".encode()).rstrip(b"=")),
        ("base64", b"!*" + base64.b64encode("Crème".encode()) + b"\n" + base64.b64encode(" brûlée".encode())),
        ("x-uuencode", b"begin 644 a\n" + binascii.b2a_uu("Crème brûlée".encode()) + b"`\nend\n"),
        ("8bit", "Crème brûlée".encode()),
        ("nonsense", "Crème brûlée".encode()),
    ],
)
def test_a_transfer_encoding_is_undone(encoding: str, raw: bytes, read_mail: ReadMail) -> None:
    field = f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n".encode()
    assert _body(read_mail, field + raw) == "Crème brûlée"


def test_bytes_that_mean_nothing_are_a_warning(read_mail: ReadMail) -> None:
    text = "Die Größe und das Maß der Säcke prüft Müller. ".encode() * 3
    found = read_mail(message("Content-Type: text/plain; charset=utf-8\n\n") + text + b"\xff")
    assert "Die Größe und das Maß" in text_of(found)
    assert warned(found) == [("characters_replaced", "the text of the message")]


FLOWED = "text/plain; charset=utf-8; format=flowed"


@pytest.mark.parametrize(
    ("content_type", "text", "read"),
    [
        (FLOWED, "Six sacks \nof oats.\nBob", "Six sacks of oats.\nBob"),
        (f"{FLOWED}; delsp=yes", "Six sacks o \nf oats.", "Six sacks of oats."),
        (FLOWED, "> Six sacks \n> of oats.\nYes.", "> Six sacks of oats.\n\nYes."),
        (FLOWED, " From here on.\n-- \nAda", "From here on.\n-- \nAda"),
        ("text/plain", "The old mill counted all the sacks of oats that came on\nFriday.", None),
        ("text/plain", "> The old mill counted all the sacks of oats that came on\n> Friday.", None),
        ("text/plain", ">> Oats?\n> Rye.\nBarley.", "> > Oats?\n\n> Rye.\n\nBarley."),
        ("text/plain", ">" * 500 + " Oats?", "> " * 8 + "Oats?"),
        ("text/plain", "-- \nAda Vance\nHarbour Office", "-- \nAda Vance\nHarbour Office"),
        ("text/plain", "Roses are red,\nviolets are blue.", "Roses are red,\nviolets are blue."),
        ("text/plain", "- oats and\n  rye\n- barley", "- oats and\n  rye\n- barley"),
        ("text/plain", "one\r\n\r\ntwo\rthree", "one\n\ntwo\nthree"),
    ],
)
def test_lines_are_joined_where_they_were_wrapped(
    content_type: str, text: str, read: str | None, read_mail: ReadMail
) -> None:
    wanted = read if read is not None else text.replace("\n> ", " ").replace("\n", " ")
    found = _body(read_mail, part(text, content_type))
    assert [line.rstrip() for line in found.split("\n")] == [line.rstrip() for line in wanted.split("\n")]


def test_lines_that_stand_by_themselves_are_lines(read_mail: ReadMail) -> None:
    blocks = read_mail(message(part("-- \nAda Vance\nHarbour Office"))).blocks
    assert isinstance(blocks[-1], Passage)
    assert blocks[-1].kind is BlockKind.LINES


def test_a_page_is_read_without_its_tags(read_mail: ReadMail) -> None:
    page = (
        "<html><head><style>p {color: red}</style></head><body><p>Six sacks</p><!-- no --><p>of oats.</p></body></html>"
    )
    assert _body(read_mail, part(page, WEB)) == "Six sacks\n\nof oats."
    assert _body(read_mail, part(page)) == "Six sacks\n\nof oats."


@pytest.mark.parametrize(
    ("content_type", "text", "read"),
    [
        (
            "text/enriched",
            "<bold>Six</bold> sacks\nof <color><param>red</param>oats</color>.\n\n1 << 2",
            "Six sacks of oats.\n\n1 < 2",
        ),
        ("text/richtext", "<bold>Six</bold> sacks\nof oats.<nl>1 <lt> 2", "Six sacks of oats.\n\n1 < 2"),
        ("text/x-diff", "-oats\n+rye", "-oats\n+rye"),
    ],
)
def test_other_kinds_of_text_are_read(content_type: str, text: str, read: str, read_mail: ReadMail) -> None:
    assert _body(read_mail, part(text, content_type)) == read


def test_a_mail_without_a_body_has_its_subject_as_text(read_mail: ReadMail) -> None:
    found = read_mail(b"Subject: Dredging moved to 14 October\n\n")
    assert found.title == "Dredging moved to 14 October"
    assert text_of(found).startswith("Dredging moved to 14 October")
    assert not found.warnings


def test_a_mail_with_neither_body_nor_subject_has_no_text(read_mail: ReadMail) -> None:
    with pytest.raises(ParseFailed) as failed:
        read_mail(b"From: a@x.example\nContent-Type: text/plain\n\n \n")
    assert failed.value.code == "no_text"


def test_a_signature_is_no_text(read_mail: ReadMail) -> None:
    armoured = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nSix sacks.\n- -----\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n\nBob"
    )
    assert _body(read_mail, part(armoured)) == "Six sacks.\n-----\n\nBob"
    signed = several("signed", part("Six sacks."), part("iQEz", "application/pgp-signature; name=signature.asc"))
    assert _body(read_mail, signed) == "Six sacks."


SEALED = "-----BEGIN PGP MESSAGE-----\n\nhQEM\n-----END PGP MESSAGE-----\n"


@pytest.mark.parametrize(
    "rest",
    [
        several("encrypted", part("Version: 1", "application/pgp-encrypted"), part(SEALED, "application/octet-stream")),
        part(SEALED),
        part(
            "hQEM",
            "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
            "Content-Transfer-Encoding: base64",
        ),
    ],
)
def test_an_encrypted_mail_says_so(rest: str, read_mail: ReadMail) -> None:
    with pytest.raises(ParseFailed) as failed:
        read_mail(message(rest))
    assert failed.value.code == "encrypted"


def test_an_encrypted_part_is_a_warning(read_mail: ReadMail) -> None:
    found = read_mail(message(part(f"Hello.\n\n{SEALED}")))
    assert "Hello." in text_of(found)
    assert warned(found) == [("attachment_unread", "PGP message")]
