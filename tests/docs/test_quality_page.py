"""The numbers on the page about quality are those of the committed baseline."""

from pathlib import Path

from evals.quality.compare import BASELINE, read
from evals.quality.page import table

_PAGE = Path(__file__).parents[2] / "docs" / "evals-quality.md"


def test_the_table_of_the_page_is_the_committed_baseline() -> None:
    assert "\n".join(table(read(BASELINE))) in _PAGE.read_text(encoding="utf-8")
