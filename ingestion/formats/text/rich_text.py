"""Reading rich text (RTF 1.9.1): its characters in the code pages of their fonts, and what is not shown left out."""

import re
from pathlib import Path
from typing import Final, final

from ingestion.formats.characters.code_pages import code_page
from ingestion.formats.content import Content, Passage, Table
from ingestion.formats.encoding import codec_named
from ingestion.formats.text.html import replaced
from ingestion.formats.text.rich_text_flow import RichFlow
from ingestion.formats.text.rich_text_words import (
    ASIDES,
    CHARACTERS,
    CHARSETS,
    FACES,
    FONT_WORDS,
    NOTES,
    READ,
    SKIPPED,
    SYSTEMS,
)
from ingestion.parse.outcome import Limits

_TOKEN: Final = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
_ESCAPED: Final = re.compile(rb"\\'([0-9a-fA-F]{2})")
_CONTROL: Final = re.compile(rb"\\[a-zA-Z]{1,32}-?\d{0,10} ?|[{}\r\n]")
_SAMPLE: Final = 1 << 16
_HIGH: Final = 0x80
_LAST: Final = 0x10FFFF
_SYMBOLS: Final = range(0xF000, 0xF100)
_HEADING: Final = re.compile(r"heading \d|title", re.IGNORECASE)
_WESTERN: Final = "cp1252"


@final
class _Group:
    """What holds between a pair of braces, and at first what holds around them."""

    def __init__(self, outer: "_Group | None" = None) -> None:
        self.place: str = outer.place if outer else ""  # where its text goes: "" is the present paragraph
        self.skipped: bool = outer.skipped if outer else False
        self.starred = False
        self.font: int = outer.font if outer else -1
        self.fallback: int = outer.fallback if outer else 1  # characters that stand for one in Unicode
        self.hidden: bool = outer.hidden if outer else False


def read_rtf(path: Path, _limits: Limits) -> Content:
    """Read rich text, with the title among its properties."""
    return _Reader(path.read_bytes()).content()


