"""Where the test corpus of real documents is."""

import os
from pathlib import Path

import pytest

_DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "corpus"

CORPUS = Path(os.environ.get("BULKHEAD_TEST_CORPUS", _DEFAULT))
"""The corpus folder; it is not part of the repository, so it may be absent."""


def corpus(*parts: str) -> Path:
    """Return a file or folder of the corpus, or skip the test and say how to provide it."""
    path = CORPUS.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{path} is absent; set BULKHEAD_TEST_CORPUS to the folder that holds the test corpus")
    return path
