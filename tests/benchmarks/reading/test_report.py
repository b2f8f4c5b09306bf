"""What the account of reading says, and when it fails."""

import json
import subprocess
import sys
from pathlib import Path

import docx
import pytest
from fpdf import FPDF

from benchmarks.reading.pages import missing_on_pages, pages_of
from benchmarks.reading.report import FileResult, failings
from tests.services import requires

NINE = [FileResult("a", 9900, 9900, (), 0.1)] * 9
WARNED = [("page_without_text", "page 3")]


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ([FileResult("a", 100, 99, (), 0.1)], []),
        ([FileResult("a", 100, 90, (), 0.1)], ["a: 0.900", "over all 0.900"]),
        ([FileResult("a", 9900, 9900, (), 0.1), FileResult("b", 100, 90, (), 0.1)], ["b: 0.900"]),
        ([*NINE, FileResult("b", 100, 90, WARNED, 0.1)], []),
        ([*NINE, FileResult("b", 100, 90, [("part_unread", "")], 0.1)], ["b: 0.900"]),
        ([*NINE[:8], FileResult("b", 100, 99, WARNED, 0.1)], []),
        ([*NINE[:8], FileResult("b", 100, 90, WARNED, 0.1)], ["1 of 9 files"]),
        ([FileResult("a", 0, 0, (), 0.1, "encrypted"), FileResult("b", 0, 0, (), 0.1)], []),
    ],
)  # fmt: skip
def test_missing_words_fail_unless_a_warning_says_where(results: list[FileResult], said: list[str]) -> None:
    found = failings(results)
    assert len(found) == len(said)
    assert all(sentence.startswith(start) for sentence, start in zip(found, said, strict=True))


def _pdf(path: Path, *pages: str) -> Path:
    made = FPDF()
    made.set_font("helvetica", size=12)
    for page in pages:
        made.add_page()
        for line in page.split("\n"):
            made.cell(0, 8, line, new_x="LMARGIN", new_y="NEXT")
    made.output(str(path))
    return path


def test_words_are_looked_for_on_their_page(tmp_path: Path) -> None:
    requires("pdftotext")
    lines = "\n".join(
        f"The mill counted sacks of {grain} in every one of its rooms." for grain in ("oats", "rye", "spelt")
    )
    pages = pages_of(
        _pdf(
            tmp_path / "a.pdf",
            *(f"Harbour report\nyear\n{lines}\nthat is hyphen-\nated\n{page}" for page in range(1, 5)),
        )
    )
    read = {page: frozenset(words.words - {"harbour", "report", "year"}) for page, words in enumerate(pages, start=1)}
    head = frozenset({"harbour", "report", "year"})
    assert not missing_on_pages(pages, read, head)
    assert missing_on_pages(pages, {1: read[1]}, head | read[1])["rye"] == 2
    halves = {page: words - {"hyphenated"} | {"hyphen", "ated"} for page, words in read.items()}
    assert not missing_on_pages(pages, halves, head)
    assert missing_on_pages(pages, {0: read[1]}, frozenset())["harbour"] == 4


def test_the_command_reads_a_folder(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("The mill counted six sacks of oats.")
    document.save(str(tmp_path / "grain.docx"))
    (tmp_path / "broken.docx").write_bytes(b"PK\x03\x04 word/")
    (tmp_path / "other.txt").write_text("Not counted.")
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks", "reading", str(tmp_path), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    told = json.loads(done.stdout)
    assert done.returncode == 0, told["failings"]
    broken, grain = told["files"]
    assert (broken["name"], broken["code"], broken["words"]) == ("broken.docx", "damaged", 0)
    assert (grain["name"], grain["words"], grain["share"], grain["code"]) == ("grain.docx", 7, 1.0, "")
    assert grain["seconds"] > 0
    assert "2/2" in done.stderr
