"""The offline encoders, loaded once for all tests that embed, and the stand-in provider."""

from collections.abc import Iterator

import pytest

from tenancy.models.encoders.e5.model import load_e5
from tenancy.models.encoders.encoder import Encoder
from tenancy.models.encoders.minilm.model import load_minilm
from tests.standins.openai_server import openai_server

__all__ = ["e5", "minilm", "openai_server"]


@pytest.fixture(scope="session")
def e5() -> Iterator[Encoder]:
    model = load_e5()
    yield model
    model.close()


@pytest.fixture(scope="session")
def minilm() -> Iterator[Encoder]:
    model = load_minilm()
    yield model
    model.close()
