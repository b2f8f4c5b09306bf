"""Search every byte of a folder for content that ought to be sealed.

By hand, after `make demo KEEP=DIR`:

    python -m tests.promise.byte_scan DIR --against examples

It prints a line for every find and ends with 1 if there was one. What it looks for, and what it samples, is said in
`needles.py`; what is compressed it does not see.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

import numpy as np
import numpy.typing as npt

from tests.promise.needles import SHORTEST, Needle, Needles

_SLICE: Final = 16 * 1024 * 1024
_TABLE_BITS: Final = 22
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)  # Knuth's multiplicative hashing
_Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Found:
    """A pattern in a file, at a byte."""

    path: Path
    offset: int
    what: str
    form: str

    def __str__(self) -> str:
        return f"{self.path} at {self.offset}: {self.what} ({self.form})"


@final
class _Table:
    """Tells for many words at once which of them are wanted; zero, of which files are full, never is."""

    def __init__(self, wanted: Iterable[int]) -> None:
        self._wanted = np.fromiter(wanted, dtype=np.uint64)
        self._marks = np.zeros(1 << _TABLE_BITS, dtype=bool)
        self._marks[_hashed(self._wanted)] = True

    def places(self, words: _Words) -> list[int]:
        maybe = np.flatnonzero(self._marks[_hashed(words)] & (words != 0))
        return [int(place) for place in maybe[np.isin(words[maybe], self._wanted)]]


def _hashed(words: _Words) -> npt.NDArray[np.uint64]:
    return (words * _SPREAD) >> np.uint64(64 - _TABLE_BITS)


@final
class Scanner:
    """A set of needles, ready to be looked for in one pass over the bytes."""

    def __init__(self, needles: Needles) -> None:
        """Index the needles by their first eight bytes."""
        self._by_start: dict[int, list[Needle]] = {}
        for needle in needles.exact:
            self._by_start.setdefault(int.from_bytes(needle.pattern[:SHORTEST], "little"), []).append(needle)
        self._groups = dict(needles.groups)
        self._overlap = max((len(needle.pattern) for needle in needles.exact), default=SHORTEST)
        self._starts, self._group_table = _Table(self._by_start), _Table(self._groups)

    def files(self, paths: Iterable[Path]) -> list[Found]:
        """Return what is found in the files, and in all files below the folders, of `paths`; names are searched too."""
        return [found for path in paths for each in _files_below(path) for found in self._file(each)]

    def _file(self, path: Path) -> Iterator[Found]:
        yield from self.content(path, str(path).encode(errors="surrogateescape"))
        with path.open("rb") as file:
            at, tail = 0, b""
            while part := file.read(_SLICE):
                content = tail + part
                for found in self.content(path, content):
                    yield Found(path, at - len(tail) + found.offset, found.what, found.form)
                at, tail = at + len(part), content[-self._overlap :]

    def content(self, path: Path, content: bytes) -> Iterator[Found]:
        """Find needles in bytes; `path` is only for the report."""
        for shift in range(SHORTEST):
            for place in self._starts.places(_words(content, shift)):
                offset = shift + place * SHORTEST
                start = int.from_bytes(content[offset : offset + SHORTEST], "little")
                for needle in self._by_start.get(start, ()):
                    if content.startswith(needle.pattern, offset):
                        yield Found(path, offset, needle.what, needle.form)
        for shift in range(4):
            groups = _groups(content, shift)
            for place in self._group_table.places(groups):
                what = self._groups.get(int(groups[place]))
                if what is not None:
                    yield Found(path, shift + place * 4, what, "f32, nearly")


def _words(content: bytes, shift: int) -> _Words:
    count = max(0, len(content) - shift) // SHORTEST
    return np.frombuffer(content, "<u8", count, min(shift, len(content))).astype(np.uint64)


def _groups(content: bytes, shift: int) -> _Words:
    """Return the upper halves of every four numbers of 32 bits that follow each other."""
    count = max(0, len(content) - shift) // 4
    upper = (np.frombuffer(content, "<u4", count, min(shift, len(content))) >> 16).astype(np.uint64)
    last = max(0, count - 3)
    return sum((upper[place : place + last] << np.uint64(16 * place) for place in range(4)), np.zeros(last, np.uint64))


def _files_below(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(each for each in path.rglob("*") if each.is_file() and not each.is_symlink())
    return [path]


def shared_run(ones: Iterable[Path], others: Iterable[Path], length: int = 64) -> bool:
    """Tell whether any run of `length` bytes stands in a file of `ones` and in a file of `others`."""
    half = length // 2  # a run holds at least one whole aligned block of half its length
    blocks = set()
    for path in ones:
        content = path.read_bytes()
        blocks |= {content[start : start + half] for start in range(0, len(content) - half + 1, half)}
    for path in others:
        content = path.read_bytes()
        if any(content[start : start + half] in blocks for start in range(len(content) - half + 1)):
            return True
    return False


def main(arguments: list[str]) -> int:
    """Scan a folder by hand; return the exit code."""
    os.environ.update(UNSTRUCTURED_DISABLE_NOTICE="1", DO_NOT_TRACK="true", SCARF_NO_ANALYTICS="true")
    from tests.promise.example_content import example_needles  # noqa: PLC0415 - it loads parsers and a model, 10 s

    parser = argparse.ArgumentParser(
        description="Search every byte below a folder for content that ought to be sealed."
    )
    parser.add_argument("folder", type=Path, nargs="+")
    parser.add_argument("--against", type=Path, required=True, help="the folder of example tenants")
    given = parser.parse_args(arguments)
    missing = [str(folder) for folder in given.folder if not folder.exists()]
    if missing:
        parser.error("there is no " + ", ".join(missing))
    needles = example_needles(given.against)
    files = [each for folder in given.folder for each in _files_below(folder)]
    found = Scanner(needles).files(files)
    sys.stdout.writelines(f"{each}\n" for each in found)
    total = sum(path.stat().st_size for path in files)
    sys.stdout.write(
        f"{len(found)} found of {len(needles.exact)} patterns and {len(needles.groups) // 2} vectors "
        f"in {len(files)} files, {total:,} bytes\n"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