@final
class _Reader:
    """Reads the words and letters of a file one by one, a group within another on a stack."""

    def __init__(self, raw: bytes) -> None:
        self._text = raw.decode("latin-1")
        self._default = _WESTERN
        self._guess = _guessed(raw)
        self._is_utf8 = _is_utf8(raw)
        self._group = _Group()
        self._headings: set[int] = set()
        self._flow = RichFlow(self._headings)
        self._groups: list[tuple[_Group, RichFlow]] = []
        self._bytes = bytearray()  # of the present code page, not yet characters
        self._pending = 0  # characters to pass over after one in Unicode
        self._fonts: dict[int, str] = {}
        self._declared_font = self._first_font = self._style = 0
        self._words: dict[str, list[str]] = {}
        self._notes = self._lost = 0
        self._asides: set[str] = set()

    def content(self) -> Content:
        at = 0
        while found := _TOKEN.match(self._text, at):
            at = found.end()
            word, number, code, sign, brace, text = found.groups()
            if word == "bin":
                at += max(0, int(number or 0))
            elif word:
                self._control(word, int(number) if number else None)
            elif code:
                self._written(chr(int(code, 16)))
            elif sign:
                self._sign(sign)
            elif brace:
                self._open() if brace == "{" else self._close()
            elif text:
                self._written(text)
        while self._groups:
            self._close()
        self._decode()
        title = "".join(self._words.get("title", ())).strip() or None
        return Content(self._flow.end(), title, warnings=replaced(self._lost))

    def _open(self) -> None:
        self._decode()
        self._pending = 0
        self._groups.append((self._group, self._flow))
        self._group = _Group(self._group)

    def _close(self) -> None:
        self._decode()
        self._pending = 0
        if not self._groups:
            return
        place, inner = self._group.place, self._flow
        self._group, self._flow = self._groups.pop()
        if inner is not self._flow:
            self._keep(place, inner.end())

    def _keep(self, place: str, blocks: list[Passage | Table]) -> None:
        """Put the blocks of a note, a header or a text box where they are read: after the present paragraph."""
        text = " ".join(block.text for block in blocks if isinstance(block, Passage)).strip()
        if place == "shptxt":
            self._flow.notes += blocks
        elif place == "footnote" and text:
            self._notes += 1
            self._flow.add(f"[{self._notes}]")
            self._flow.notes.append(Passage(f"Footnote {self._notes}: {text}"))
        elif place == "annotation" and text:
            author = "".join(self._words.pop("atnauthor", ())).strip()
            self._flow.notes.append(Passage(f"Comment by {author}: {text}" if author else f"Comment: {text}"))
        elif text and text not in self._asides:
            self._asides.add(text)
            self._flow.blocks += blocks

    def _sign(self, sign: str) -> None:
        if sign == "*":
            self._group.starred = True
        elif sign in "\r\n":
            self._control("par", None)
        elif sign in "\\{}":
            self._written(sign)
        elif sign in "~_":
            self._decode()
            self._add(" " if sign == "~" else "-")

    def _control(self, word: str, number: int | None) -> None:
        self._decode()
        self._enter(word)
        group = self._group
        if word == "u":
            self._unicode(number or 0)
        elif word == "uc":
            group.fallback = max(0, number or 0)
        elif word in FONT_WORDS:
            self._font_word(word, number or 0)
        elif word in {"v", "deleted", "plain"}:
            group.hidden = word != "plain" and number != 0
            group.font = self._first_font if word == "plain" else group.font
        elif word in CHARACTERS:
            self._add(CHARACTERS[word])
        elif group.place == "stylesheet":
            self._style = (number or 0) if word == "s" else self._style
        elif not group.skipped:
            self._flow.lay_out(word, number or 0)

    def _enter(self, word: str) -> None:
        """Begin a place of its own where `word` opens one."""
        group = self._group
        if word in NOTES or word in ASIDES:
            group.place, group.skipped = word, False
            self._flow = RichFlow(self._headings)
        elif word in READ:
            group.place, group.skipped = word, word in {"fldinst", "upr"}
        elif group.starred or word in SKIPPED:
            group.skipped = True
        group.starred = False

    def _font_word(self, word: str, number: int) -> None:
        if word == "f" and self._group.place == "fonttbl":
            self._declared_font = number
        elif word == "f":
            self._group.font = number
        elif word == "deff":
            self._group.font = self._first_font = number
        elif word == "fcharset":
            self._fonts[self._declared_font] = CHARSETS.get(number, "")
        elif word in SYSTEMS:
            self._default = SYSTEMS[word]
        elif name := codec_named(f"cp{number}"):
            if word == "ansicpg":
                self._default = name
            else:
                self._fonts[self._declared_font] = name

    def _unicode(self, number: int) -> None:
        code = number + 0x10000 if number < 0 else number
        self._add("\u2022" if code in _SYMBOLS else chr(code) if 0 <= code <= _LAST else "\ufffd")
        self._pending = self._group.fallback

    def _written(self, text: str) -> None:
        passed = min(self._pending, len(text))
        self._pending -= passed
        self._bytes += text[passed:].encode("latin-1")

    def _decode(self) -> None:
        if not self._bytes:
            return
        raw = bytes(self._bytes)
        self._bytes.clear()
        page = "utf-8" if self._is_utf8 and not raw.isascii() else self._page()
        if page == "symbol":
            self._add("\u2022" if any(byte >= _HIGH for byte in raw) else raw.decode("latin-1"))
            return
        text = raw.decode(page, errors="replace")
        self._lost += 0 if self._group.skipped else text.count("\ufffd")
        self._add(text)

    def _page(self) -> str:
        """Return the code page of the present font."""
        own = self._fonts.get(self._group.font, "")
        chosen = set(self._fonts.values()) - {"", _WESTERN, "symbol"}
        if own not in {"", _WESTERN} or (own and chosen):
            return own
        # Fonts are called Western also by programs that know of no other.
        return self._default if self._default != _WESTERN or chosen else self._guess

    def _add(self, text: str) -> None:
        place = self._group.place
        if self._group.skipped or self._group.hidden:
            return
        if place in {"title", "atnauthor"}:
            self._words.setdefault(place, []).append(text)
        elif place == "fonttbl":
            face = text.rstrip("; ")
            page = next((page for ending, page in FACES.items() if face.endswith(ending)), None)
            if page is not None:
                self._fonts.setdefault(self._declared_font, page)
        elif place == "stylesheet":
            if _HEADING.match(text.strip()):
                self._headings.add(self._style)
        else:
            self._flow.add(text)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return not raw.isascii()


def _guessed(raw: bytes) -> str:
    """Return the code page of a text that may name none."""
    written = _CONTROL.sub(b" ", _ESCAPED.sub(lambda found: bytes((int(found.group(1), 16),)), raw[:_SAMPLE]))
    return _WESTERN if written.isascii() else code_page(written, _WESTERN)
