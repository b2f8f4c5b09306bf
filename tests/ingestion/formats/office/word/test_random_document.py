"""Whatever a Word document is made of, each word that it shows is read once, and no other is."""

import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.ingestion.formats.office.word.made import lines, read
from tests.ingestion.formats.office.word.random_document import RandomDocument


@pytest.mark.parametrize("seed", range(60))
def test_words_that_are_shown_are_read_once(tmp_path: Path, seed: int) -> None:
    document = RandomDocument(Random(seed))  # noqa: S311 - numbers that come again
    body = document.body()
    content = read(tmp_path, body, document.parts())
    assert Counter(re.findall(r"word\d+x", "\n".join(lines(content)))) == Counter(document.shown)
    assert list(content.warnings) == []
