"""Chat and embeddings speak the protocol, and believe nothing of an answer that they did not check."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tenancy.models.egress import EgressGuard
from tenancy.models.openai import OpenAIChat, OpenAIEmbedder
from tenancy.models.provider import ProviderRefused
from tests.standins.openai_server import DIMENSION, Asked, OpenAIServer, Reply, pseudo_vector
from tests.tenancy.models.plain import plain

_GUARD = EgressGuard(["127.0.0.1"])
_MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who signs?"}]


def _chat(server: OpenAIServer) -> OpenAIChat:
    return OpenAIChat(base_url=server.base_url, api_key="k", key_host="127.0.0.1", guard=_GUARD)


def _embedder(server: OpenAIServer, dimension: int = DIMENSION) -> OpenAIEmbedder:
    return OpenAIEmbedder(
        base_url=server.base_url, api_key="k", key_host="127.0.0.1", guard=_GUARD, model="m", dimension=dimension
    )


async def test_a_chat_is_completed_as_asked(openai_server: OpenAIServer) -> None:
    openai_server.program = lambda _: "The harbour master. [1]"
    chat = _chat(openai_server)
    completion = await chat.complete(_MESSAGES, model="stand-in", temperature=0.3, max_tokens=99)
    await chat.close()
    assert completion.text == "The harbour master. [1]"
    assert (completion.prompt_tokens, completion.completion_tokens, completion.model) == (4, 4, "stand-in")
    assert openai_server.bodies("/v1/chat/completions") == [
        {"messages": _MESSAGES, "model": "stand-in", "temperature": 0.3, "max_tokens": 99}
    ]


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": -5, "completion_tokens": "many"}])
async def test_use_that_a_provider_does_not_count_is_estimated_and_never_free(
    openai_server: OpenAIServer, usage: object
) -> None:
    answer = {"choices": [{"message": {"role": "assistant", "content": "x" * 41}}], "usage": usage}
    openai_server.program = lambda _: Reply(answer)
    chat = _chat(openai_server)
    completion = await chat.complete(_MESSAGES, model="stand-in", temperature=0, max_tokens=9)
    await chat.close()
    assert (completion.prompt_tokens, completion.completion_tokens) == (5, 11)


async def test_texts_are_embedded_in_bounded_requests_and_their_order_is_kept(openai_server: OpenAIServer) -> None:
    texts = [f"text {number}" for number in range(300)]
    embedder = _embedder(openai_server)
    vectors, _ = await embedder.embed(plain(texts))
    await embedder.close()
    sizes = [len(body["input"]) for body in openai_server.bodies("/v1/embeddings")]
    assert sizes == [128, 128, 44]
    expected = np.array([pseudo_vector(text) for text in texts])
    np.testing.assert_allclose(vectors, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-6)


def _data(*entries: dict[str, Any]) -> Callable[[Asked], Reply]:
    return lambda _: Reply({"object": "list", "data": list(entries), "model": "m"})


@pytest.mark.parametrize(
    "program",
    [
        _data(),
        _data({"index": 1, "embedding": [1.0, 0.0]}),
        _data({"index": 0, "embedding": [1.0, 0.0]}, {"index": 0, "embedding": [1.0, 0.0]}),
        _data({"embedding": [1.0, 0.0]}),
        _data({"index": 0, "embedding": [1.0]}),
        _data({"index": 0, "embedding": [1.0, 0.0, 0.0]}),
        _data({"index": 0, "embedding": [0.0, 0.0]}),
        _data({"index": 0, "embedding": [1.0, None]}),
        _data({"index": 0, "embedding": ["a", "b"]}),
        _data({"index": 0, "embedding": "AAAA"}),
        _data({"index": 0}),
        lambda _: Reply({"data": None}),
        lambda _: Reply(b'{"data": [{"index": 0, "embedding": [NaN, 1.0]}]}'),
    ],
)
async def test_vectors_that_are_missing_or_malformed_are_refused(
    openai_server: OpenAIServer, program: Callable[[Asked], Reply]
) -> None:
    openai_server.program = program
    embedder = _embedder(openai_server, dimension=2)
    with pytest.raises(ProviderRefused):
        await embedder.embed_question("one text")
    await embedder.close()
