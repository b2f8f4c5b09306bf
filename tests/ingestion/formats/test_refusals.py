"""Structure without end is refused, a long page is not."""

from pathlib import Path

import pytest

from ingestion.formats.catalogue import FORMATS
from ingestion.formats.refusals import refuse
from ingestion.parse.outcome import Limits, ParseFailed


def _page(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "document.html"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "unit", ["a<br>", "<p>a", "<img src=a>", "<li>a", "<tr><td>a", "<option>a", "<div>a</div>", "<a/>"]
)
def test_a_long_page_is_not_deep(tmp_path: Path, unit: str) -> None:
    refuse(_page(tmp_path, unit * 5000), FORMATS.named("html"), Limits())


@pytest.mark.parametrize("tag", ["<div>", "<span>", "<a b='c'>"])
def test_a_deep_page_is_refused(tmp_path: Path, tag: str) -> None:
    with pytest.raises(ParseFailed) as failed:
        refuse(_page(tmp_path, tag * 5000), FORMATS.named("html"), Limits())
    assert failed.value.code == "too_deep"
