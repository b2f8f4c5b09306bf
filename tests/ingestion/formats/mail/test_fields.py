"""Header fields as people wrote them, and as programs broke them."""

import pytest

from ingestion.formats.mail.fields import decode_field, read_fields
from tests.ingestion.formats.mail.conftest import ReadMail
from tests.ingestion.formats.mail.written import text_of


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain words", "plain words"),
        (b"=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?UTF-8?B?R3LDvMOfZQ==?=", "Grüße"),
        (b"=?utf-8?B?R3LDvMOfZQ?=", "Grüße"),
        (b"=?utf-8?q?Gr=C3=BC=C3=9Fe_aus?= =?utf-8?q?_Ulm?=", "Grüße aus Ulm"),
        (b"=?utf-8?q?Gr=C3?= =?utf-8?q?=BC=C3=9Fe?=", "Grüße"),
        (b"=?utf-8?q?Gr=C3=BC=C3=9Fe?==?utf-8?q?_alle?=", "Grüße alle"),
        (b"Re: =?iso-8859-1?Q?caf=E9?= at noon", "Re: café at noon"),
        (b"=?utf-8?Q?caf=C3=A9 at noon?=", "café at noon"),
        (b"=?utf-8?Q?What??=", "What?"),
        (b'"=?utf-8?q?M=C3=BCller=2C_J?=" <m@x.example>', '"Müller, J" <m@x.example>'),
        (b"=?utf-8*de?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?x-nonsense?q?caf=C3=A9?=", "café"),
        (b"=?utf-8?B?R3LDvMOfZS", "Grüße"),
        (b"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
        ("Grüße".encode(), "Grüße"),
        ("Grüße".encode("cp1252"), "Grüße"),
        (b"folded\n once\n\ttwice", "folded once twice"),
        (b"a\x00b\x07c", "a b c"),
        (b"=?utf-8?q?unfinished =?utf-8?q?business?=", "unfinished =?utf-8?q?business"),
        (b"2 =? 3 ?= 4", "2 =? 3 ?= 4"),
    ],
)
def test_a_field_is_decoded(raw: bytes, text: str) -> None:
    assert decode_field(raw) == text


@pytest.mark.parametrize(
    ("field", "name"),
    [
        (b'attachment; filename="tide table.pdf"', "tide table.pdf"),
        (b"attachment; filename=tide table.pdf", "tide table.pdf"),
        (b'attachment; filename="unfinished.pdf', "unfinished.pdf"),
        (b"attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.txt", "Grüße.txt"),
        (b"attachment; filename*0*=utf-8''Gr%C3%BC; filename*1*=%C3%9Fe; filename*2=.txt", "Grüße.txt"),
        (b'attachment; filename*0="tide "; filename*1="table.pdf"', "tide table.pdf"),
        (b"attachment; filename*=x-nonsense''Gr%C3%BC%C3%9Fe.txt", "Grüße.txt"),
        (b'attachment; filename="=?utf-8?q?Gr=C3=BC=C3=9Fe=2Etxt?="', "Grüße.txt"),
        (b'attachment; filename="Gr\xc3\xbc\xc3\x9fe.txt"', "Grüße.txt"),
        (b'attachment; filename="../../etc/passwd"', "passwd"),
        (b'attachment; filename="C:\\\\temp\\\\notes.txt"', "notes.txt"),
        (b'attachment; filename=".."', ""),
        (b'attachment; filename=""', ""),
        (b"attachment", ""),
    ],
)
def test_the_name_of_a_file_is_read(field: bytes, name: str) -> None:
    fields, _body = read_fields(memoryview(b"Content-Disposition: " + field + b"\n\n"))
    assert fields.file_name == name


def test_the_header_is_shown_in_a_fixed_order(read_mail: ReadMail) -> None:
    found = read_mail(
        b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nDate: Mon, 4 May 2026 09:00:00 +0200\nX-Spam: no\nCc: c@x.example\n"
        b"To: b@x.example\nTo: d@x.example\nfrom: Ada\n <a@x.example>\n\nText."
    )
    assert found.title == "Grüße"
    assert text_of(found) == (
        "Grüße\n\nFrom: Ada <a@x.example>\nTo: b@x.example, d@x.example\nCc: c@x.example\n"
        "Date: Mon, 4 May 2026 09:00:00 +0200\nSubject: Grüße\n\nText."
    )
