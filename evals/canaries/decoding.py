"""Reads a text in every way that a secret may be written in it: encodings undone, one inside another, to depth 2.

Undone are base64 (standard and URL alphabet, wrapped lines too), base32, hex (also with separators or `0x`), percent
encoding, rot13 and reversal; before each, at no cost in depth, JSON escapes, HTML entities and tags. The work is
bounded: a decoder's output is a fixed multiple of its input, only runs of readable characters are read on, and no text
is read twice.
"""

import re
from base64 import b64decode
from binascii import unhexlify
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import Final
from urllib.parse import unquote

DEPTH: Final = 2
"""How many encodings may lie one inside another."""

Locate = Callable[[int, int], tuple[int, int]]
"""Turns a span of a view into the span of the original text that it was read from."""


@dataclass(frozen=True, slots=True)
class View:
    """A text as read in one way: `how` names what was undone, outermost first."""

    text: str
    how: tuple[str, ...]
    locate: Locate


def views(text: str, *, depth: int = DEPTH) -> Iterator[View]:
    """Yield every way to read `text`, the plainest first, each text once."""
    seen: set[str] = set()
    level: Iterable[View] = _undressed(View(text, (), lambda start, end: (start, end)))
    for layer in range(depth + 1):
        if layer:
            level = (decoded for view in level for decoded in _decoded(view))
        fresh = []
        for view in level:
            if view.text not in seen:
                seen.add(view.text)
                fresh.append(view)
                yield view
        level = fresh


def _undressed(view: View) -> Iterator[View]:
    """Yield the view, and again without JSON escapes and markup if it has any."""
    yield view
    bare = _replaced(view, "json", _JSON_ESCAPE, _json_character) if "\\" in view.text else view
    if "<" in bare.text or "&" in bare.text:
        bare = _replaced(bare, "html", _MARKUP, _markup_character)
    yield bare


def _decoded(view: View) -> Iterator[View]:
    for name, decode, found in _encoded(view.text):
        for readable in _read(decode, found.group()):
            yield from _undressed(_within(view, name, readable, found.span()))
    if "%" in view.text:
        yield from _undressed(_replaced(view, "url", _PERCENT, _percent_character))
    yield from _undressed(View(_rot13(view.text), (*view.how, "rot13"), view.locate))
    yield from _undressed(_reversed(view))


def _encoded(text: str) -> Iterator[tuple[str, Callable[[str], Iterator[bytes]], re.Match[str]]]:
    """Yield every run that may be an encoded secret, with what decodes it.

    Each lies within a run of all the letters of several alphabets. Prose has none, and is read twice only.
    """
    for runs, of_all in ((_RUNS, _ANY_RUN), (_HEX_RUNS, _ANY_HEX_RUN)):
        spans = [found.span() for found in of_all.finditer(text)]
        for name, run, decode in runs:
            for start, end in spans:
                yield from ((name, decode, found) for found in run.finditer(text, start, end))


def _within(view: View, name: str, text: str, span: tuple[int, int]) -> View:
    """Return what was decoded from a run; whatever is found in it is located at the whole run."""
    return View(text, (*view.how, name), lambda _start, _end: view.locate(*span))


def _reversed(view: View) -> View:
    length = len(view.text)
    return View(
        view.text[::-1],
        (*view.how, "reversed"),
        lambda start, end: view.locate(length - end, length - start),
    )


def _replaced(view: View, name: str, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str]) -> View:
    """Return the view with every match replaced, keeping account of where each character came from."""
    pieces: list[str] = []
    starts, origins = [0], [(0, 0)]  # from this place in the new text on: where it begins in the old, how it runs on
    length = read = 0
    for found in pattern.finditer(view.text):
        for piece, origin in ((view.text[read : found.start()], (read, 1)), (replace(found), (found.start(), 0))):
            starts.append(length)
            origins.append(origin)
            pieces.append(piece)
            length += len(piece)
        read = found.end()
        starts.append(length)
        origins.append((read, 1))
    pieces.append(view.text[read:])
    if not read:
        origins[0] = (0, 1)

    def locate(start: int, end: int) -> tuple[int, int]:
        return view.locate(_origin(starts, origins, start), _origin(starts, origins, end - 1) + 1)

    return View("".join(pieces), (*view.how, name), locate)


def _origin(starts: list[int], origins: list[tuple[int, int]], place: int) -> int:
    at = bisect_right(starts, place) - 1
    begin, step = origins[at]
    return begin + step * (place - starts[at])


