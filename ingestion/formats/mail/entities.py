"""The structure of an Internet message (RFC 2046): parts in parts, as far as their boundaries can be made out.

The standard library's parser recurses once for each level, and asks at each line whether one of the levels ends
there: 600 levels take a second, and 3,000 end in a RecursionError. Here the outermost parts are cut out first.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ingestion.formats.mail.fields import Fields, read_fields
from ingestion.formats.mail.transfer import decode_transfer

_MOST_PARTS: Final = 10_000
_GUESS: Final = re.compile(
    rb"(?:\A|\n)--([^\s][^\r\n]{0,199}?)[ \t]*\r?\n(?=Content-[!-~]{1,40}:|\r?\n)", re.IGNORECASE
)
_BLANK_LINES: Final = re.compile(rb"[ \t\r\n]*")
_LINE_END_AT_LAST: Final = re.compile(rb"\r?\n\Z")
_NEW_LINE: Final = 10


@dataclass(frozen=True, slots=True)
class Entity:
    """A message or a part of one: its fields, its body as it stands in the file, what it is if it does not say."""

    fields: Fields
    body: memoryview
    default: str = "text/plain"

    @property
    def media_type(self) -> str:
        """What it is, in lower case."""
        return self.fields.media_type(self.default)

    def payload(self) -> bytes:
        """Return the body without its transfer encoding."""
        return decode_transfer(bytes(self.body), self.fields.encoding)


def read_entity(raw: bytes | memoryview, default: str = "text/plain") -> Entity:
    """Return the part of a message that `raw` is."""
    fields, body = read_fields(memoryview(raw))
    return Entity(fields, body, default)


def read_message(raw: bytes | memoryview) -> Entity:
    """Return the message that `raw` is, also after blank lines."""
    view = memoryview(raw)
    blank = _BLANK_LINES.match(view)
    start = blank.end() if blank else 0
    fields, body = read_fields(view[start:])
    return Entity(fields, body) if fields.values else Entity(fields, view)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of an entity, whether a boundary was found, the last part ends, these are all."""

    found: Sequence[Entity]
    cut: bool
    closed: bool
    complete: bool


def parts_of(entity: Entity, default: str) -> Parts:
    """Cut an entity of several parts at its boundary, at the likeliest one where the boundary named is not there."""
    body = entity.body
    named = entity.fields.parameter("boundary").encode("utf-8", errors="replace").rstrip()
    delimiters = list(_delimiters(body, named)) if named else []
    if not delimiters and entity.fields.encoding in {"base64", "quoted-printable"}:
        body = memoryview(entity.payload())
        delimiters = list(_delimiters(body, named)) if named else []
    if not delimiters:
        guess = _GUESS.search(body)
        delimiters = list(_delimiters(body, guess.group(1))) if guess else []
    found: list[Entity] = []
    for number, (_start, start, closes) in enumerate(delimiters):
        end = delimiters[number + 1][0] if number + 1 < len(delimiters) else len(body)
        if not closes and len(found) < _MOST_PARTS:
            found.append(read_entity(_without_last_line_end(body[start:end]), default))
    closed = bool(delimiters) and delimiters[-1][2]
    return Parts(found, bool(delimiters), closed, len(delimiters) <= _MOST_PARTS)


def _delimiters(body: memoryview, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
    """Yield where each delimiter line starts and ends, and whether it closes the last part."""
    pattern = re.compile(b"--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|\r?\Z)")
    for line in pattern.finditer(body):
        if line.start() == 0 or body[line.start() - 1] == _NEW_LINE:
            yield line.start(), line.end(), line.group(1) is not None


def _without_last_line_end(part: memoryview) -> memoryview:
    # The line end before a delimiter belongs to that.
    end = _LINE_END_AT_LAST.search(part, max(0, len(part) - 2))
    return part[: end.start()] if end else part
