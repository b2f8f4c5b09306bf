"""Messages put together at random: the words of each text are read, and read once."""

import random
from email.message import EmailMessage
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from tests.ingestion.formats.mail.conftest import ReadMail
from tests.ingestion.formats.mail.written import text_of

_WORDS = ("oats", "Größe", "crème", "barley", "señor", "rye", "naïve", "wheat")
_CHARSETS = ("utf-8", "iso-8859-1", "cp1252")


class _Maker:
    """Makes messages, and keeps the one word of each text that stands nowhere else."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - which messages are made is no secret
        self.marks: list[str] = []

    def _mark(self) -> str:
        self.marks.append(f"mark{len(self.marks)}x")
        return self.marks[-1]

    def _text(self, mark: str, subtype: str = "plain") -> MIMEBase:
        lines = [" ".join(self.chance.choices(_WORDS, k=self.chance.randint(1, 14))) for _line in range(3)]
        lines.insert(self.chance.randint(0, 3), mark)
        text = (
            "\n".join(lines)
            if subtype == "plain"
            else "<html><body><p>" + "</p>\n<p>".join(lines) + "</p></body></html>"
        )
        return MIMEText(text, subtype, self.chance.choice(_CHARSETS))

    def part(self, depth: int) -> MIMEBase:
        """Return a text or what holds texts."""
        kind = self.chance.choice(["text", "page", "alternative", "mixed", "related", "signed", "message", "digest"])
        if depth == 0 or kind == "text":
            return self._text(self._mark())
        if kind == "page":
            return self._text(self._mark(), "html")
        if kind == "message":
            return MIMEMessage(self.message(depth - 1))
        held = MIMEMultipart(kind)
        if kind == "alternative":
            mark = self._mark()
            held.attach(self._text(mark))
            held.attach(self._text(mark, "html"))
        elif kind == "digest":
            for _number in range(self.chance.randint(1, 3)):
                held.attach(MIMEMessage(self.message(depth - 1)))
        else:
            for _number in range(1 if kind == "signed" else self.chance.randint(1, 3)):
                held.attach(self.part(depth - 1))
        return held

    def message(self, depth: int) -> MIMEBase:
        """Return a message with a subject."""
        made = self.part(depth)
        made["Subject"] = f"Größe {self._mark()}"
        made["From"] = "Ada <ada@harbour.example>"
        return made


@pytest.mark.parametrize("seed", range(40))
def test_every_text_is_read_once(seed: int, read_mail: ReadMail) -> None:
    maker = _Maker(seed)
    found = read_mail(maker.message(4).as_bytes())
    text = text_of(found)
    subjects = text.count("Subject: ")
    assert not found.warnings
    assert sum(text.count(mark) for mark in maker.marks) == len(maker.marks) + subjects
    assert all(mark in text for mark in maker.marks)


@pytest.mark.parametrize("seed", range(40))
def test_damage_costs_what_is_damaged(seed: int, read_mail: ReadMail) -> None:
    maker = _Maker(seed)
    raw = bytearray(maker.message(3).as_bytes())
    for _hit in range(maker.chance.randint(1, 30)):
        raw[maker.chance.randrange(40, len(raw))] = maker.chance.randrange(256)
    text = text_of(read_mail(b"Subject: Kept\n" + bytes(raw)))
    assert "Subject: Kept" in text


def test_a_mail_of_the_standard_library_is_read(read_mail: ReadMail) -> None:
    made = EmailMessage()
    made["Subject"] = "Grüße " * 40
    made.set_content("Crème brûlée.\n" * 3)
    made.add_alternative("<p>Crème brûlée.</p>" * 3, subtype="html")
    assert text_of(read_mail(made.as_bytes())).count("Crème brûlée.") == 3
