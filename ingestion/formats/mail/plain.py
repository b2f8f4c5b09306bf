"""The plain text of a message: paragraphs, lines that stand by themselves, quoted earlier messages, inline files."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from ingestion.chunk import BlockKind
from ingestion.formats.content import Passage
from ingestion.formats.mail.fields import tidy_name
from ingestion.formats.mail.message import ENCRYPTED, AttachedFile, Item
from ingestion.formats.mail.transfer import UU_BEGIN, decode_base64, decode_uu
from ingestion.formats.text.plain import text_passages

_QUOTED: Final = re.compile(r"(?:> ?)+")
_SIGNATURE: Final = "-- "
_PARAGRAPH: Final = 50
_MOST_MARKS: Final = 8  # more say nothing to anybody, and would be most of the text
_UU_END: Final = re.compile(r"^(?:end|====)[ \t]*$", re.MULTILINE)
_ARMOUR: Final = re.compile(
    r"^-----BEGIN PGP (MESSAGE|SIGNATURE|SIGNED MESSAGE|PUBLIC KEY BLOCK)-----[ \t]*$", re.MULTILINE
)
_ARMOUR_END: Final = {
    kind: re.compile(rf"^-----END PGP {kind}-----[ \t]*$", re.MULTILINE)
    for kind in ("MESSAGE", "SIGNATURE", "PUBLIC KEY BLOCK")
}
_LINE_ENDS: Final = re.compile(r"\r\n?|\f|\v|\u2028|\u2029")
_ARMOUR_FIELDS: Final = re.compile(r"(?:\n?[A-Z][A-Za-z-]{0,30}: [^\n]*)*\n")


def plain_items(text: str, *, flowed: bool = False, drop_spaces: bool = False) -> Iterator[Item]:
    """Yield the passages of a plain text and the files within it.

    With `flowed`, lines that end in a space go on (RFC 3676), and that space goes with `drop_spaces`.
    """
    text = _LINE_ENDS.sub("\n", text)
    for piece in _without_armour(text):
        for item in _without_files(piece) if isinstance(piece, str) else [piece]:
            if isinstance(item, str):
                yield from _passages(item.split("\n"), flowed=flowed, drop_spaces=drop_spaces)
            else:
                yield item


def _without_armour(text: str) -> Iterator[str | AttachedFile]:
    # What is signed is read without its signature; what is encrypted stands there as a file that was not read.
    position = 0
    while opening := _ARMOUR.search(text, position):
        yield text[position : opening.start()]
        kind = opening.group(1)
        position = opening.end()
        if kind == "SIGNED MESSAGE":
            fields = _ARMOUR_FIELDS.match(text, position)
            position = fields.end() if fields else position
            signature = text.find("\n-----BEGIN PGP SIGNATURE-----", position)
            end = signature + 1 if signature >= 0 else len(text)
            yield re.sub(r"^- (?=[-F])", "", text[position:end], flags=re.MULTILINE)
            position = end
            continue
        closing = _ARMOUR_END[kind].search(text, position)
        position = closing.end() if closing else len(text)
        if kind == "MESSAGE":
            yield AttachedFile("PGP message", reason=ENCRYPTED)
    yield text[position:]


def _without_files(text: str) -> Iterator[str | AttachedFile]:
    position = 0
    while opening := UU_BEGIN.search(text, position):
        closing = _UU_END.search(text, opening.end())
        if closing is None:
            break
        yield text[position : opening.start()]
        lines = text[opening.end() : closing.start()].encode("ascii", errors="replace")
        decode = decode_base64 if opening.group().startswith("begin-base64") else decode_uu
        yield AttachedFile(tidy_name(opening.group(1)), raw=decode(lines))
        position = closing.end()
    yield text[position:]


def _passages(lines: Sequence[str], *, flowed: bool, drop_spaces: bool) -> Iterator[Passage]:
    quoted = map(_depth_and_text, lines)
    for depth, run in groupby(quoted, key=lambda line: line[0]):
        texts = [text for _depth, text in run]
        mark = "> " * min(depth, _MOST_MARKS)
        if flowed:
            texts = list(_joined(texts, drop_spaces=drop_spaces))
        for passage in _unwrapped(texts) if flowed else text_passages("\n".join(texts)):
            yield Passage(_marked(passage.text, mark), passage.kind)


def _depth_and_text(line: str) -> tuple[int, str]:
    marks = _QUOTED.match(line)
    return (marks.group().count(">"), line[marks.end() :]) if marks else (0, line)


def _marked(text: str, mark: str) -> str:
    return "\n".join(mark + line for line in text.split("\n")) if mark else text


def _joined(lines: Sequence[str], *, drop_spaces: bool) -> Iterator[str]:
    parts: list[str] = []
    for line in lines:
        text = line.removeprefix(" ")
        goes_on = text.endswith(" ") and text != _SIGNATURE
        if text == _SIGNATURE and parts:
            yield "".join(parts)
            parts = []
        parts.append(text[:-1] if goes_on and drop_spaces else text)
        if not goes_on:
            yield "".join(parts)
            parts = []
    if parts:
        yield "".join(parts)


def _unwrapped(lines: Sequence[str]) -> Iterator[Passage]:
    """Yield what stands between blank lines where the sender's program did not wrap: long lines are paragraphs."""
    for blank, run in groupby(lines, key=lambda line: not line.strip()):
        kept = [] if blank else [line.rstrip() for line in run]
        if len(kept) == 1 or all(len(line) >= _PARAGRAPH for line in kept):
            yield from (Passage(line.strip()) for line in kept)
        else:
            yield Passage("\n".join(kept), BlockKind.LINES)
