"""Messages that are cut off, put together wrongly or made to cost much."""

import pytest

from tests.ingestion.formats.mail.conftest import ReadMail
from tests.ingestion.formats.mail.written import HEADER, attached, message, part, several, text_of, warned

WHOLE = several("mixed", part("The first part."), part("The second part."))


@pytest.mark.parametrize(
    "rest",
    [
        WHOLE.replace('boundary="b1"', ""),
        WHOLE.replace('boundary="b1"', 'boundary="other"'),
        WHOLE.replace('boundary="b1"', "boundary=b1; "),
        WHOLE.replace('; boundary="b1"', ";\n boundary = b1"),
        WHOLE.replace("--b1\n", "--b1  \n"),
        f"This is a message in MIME format.\n\n{WHOLE}".replace("This", "X-Odd: This", 1).replace("\n\n", "\n", 1),
        WHOLE + "\nwhat comes after is no part of it\n",
        several("mixed", several("unheard-of", part("The first part."), part("The second part."), boundary="b1")),
        several("mixed", part("The first part.").replace("Content-Type", "Content-type "), part("The second part.")),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_parts_are_found(rest: str, line_end: str, read_mail: ReadMail) -> None:
    found = read_mail(message(rest.replace("\n", line_end), HEADER.replace("\n", line_end)))
    assert text_of(found).endswith("Subject: Grain\n\nThe first part.\n\nThe second part.")
    assert not found.warnings


def test_a_mail_without_any_boundary_is_read_as_text(read_mail: ReadMail) -> None:
    found = read_mail(message("Content-Type: multipart/mixed\n\nThe only part.\n"))
    assert text_of(found).endswith("The only part.")
    assert not found.warnings


def test_a_mail_that_is_cut_off_is_read_to_its_end(read_mail: ReadMail) -> None:
    whole = message(
        several("mixed", part("The first part."), attached("a.ics", b"BEGIN:VEVENT\nSUMMARY:Weighing\n" * 9))
    )
    found = read_mail(whole[:-100])
    assert "The first part." in text_of(found)
    assert "Event: Weighing" in text_of(found)
    assert warned(found) == [("part_unread", "the end of the message")]


@pytest.mark.parametrize("length", range(0, 700, 9))
def test_no_cut_is_an_error(length: int, read_mail: ReadMail) -> None:
    whole = message(several("mixed", part("The first part."), part(WHOLE, "message/rfc822"), boundary="b0"))
    found = read_mail(b"Subject: Oats\n" + whole[:length])
    assert text_of(found).startswith(("Oats", "Grain"))


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf" + message("\nSix sacks."),
        message("\nSix sacks.").decode().encode("utf-16"),
        b"\n\r\n" + message("\nSix sacks."),
        b"From ada@x.example Mon May  4 09:00:00 2026\n" + message("\nSix sacks."),
        message("no field but a line of text\nSix sacks."),
        message("\nSix\0 sacks."),
        message("X-Null: \0\0\n\nSix sacks."),
        message("X-Long: " + "a b " * 300_000 + "\n\nSix sacks."),
        message("\nSix sacks.", HEADER + "Content-Type: ;;;=\n"),
        message("\nSix sacks.", HEADER + "Content-Type: text/plain; charset*=x'y; charset*1*=%%%\n"),
        message("\nSix sacks.", HEADER + "Content-Transfer-Encoding:\n"),
    ],
)
def test_what_stands_around_a_mail_does_no_harm(raw: bytes, read_mail: ReadMail) -> None:
    found = read_mail(raw)
    assert found.title == "Grain"
    assert text_of(found).endswith("Six sacks.")


@pytest.mark.parametrize(
    "raw",
    [
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(10_000)),
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 30_000,
        b"Subject: " + b"=?utf-8?q?" * 50_000 + b"\n\nText.",
        b"To: " + b", ".join(b"a%d@x.example" % number for number in range(40_000)) + b"\n\nText.",
        b"Content-Type: text/plain" + b';a="' * 100_000 + b"\n\nText.",
        b"\n" + b"begin 644 a\n" * 40_000,
        b"\n" + b"-----BEGIN PGP SIGNATURE-----\n" * 20_000,
        b"\n" + b"> " * 300_000,
        b"\n" + b"From x 09:00\n" * 40_000,
        b"Content-Type: text/calendar\n\n" + b"BEGIN:VEVENT\n" * 40_000,
        b"Content-Type: text/enriched\n\n" + b"<param>" * 40_000,
        b"Content-Type: text/plain; format=flowed\n\n" + b"a \n" * 100_000,
    ],
    ids=range(12),
)
@pytest.mark.timeout(20)
def test_hostile_structure_is_bounded(raw: bytes, read_mail: ReadMail) -> None:
    found = read_mail(b"Subject: Grain\n" + raw)
    assert text_of(found).startswith("Grain")
