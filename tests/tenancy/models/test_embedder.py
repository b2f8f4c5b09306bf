"""What holds for every embedder, local or at a provider."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from tenancy.models.egress import EgressGuard
from tenancy.models.embedder import Embedder
from tenancy.models.encoders.encoder import Encoder
from tenancy.models.encoders.local import LocalEmbedder
from tenancy.models.openai import OpenAIEmbedder
from tests.standins.openai_server import DIMENSION, OpenAIServer
from tests.tenancy.models.plain import plain

_TEXTS = ["Notice is six months.", "short", "The ferry leaves at nine. " * 20, "short", "Notice is six months!"]


@pytest.fixture(params=["minilm", "e5-small", "openai"])
async def embedder(
    request: pytest.FixtureRequest, minilm: Encoder, e5: Encoder, openai_server: OpenAIServer
) -> AsyncIterator[Embedder]:
    if request.param != "openai":
        local = LocalEmbedder(minilm if request.param == "minilm" else e5)
        yield local
        local.close()
    else:
        remote = OpenAIEmbedder(
            base_url=openai_server.base_url,
            api_key="k",
            key_host="127.0.0.1",
            guard=EgressGuard(["127.0.0.1"]),
            model="m",
            dimension=DIMENSION,
        )
        yield remote
        await remote.close()


async def test_vectors_are_float32_of_the_stated_dimension_and_of_unit_length(embedder: Embedder) -> None:
    vectors, _ = await embedder.embed(plain(_TEXTS))
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(_TEXTS), embedder.traits.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


async def test_a_question_is_nearest_to_the_chunk_of_the_same_text(embedder: Embedder) -> None:
    vectors, _ = await embedder.embed(plain(_TEXTS))
    for number, text in enumerate(_TEXTS[:3]):
        question = await embedder.embed_question(text)
        assert int(np.argmax(vectors @ question.vector)) == number


async def test_no_texts_give_an_empty_table(embedder: Embedder) -> None:
    assert (await embedder.embed([])).vectors.shape == (0, embedder.traits.dimension)


async def test_texts_asked_at_the_same_time_keep_their_own_vectors(embedder: Embedder) -> None:
    together = await asyncio.gather(*(embedder.embed(plain([text, "other"])) for text in _TEXTS))
    whole = await embedder.embed(plain(_TEXTS))
    np.testing.assert_array_equal([each.vectors[0] for each in together], whole.vectors)


async def test_different_texts_have_different_vectors(embedder: Embedder) -> None:
    vectors, _ = await embedder.embed(plain(_TEXTS))
    assert len({vector.tobytes() for vector in vectors}) == len(set(_TEXTS))


def test_vectors_of_two_embedders_cannot_be_taken_for_each_other(minilm: Encoder, openai_server: OpenAIServer) -> None:
    names = {
        OpenAIEmbedder(
            base_url=openai_server.base_url,
            api_key="k",
            key_host="127.0.0.1",
            guard=EgressGuard(["127.0.0.1"]),
            model=model,
            dimension=DIMENSION,
        ).traits.name
        for model in ("small", "large")
    }
    assert len(names | {minilm.traits.name}) == 3


def test_a_text_has_tokens_and_twice_the_text_twice_as_many(embedder: Embedder) -> None:
    sentence = "The ferry leaves at nine. "
    assert embedder.count_tokens("") == 0
    once = embedder.count_tokens(sentence)
    assert len(sentence.split()) <= once <= len(sentence)
    assert 2 * once - 1 <= embedder.count_tokens(sentence * 2) <= 2 * once
