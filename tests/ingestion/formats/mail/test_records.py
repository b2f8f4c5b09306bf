"""Calendar entries and cards in a message."""

from tests.ingestion.formats.mail.conftest import ReadMail
from tests.ingestion.formats.mail.written import message, part, text_of

INVITATION = r"""BEGIN:VCALENDAR
BEGIN:VTIMEZONE
TZID:Europe/Oslo
END:VTIMEZONE
BEGIN:VEVENT
DTSTART;TZID=Europe/Oslo:20260504T090000
DTEND:20260504T083000Z
SUMMARY;LANGUAGE=en:Weighing of the
  oats
LOCATION:Mill\, upper floor
ORGANIZER;CN="Ada Vance":mailto:ada@harbour.example
ATTENDEE:MAILTO:bob@mill.example
DESCRIPTION:Bring sacks.\nAnd rope.
BEGIN:VALARM
DESCRIPTION:Reminder
END:VALARM
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20260601
SUMMARY:Holiday
END:VEVENT
END:VCALENDAR
"""
CARD = """BEGIN:VCARD
VERSION:2.1
N:Vance;Ada
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Ada V=C3=A1=
nce
ORG:Harbour Office;Cranes
TEL;WORK;VOICE:+47 555 0142
item1.EMAIL:ada@harbour.example
ADR;WORK:;;Quay 4;Skerrow;;0150;
END:VCARD
"""


def test_an_invitation_says_what_when_and_where(read_mail: ReadMail) -> None:
    text = text_of(read_mail(message(part(INVITATION, "text/calendar; method=REQUEST"))))
    assert text.split("\n\n", 2)[2] == (
        "Event: Weighing of the oats\nStart: 2026-05-04 09:00 Europe/Oslo\nEnd: 2026-05-04 08:30 UTC\n"
        "Place: Mill, upper floor\nOrganizer: Ada Vance <ada@harbour.example>\nAttendee: bob@mill.example\n"
        "Description: Bring sacks.\nAnd rope.\n\nEvent: Holiday\nStart: 2026-06-01"
    )


def test_a_card_says_who_and_how_to_be_reached(read_mail: ReadMail) -> None:
    text = text_of(read_mail(message(part(CARD, "text/x-vcard"))))
    assert text.split("\n\n", 2)[2] == (
        "Card: Ada Vánce\nOrganization: Harbour Office, Cranes\nTelephone: +47 555 0142\n"
        "E-mail: ada@harbour.example\nAddress: Quay 4, Skerrow, 0150"
    )


def test_what_ends_too_early_is_read_as_far_as_it_goes(read_mail: ReadMail) -> None:
    cut = INVITATION.partition("ORGANIZER")[0]
    assert "Place: Mill, upper floor" in text_of(read_mail(message(part(cut, "text/calendar"))))
