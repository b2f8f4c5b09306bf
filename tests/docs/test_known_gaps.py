"""Users are told of every promise that is not kept yet, and each has a test."""

from pathlib import Path

import pytest

from tests.known_gaps import Gap, listed

_ROOT = Path(__file__).resolve().parents[2]


def test_security_page_lists_the_known_gaps() -> None:
    """`python -m tests.known_gaps` prints the section."""
    assert listed() in (_ROOT / "SECURITY.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("gap", list(Gap))
def test_known_gap_marks_a_test(gap: Gap) -> None:
    marked = [path for path in (_ROOT / "tests").rglob("test_*.py") if f"Gap.{gap.name}" in path.read_text("utf-8")]
    assert marked
