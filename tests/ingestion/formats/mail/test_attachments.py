"""What is attached to a message: read with the reader of its format, or named in a warning."""

import binascii
import io
import zipfile

import openpyxl
import pytest

from ingestion.formats.content import Passage, Table
from tests.ingestion.formats.mail.conftest import ReadMail
from tests.ingestion.formats.mail.written import attached, message, part, several, text_of, warned


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Grain", 0)
    sheet.append(["Grain", "Sacks"])
    sheet.append(["Oats", "6412"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _locked() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    raw = bytearray(out.getvalue())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


def test_an_attached_file_is_read_after_its_name(read_mail: ReadMail) -> None:
    files = [attached("notes.txt", b"The spare key is in the lighthouse."), attached("grain.xlsx", _workbook())]
    found = read_mail(message(several("mixed", part("See below."), *files)))
    assert "Attachment: notes.txt\n\nThe spare key is in the lighthouse." in text_of(found)
    assert "Attachment: grain.xlsx\n\n" in text_of(found)
    assert "6412" in text_of(found)
    assert not found.warnings
    assert found.pages is None
    assert {block.page for block in found.blocks} == {None}
    assert {row.page for block in found.blocks if isinstance(block, Table) for row in block.rows} <= {None}


@pytest.mark.parametrize(
    ("name", "raw", "reason"),
    [
        ("run.exe", b"MZ\x90" + bytes(100), "unsupported"),
        ("broken.docx", b"PK\x03\x04 no archive", "damaged"),
        ("broken.pdf", b"%PDF-1.7 no more", "damaged"),
        ("locked.docx", _locked(), "encrypted"),
        ("empty.txt", b"", "empty"),
        ("old.doc", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "damaged"),
        ("winmail.dat", b"no such file" + bytes(50), "unsupported"),
        ("secret.pdf.pgp", b"\x85\x01", "encrypted"),
    ],
)
def test_a_file_that_is_not_read_is_a_warning(name: str, raw: bytes, reason: str, read_mail: ReadMail) -> None:
    files = several("mixed", part("See below."), attached(name, raw), attached("b.txt", b"Rye."))
    found = read_mail(message(files))
    assert f"Attachment: {name} (not read: {reason})" in text_of(found)
    assert text_of(found).endswith("Attachment: b.txt\n\nRye.")
    assert warned(found) == [("attachment_unread", name)]


@pytest.mark.parametrize("extra", ["", "; name=photo.png"])
def test_a_picture_in_the_text_is_no_warning(extra: str, read_mail: ReadMail) -> None:
    picture = part("iVBORw0KGgo=", f"image/png{extra}", "Content-Disposition: inline", "Content-ID: <a>")
    for rest in (several("mixed", part("See below."), picture), several("related", part("See below."), picture)):
        found = read_mail(message(rest))
        assert text_of(found).endswith("See below.")
        assert not found.warnings


def test_a_name_may_be_missing(read_mail: ReadMail) -> None:
    blank = attached("", b"MZ\x90" + bytes(100))
    found = read_mail(message(several("mixed", part("See below."), blank, blank)))
    assert text_of(found).count("Attachment: without a name (not read: unsupported)") == 2
    assert warned(found) == [("attachment_unread", "attachment 1"), ("attachment_unread", "attachment 2")]


def test_files_of_the_same_name_are_two(read_mail: ReadMail) -> None:
    same = attached("run.exe", b"MZ\x90" + bytes(100))
    found = read_mail(message(several("mixed", part("See below."), same, same)))
    assert warned(found) == [("attachment_unread", "run.exe"), ("attachment_unread", "run.exe (attachment 2)")]
    assert found.parts == 3


def test_what_is_declared_tells_the_format_without_a_name(read_mail: ReadMail) -> None:
    table = attached("", b"Grain,Sacks\nOats,6412\n", "text/csv; charset=utf-8")
    patch = attached("fix.patch", b"-oats\n+rye", "text/x-patch")
    found = read_mail(message(several("mixed", part("See below."), table, patch)))
    assert "6412" in text_of(found)
    assert "+rye" in text_of(found)
    assert not found.warnings


def test_the_declared_charset_of_a_text_counts(read_mail: ReadMail) -> None:
    text = "Zażółć gęślą jaźń"
    raw = attached("notes.txt", text.encode("cp852"), "text/plain; charset=cp852")
    assert text in text_of(read_mail(message(several("mixed", part("See below."), raw))))


def test_fifty_are_read_and_the_others_named(read_mail: ReadMail) -> None:
    files = [attached(f"note-{number}.ics", _event(f"Weighing {number}")) for number in range(53)]
    found = read_mail(message(several("mixed", part("See below."), *files)))
    assert "Event: Weighing 49" in text_of(found)
    assert "Event: Weighing 50" not in text_of(found)
    assert "Attachment: note-52.ics (not read: only 50 attachments are)" in text_of(found)
    assert warned(found) == [("attachment_unread", f"note-{number}.ics") for number in (50, 51, 52)]
    assert found.parts == 54


def test_a_file_within_a_text_is_an_attachment(read_mail: ReadMail) -> None:
    line = binascii.b2a_uu(b"Rye").decode()
    text = f"See below.\n\nbegin 644 notes.txt\n{line}`\nend\n\nBob"
    found = read_mail(message(part(text)))
    assert [block.text for block in found.blocks if isinstance(block, Passage)][2:] == [
        "See below.",
        "Attachment: notes.txt",
        "Rye",
        "Bob",
    ]


def test_a_body_that_is_kept_elsewhere_is_a_warning(read_mail: ReadMail) -> None:
    elsewhere = part(
        'Content-Type: text/plain; name="far.txt"\n\n', 'message/external-body; access-type=anon-ftp; name="far.txt"'
    )
    found = read_mail(message(several("mixed", part("See below."), elsewhere)))
    assert warned(found) == [("attachment_unread", "far.txt")]


def _event(summary: str) -> bytes:
    return f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:{summary}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".encode()