_JSON_ESCAPE: Final = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+|\\.")
_JSON_SHORT: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_MARKUP: Final = re.compile(r"&#?\w{1,31};|</?[A-Za-z][^<>]{0,200}>")
_PERCENT: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


def _json_character(found: re.Match[str]) -> str:
    escape = found.group()
    if escape.startswith("\\u") and len(escape) > len("\\u"):
        units = bytes.fromhex(escape.replace("\\u", ""))
        return units.decode("utf-16-be", errors="replace")
    return _JSON_SHORT.get(escape[1], escape[1])


def _percent_character(found: re.Match[str]) -> str:
    return unquote(found.group(), errors="replace")


def _markup_character(found: re.Match[str]) -> str:
    return unescape(found.group()) if found.group().startswith("&") else ""


_ROT13: Final = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", b"NOPQRSTUVWXYZABCDEFGHIJKLMnopqrstuvwxyzabcdefghijklm"
)


def _rot13(text: str) -> str:
    """Turn the Latin letters; as bytes, which is many times as fast where a text has other letters too."""
    return text.encode(errors="surrogatepass").translate(_ROT13).decode(errors="surrogatepass")


_RUNS_KEPT: Final = 16_384
_READABLE: Final = re.compile("[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]{12,}")


def _readable(content: bytes) -> str:
    """Keep the runs that read as text: of bytes decoded at the wrong place next to nothing stays.

    NUL goes first, so that UTF-16 reads as well.
    """
    return "\n".join(_READABLE.findall(content.replace(b"\0", b"").decode(errors="replace")))


@lru_cache(maxsize=_RUNS_KEPT)
def _read(decode: Callable[[str], Iterator[bytes]], run: str) -> tuple[str, ...]:
    """Return what a run reads as once decoded; the same ids stand in answer after answer."""
    return tuple(readable for content in decode(run) if (readable := _readable(content)))


def _runs(alphabet: str) -> re.Pattern[str]:
    """Match what is long enough to be an encoded secret, with the lines that go on from it."""
    one = f"[{alphabet}]"
    return re.compile(rf"(?<!{one}){one}{{16,}}(?:\s{{1,4}}{one}{{16,}})*(?:\s{{1,4}}{one}+)?")


def _base64(run: str) -> Iterator[bytes]:
    """Decode a run at all four places where the encoding may begin in it."""
    letters = _without_space(run).replace("-", "+").replace("_", "/")
    for skipped in range(4):
        rest = letters[skipped:]
        whole = len(rest) - (len(rest) % 4 == 1)
        yield b64decode(rest[:whole] + "=" * (-whole % 4))


def _base64url(run: str) -> Iterator[bytes]:
    return _base64(run) if "-" in run or "_" in run else iter(())


_BASE32_DIGITS: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHIJKLMNOPQRSTUV")


def _base32(run: str) -> Iterator[bytes]:
    """Decode a run at all eight places where the encoding may begin in it."""
    letters = _without_space(run).upper()
    number = int(letters.translate(_BASE32_DIGITS), 32)  # linear in the length: 32 is a power of two
    for skipped in range(8):
        bits = 5 * (len(letters) - skipped)
        yield ((number & ((1 << bits) - 1)) >> bits % 8).to_bytes(bits // 8)


_NOT_HEX: Final = re.compile(r"0x|\\x|[^0-9A-Fa-f]+")


def _hex(run: str) -> Iterator[bytes]:
    digits = _NOT_HEX.sub("", run)
    for skipped in range(2):
        rest = digits[skipped:]
        yield unhexlify(rest[: len(rest) - len(rest) % 2])


def _without_space(run: str) -> str:
    return "".join(run.split())


_RUNS: Final = (
    ("base64", _runs("A-Za-z0-9+/"), _base64),
    ("base64url", _runs("A-Za-z0-9_-"), _base64url),
    ("base32", _runs("A-Za-z2-7"), _base32),
)
_ANY_RUN: Final = _runs("A-Za-z0-9+/_-")
_HEX_RUNS: Final = (
    ("hex", re.compile(r"(?<![0-9A-Fa-f])(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[\s:,.-]{0,2}){12,}[0-9A-Fa-f]?"), _hex),
)
_ANY_HEX_RUN: Final = re.compile(r"[0-9A-Fa-fx\\\s:,.-]{24,}")
