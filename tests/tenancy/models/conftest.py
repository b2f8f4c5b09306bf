"""The offline model, loaded once for all tests that embed, and the stand-in provider."""

from collections.abc import Iterator

import pytest

from tenancy.models.encoders.minilm import MiniLM
from tests.standins.openai_server import openai_server

__all__ = ["minilm", "openai_server"]


@pytest.fixture(scope="session")
def minilm() -> Iterator[MiniLM]:
    model = MiniLM.load()
    yield model
    model.close()
