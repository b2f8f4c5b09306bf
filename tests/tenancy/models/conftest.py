"""The offline model, loaded once for all tests that embed."""

from collections.abc import Iterator

import pytest

from tenancy.models.minilm import MiniLM


@pytest.fixture(scope="session")
def minilm() -> Iterator[MiniLM]:
    model = MiniLM.load()
    yield model
    model.close()
