"""What Outlook packs into winmail.dat, made by code."""

import struct

import pytest

from tests.ingestion.formats.mail.conftest import ReadMail
from tests.ingestion.formats.mail.written import attached, message, part, several, text_of, warned

EVENT = b"BEGIN:VEVENT\nSUMMARY:Weighing\nEND:VEVENT"


def _attribute(name: int, data: bytes) -> bytes:
    return struct.pack("<BII", 1, name, len(data)) + data + b"\0\0"


def _property(kind: int, tag: int, value: bytes, named: bytes = b"") -> bytes:
    if kind == 3:
        return struct.pack("<HH", kind, tag) + named + value
    return struct.pack("<HH", kind, tag) + named + struct.pack("<II", 1, len(value)) + value + bytes(-len(value) % 4)


def _properties(*each: bytes) -> bytes:
    return struct.pack("<I", len(each)) + b"".join(each)


def _file(name: str, data: bytes, *more: bytes) -> bytes:
    told = _properties(_property(3, 0x0FFE, b"\7\0\0\0"), _property(0x1F, 0x3707, name.encode("utf-16-le")), *more)
    short = _attribute(0x00018010, b"SHORT~1.ICS\0")
    return _attribute(0x00069002, bytes(14)) + short + _attribute(0x0006800F, data) + _attribute(0x00069005, told)


def _packed(*attributes: bytes) -> bytes:
    return bytes.fromhex("789f3e220100") + b"".join(attributes)


def _read(body: str, packed: bytes, read_mail: ReadMail) -> tuple[str, list[tuple[str, str]]]:
    found = read_mail(message(several("mixed", part(body), attached("winmail.dat", packed, "application/ms-tnef"))))
    return text_of(found).partition("Subject: Grain\n\n")[2], warned(found)


def test_the_files_in_it_are_read(read_mail: ReadMail) -> None:
    inner = _packed(_attribute(0x0002800C, b"The husk."))
    files = [
        _file("Größe.ics", EVENT),
        _file("run.exe", b"MZ\x90" + bytes(50)),
        _file("inner", b"", _property(0x0D, 0x3701, bytes(16) + inner)),
    ]
    text, warnings = _read("See below.", _packed(_attribute(0x0002800C, b"See below."), *files), read_mail)
    assert text == (
        "See below.\n\nAttachment: winmail.dat\n\nAttachment: Größe.ics\n\nEvent: Weighing\n\n"
        "Attachment: run.exe (not read: unsupported)\n\nAttachment: inner\n\nThe husk."
    )
    assert warnings == [("attachment_unread", "run.exe")]


@pytest.mark.parametrize(
    "attributes",
    [
        _attribute(0x0002800C, b"Six sacks."),
        _attribute(0x00069003, _properties(_property(0x1F, 0x1000, "Six sacks.\0".encode("utf-16-le")))),
        _attribute(0x00069003, _properties(_property(0x102, 0x1013, b"<p>Six <b>sacks</b>.</p>"))),
        _attribute(
            0x00069003,
            _properties(
                _property(3, 0x8001, bytes(4), bytes(16) + struct.pack("<II", 0, 5)),
                _property(3, 0x8002, bytes(4), bytes(16) + struct.pack("<II", 1, 6) + b"a\0b\0\0\0\0\0"),
                _property(0x1E, 0x1000, b"Six sacks."),
            ),
        ),
    ],
)
def test_its_text_is_read_where_the_mail_has_none(attributes: bytes, read_mail: ReadMail) -> None:
    assert _read("", _packed(attributes), read_mail) == ("Attachment: winmail.dat\n\nSix sacks.", [])
    assert _read("Said here.", _packed(attributes), read_mail)[0] == "Said here.\n\nAttachment: winmail.dat"


@pytest.mark.parametrize("length", range(4, 199, 8))
def test_no_cut_is_an_error(length: int, read_mail: ReadMail) -> None:
    whole = _packed(_attribute(0x00069003, _properties(_property(0x1F, 0x1000, b"a\0" * 9))), _file("a.ics", EVENT))
    text, warnings = _read("See below.", whole[:length], read_mail)
    assert text.startswith("See below.")
    assert warnings


def test_a_count_without_end_is_bounded(read_mail: ReadMail) -> None:
    endless = struct.pack("<IHHI", 0xFFFFFFFF, 0x1003, 0x1000, 0xFFFFFFFF)
    assert _read("", _packed(_attribute(0x00069003, endless)), read_mail)[0] == "Attachment: winmail.dat"
