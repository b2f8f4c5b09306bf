"""How much of each Office, OpenDocument and PDF file of a folder is read, as a table or as JSON."""

import argparse
import json
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benchmarks.reading.packages import SUFFIXES, words_of_package
from benchmarks.reading.pages import joined, missing_on_pages, pages_of
from benchmarks.reading.readings import FileReading, Readers
from benchmarks.reading.words import words_in_all
from ingestion.formats.detection import HEAD_BYTES, detect
from tests.corpus import CORPUS

WANTED_SHARE: Final = 0.98
MOST_WARNED: Final = 0.1
_WIDTHS: Final = (44, 9, 7, 9, 8, 40)
_BAR: Final = 30
_SAMPLE: Final = 20


@dataclass(frozen=True, slots=True)
class FileResult:
    """One file: words in its parts, how many of them were read, warnings with where, processor seconds.

    `code` is why it was refused, "" where it was read.
    """

    name: str
    words: int
    read: int
    warnings: Sequence[tuple[str, str]]
    seconds: float
    code: str = ""
    missing: Sequence[str] = ()
    """Some of the words that were not read, the most frequent first."""

    @property
    def share(self) -> float:
        """The share of the words that was read, 1 where there are none."""
        return self.read / self.words if self.words else 1.0

    @property
    def falls_short(self) -> bool:
        """Whether too many words are missing."""
        return not self.code and self.share < WANTED_SHARE

    @property
    def says_where(self) -> bool:
        """Whether a warning names a page or a part."""
        return any(where for _code, where in self.warnings)


def measure_file(path: Path, readers: Readers, name: str) -> FileResult | None:
    """Read a file and count its words; None where its format is none that is read."""
    with path.open("rb") as file:
        kind = detect(path.name, file.read(HEAD_BYTES))
    if kind is None:
        return None
    reading = readers.read(path, kind)
    if reading.code:
        return FileResult(name, 0, 0, reading.warnings, reading.seconds, reading.code)
    words, missing = _counted(path, reading)
    sample = [word for word, _times in missing.most_common(_SAMPLE)]
    return FileResult(name, words, words - missing.total(), reading.warnings, reading.seconds, missing=sample)


def _counted(path: Path, reading: FileReading) -> tuple[int, Counter[str]]:
    """Return how many words there are to read, and those that were not."""
    every = [text for texts in reading.texts.values() for text in texts]
    if path.suffix.lower() == ".pdf":
        pages = pages_of(path)
        read = {page: words_in_all(map(joined, texts)).keys() for page, texts in reading.texts.items()}
        missing = missing_on_pages(pages, read, words_in_all(map(joined, every)).keys())
        return sum(len(page.words) for page in pages), missing
    words = words_of_package(path)
    return words.total(), words - words_in_all(every)


def failings(results: Sequence[FileResult]) -> list[str]:
    """Return what is wrong with a run, a sentence each; refused files are no failure."""
    read = [each for each in results if not each.code]
    words, found = sum(each.words for each in read), sum(each.read for each in read)
    short = [each for each in read if each.falls_short]
    warned = sum(each.says_where for each in short)
    said = [
        f"{each.name}: {each.share:.3f} of its words, and no warning says where"
        for each in short
        if not each.says_where
    ]
    if words and found / words < WANTED_SHARE:
        said.append(f"over all {found / words:.3f} of the words were read, not {WANTED_SHARE}")
    if warned > MOST_WARNED * len(read):
        said.append(f"{warned} of {len(read)} files fall short with a warning, more than {MOST_WARNED:.0%}")
    return said


def _files(folder: Path | None) -> Iterator[tuple[str, Path]]:
    """Yield the files that are measured, with the names that they go by."""
    shipped = Path(sysconfig.get_path("purelib"))
    for root in [folder] if folder else [CORPUS / "documents", shipped]:
        for path in sorted(root.rglob("*")):
            if path.suffix.lower().lstrip(".") in SUFFIXES | {"pdf"} and path.is_file():
                yield str(path.relative_to(root)), path


def _show_progress(done: int, total: int, name: str) -> None:
    filled = _BAR * done // max(1, total)
    sys.stderr.write(f"\r[{'#' * filled}{'.' * (_BAR - filled)}] {done}/{total} {name[-40:]:<40}")
    if done == total:
        sys.stderr.write("\n")
    sys.stderr.flush()


def _row(*cells: object) -> str:
    return "  ".join(str(cell)[:width].ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()


def _print(results: Sequence[FileResult]) -> None:
    print(_row("file", "words", "share", "warnings", "seconds", "what"))
    for each in results:
        where = "; ".join(f"{code} {where}".strip() for code, where in each.warnings[:3])
        share = "" if each.code else f"{each.share:.3f}"
        print(
            _row(
                each.name,
                each.words,
                share,
                len(each.warnings) or "",
                f"{each.seconds:.2f}",
                each.code or where or " ".join(each.missing),
            )
        )
    words, found = sum(each.words for each in results), sum(each.read for each in results)
    warned = sum(bool(each.warnings) for each in results)
    total = f"{found / words:.3f}" if words else ""
    print(_row(f"{len(results)} files", words, total, warned, f"{sum(each.seconds for each in results):.2f}", ""))


def main(arguments: Sequence[str]) -> int:
    """Read the files, print the table or JSON; 1 where words are missing without a warning."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks reading", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="files to read; the test corpus and installed packages")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    given = parser.parse_args(arguments)
    files = list(_files(given.folder))
    readers = Readers()
    results = []
    for number, (name, path) in enumerate(files):
        _show_progress(number, len(files), name)
        result = measure_file(path, readers, name)
        results += [result] if result else []
    _show_progress(len(files), len(files), "")
    wrong = failings(results)
    if given.json:
        rows = [{**asdict(each), "share": each.share} for each in results]
        print(json.dumps({"files": rows, "failings": wrong}, indent=2))
    else:
        _print(results)
        print("\n".join(wrong))
    return 1 if wrong else 0
