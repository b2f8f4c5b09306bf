"""Structure without end is refused, a long page is not."""

from pathlib import Path

import pytest

from ingestion.formats.catalogue import FORMATS
from ingestion.formats.refusals import refuse
from ingestion.parse.outcome import Limits, ParseFailed


def _refusal(tmp_path: Path, text: str) -> str:
    path = tmp_path / "document.html"
    path.write_text(text)
    try:
        refuse(path, FORMATS.named("html"), Limits())
    except ParseFailed as failed:
        return failed.code
    return ""


@pytest.mark.parametrize(
    "unit", ["a<br>", "<p>a", "<img src=a>", "<li>a", "<tr><td>a", "<option>a", "<i>a</i>", "<a/>"]
)
def test_a_long_page_is_not_deep(tmp_path: Path, unit: str) -> None:
    assert _refusal(tmp_path, unit * 5000) == ""


@pytest.mark.parametrize("tag", ["<div>", "<span>", "<a b='c'>"])
def test_a_deep_page_is_refused(tmp_path: Path, tag: str) -> None:
    assert _refusal(tmp_path, tag * 5000) == "too_deep"
