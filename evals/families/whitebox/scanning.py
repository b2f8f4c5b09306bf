"""Look for many strings of bytes at once in everything below some folders.

Compressed or encrypted bytes are not opened: what a store compresses before it writes is not seen.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_WINDOW: Final = 8
SHORTEST: Final = 12
"""Bytes; what is shorter could turn up by chance."""
_BLOCK: Final = 1 << 18
_HOLE: Final = b"\0" * 4096


@dataclass(frozen=True, slots=True)
class Needle:
    """What is looked for: of what kind, which one, and how it is written."""

    kind: str
    id: str
    how: str


@dataclass(frozen=True, slots=True)
class Found:
    """A needle and the place it was found in."""

    needle: Needle
    place: Path


def spellings(value: str) -> dict[str, bytes]:
    """Return the ways in which a store may write a text down in the clear, by name."""
    raw = value.encode()
    written = {"lower case": value.lower().encode(), "upper case": value.upper().encode()}
    written |= {"UTF-16-LE": value.encode("utf-16-le"), "UTF-16-BE": value.encode("utf-16-be"), **writings(raw)}
    del written["as it is"]
    return {"UTF-8": raw, **{how: one for how, one in written.items() if one != raw}}


def writings(raw: bytes) -> dict[str, bytes]:
    """Return bytes as they are, in hexadecimal digits, and in base64 wherever in a longer text they begin."""
    digits = raw.hex()
    written = {"as it is": raw, "hex": digits.encode(), "HEX": digits.upper().encode()}
    return written | {f"base64 at {at}": _base64(raw, at) for at in range(3)}


def _base64(raw: bytes, at: int) -> bytes:
    """Return what of bytes shows in base64 when they begin `at` places into a group, whatever stands around them."""
    text = base64.b64encode(bytes(at) + raw)
    first, last = -(-at * 8 // 6), (at + len(raw)) * 8 // 6
    return text[first:last]


class Scanner:
    """Looks for needles; windows of eight bytes point at them, so that all are looked for in one walk."""

    def __init__(self, needles: Mapping[bytes, Needle]) -> None:
        """Take what to look for; ValueError for one so short that it could turn up by chance."""
        self._needles = dict(needles)
        if any(len(one) < SHORTEST for one in self._needles):
            raise ValueError(f"needles of fewer than {SHORTEST} bytes would be found by chance")
        self._stride = min(map(len, self._needles), default=SHORTEST) - _WINDOW + 1
        self._longest = max(map(len, self._needles), default=0)
        self._windows: dict[bytes, list[tuple[bytes, int]]] = {}
        for one in self._needles:
            for at in range(self._stride):
                self._windows.setdefault(one[at : at + _WINDOW], []).append((one, at))

    def within(self, raw: bytes) -> set[Needle]:
        """Return every needle that stands in some bytes."""
        found, look_up = set[Needle](), self._windows.get
        for at in range(0, len(raw) - _WINDOW + 1, self._stride):
            for needle, offset in look_up(raw[at : at + _WINDOW], ()):
                if at >= offset and raw.startswith(needle, at - offset):
                    found.add(self._needles[needle])
        return found

    def below(self, folders: Iterable[Path]) -> Iterator[Found]:
        """Yield what stands in any file below some folders, or in its name."""
        for path in files_below(folders):
            named = self.within(str(path).encode("utf-8", "surrogateescape"))
            yield from (Found(needle, path) for needle in named | self._in(path))

    def _in(self, path: Path) -> set[Needle]:
        found, tail = set[Needle](), b""
        try:
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    if block.count(_HOLE) * len(_HOLE) < len(block):
                        found |= self.within(tail + block)
                    tail = (tail + block)[-self._longest :]
        except FileNotFoundError:  # a service at work takes files away
            return found
        return found


def files_below(folders: Iterable[Path]) -> list[Path]:
    """Return every file below some folders, in order; a folder may be a file itself, or not be there."""
    found = []
    for folder in folders:
        among = [folder] if folder.is_file() else sorted(folder.rglob("*"))
        found += [path for path in among if path.is_file() and not path.is_symlink()]
    return found
