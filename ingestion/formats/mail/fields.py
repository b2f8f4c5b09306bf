"""The header fields of a message or of one of its parts, decoded however they were written."""

import re
from binascii import a2b_qp
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from itertools import groupby
from typing import Final

from ingestion.formats.encoding import read_characters
from ingestion.formats.mail.transfer import decode_base64

SHOWN: Final = ("From", "To", "Cc", "Date", "Subject")
"""The fields that a reader of the message sees, in that order."""
_NAME_CHARS: Final = 200
_PARAMETER_BYTES: Final = 1 << 14
_LINE: Final = re.compile(rb"([^\n]*)(?:\n|\Z)")
_FIELD: Final = re.compile(rb"([!-9;-~]{1,100})[ \t]*:(.*)", re.DOTALL)
_ENVELOPE: Final = re.compile(rb">?From ")
# The text is bounded: a header of nothing but openings would otherwise take time by the square of its length.
_WORD: Final = re.compile(rb"=\?([^?\s=]{1,60})\?([bq])\?(.{0,2000}?)(?:\?=|\s*\Z)", re.IGNORECASE | re.DOTALL)
_PATH: Final = re.compile(r"[\\/]")


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a header by their names in lower case, as they stand in the file but unfolded."""

    values: Mapping[str, list[bytes]]

    def text(self, name: str) -> str:
        """Return what the fields called `name` say, on one line and decoded, "" where there is none."""
        return ", ".join(filter(None, map(decode_field, self.values.get(name.lower(), ()))))

    def media_type(self, default: str = "text/plain") -> str:
        """Return the media type in lower case, `default` where none is declared."""
        value = self._value("Content-Type").partition(";")[0].strip().lower()
        if not value:
            return default
        if value.count("/") != 1:
            return "text/html" if "html" in value else "text/plain"
        return value

    def parameter(self, name: str, field: str = "Content-Type") -> str:
        """Return a parameter of a field, put together from its continuations and decoded, "" where there is none."""
        held = Message()
        held[field] = self._value(field)
        try:
            value = held.get_param(name, "", header=field)
        except (AttributeError, LookupError, TypeError, ValueError):  # the library trips over some broken continuations
            return ""
        if isinstance(value, tuple):
            charset, _language, text = value
            return read_characters(text.encode("latin-1", errors="replace"), charset)[0]
        return str(value).strip().strip('"')

    @property
    def disposition(self) -> str:
        """How the part wants to be shown: "inline", "attachment" or "" where it does not say."""
        return self._value("Content-Disposition").partition(";")[0].strip().strip('"').lower()

    @property
    def encoding(self) -> str:
        """The transfer encoding in lower case, "" where there is none."""
        return self._value("Content-Transfer-Encoding").strip().strip('";').lower()

    @property
    def file_name(self) -> str:
        """The name of the file that the part is, without its path; "" where it has none."""
        name = self.parameter("filename", "Content-Disposition") or self.parameter("name")
        return tidy_name(decode_field(name.encode("utf-8", errors="replace")))

    def _value(self, name: str) -> str:
        raw = self.values.get(name.lower(), [b""])[0][:_PARAMETER_BYTES]
        return _decoded(raw, None).replace("\n", " ")


def read_fields(raw: memoryview) -> tuple[Fields, memoryview]:
    """Part a message or a part of one into its header and its body; what is no field begins the body."""
    values: dict[str, list[bytes]] = {}
    folded: list[bytes] = []
    end = 0
    for line in _LINE.finditer(raw):
        if not line.group(1).strip():
            end = line.end()
            break
        text = bytes(line.group(1)).rstrip(b"\r")
        field = text[:1] in {b" ", b"\t"} and bool(folded)
        if not field and _FIELD.match(text) is None and not (end == 0 and _ENVELOPE.match(text)):
            break
        if field:
            folded.append(text)
        else:
            _keep(values, folded)
            folded = [text]
        end = line.end()
    _keep(values, folded)
    return Fields(values), raw[end:]


def _keep(values: dict[str, list[bytes]], folded: list[bytes]) -> None:
    field = _FIELD.match(b"\n".join(folded))
    if field is not None:
        values.setdefault(field.group(1).decode("ascii").lower(), []).append(field.group(2).strip())


def decode_field(raw: bytes) -> str:
    """Return the text of a field on one line: encoded words (RFC 2047) in all their broken forms, and raw bytes."""
    runs = groupby(_pieces(raw.replace(b"\n", b"").replace(b"\0", b" ")), key=lambda piece: piece[1])
    text = "".join(_decoded(b"".join(part for part, _charset in run), charset) for charset, run in runs)
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _decoded(raw: bytes, charset: str | None) -> str:
    # Most fields are plain ASCII, and there are many of them.
    if charset is None and raw.isascii() and b"\x1b" not in raw:
        return raw.decode("ascii")
    return read_characters(raw, charset)[0]


def _pieces(raw: bytes) -> Iterator[tuple[bytes, str | None]]:
    # Blanks between two encoded words mean nothing; a letter of several bytes may be cut between them.
    end = 0
    for word in _WORD.finditer(raw):
        between = raw[end : word.start()]
        if between.strip() or end == 0:
            yield between, None
        charset = word.group(1).decode("ascii", errors="replace").partition("*")[0].lower()
        text = word.group(3)
        in_base64 = word.group(2) in b"bB"
        yield decode_base64(text) if in_base64 else a2b_qp(text, header=True), charset
        end = word.end()
    yield raw[end:], None


def tidy_name(name: str) -> str:
    """Return the name of a file on one line, without the folders before it."""
    last = _PATH.split(name.strip())[-1]
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in last).split())
    return line.strip(". ") and line[:_NAME_CHARS]


def header_lines(values: Mapping[str, str]) -> str:
    """Return the fields that are shown as lines, in their fixed order."""
    return "\n".join(f"{name}: {values[name]}" for name in SHOWN if values.get(name))
