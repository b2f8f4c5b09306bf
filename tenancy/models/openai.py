"""Chat and embeddings from any endpoint that speaks the OpenAI protocol.

The protocol: https://platform.openai.com/docs/api-reference. Answers are checked field by field, since the package
builds its objects from whatever a server sends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast, final

import numpy as np

from tenancy.metering.money import NOTHING, MicroUsd
from tenancy.models.egress import Bounds, EgressGuard
from tenancy.models.embedder import PassageVectors, QuestionVectors, Vectors
from tenancy.models.encoders.traits import Traits
from tenancy.models.provider import Provider, ProviderRefused
from tenancy.values.embedded_text import EmbeddedText

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_CHAT: Final = Bounds(total=120.0, body=4 * 1024 * 1024)
_EMBEDDINGS: Final = Bounds(total=60.0, body=64 * 1024 * 1024)
_BATCH: Final = 128  # texts in a request: at 250 word pieces each, well under the protocol's 300,000 tokens
_CHARACTERS_PER_TOKEN: Final = 4
_MOST_TOKENS: Final = 8_191  # of one text, as the protocol documents its embedding models
_NEW_NAME: Final = frozenset({"api.openai.com"})  # hosts whose newest models refuse `max_tokens` by that name


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a provider sent back; tokens are its own count, or an estimate where it gives none."""

    text: str | None
    prompt_tokens: int
    completion_tokens: int
    model: str


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's answer; `cost` in micro-dollars, where it was metered."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    model: str
    cost: MicroUsd = NOTHING


@final
class OpenAIChat:
    """Completes chats with one tenant's key at one provider."""

    def __init__(
        self, *, base_url: str, api_key: str, key_host: str, guard: EgressGuard, bounds: Bounds = _CHAT
    ) -> None:
        """Bind to a provider; `key_host` is the host `api_key` was given for.

        Raises AddressRefused, KeyBoundElsewhere, KeyMalformed.
        """
        self._provider = Provider(base_url=base_url, api_key=api_key, key_host=key_host, guard=guard, bounds=bounds)

    async def complete(
        self, messages: Sequence[Mapping[str, str]], *, model: str, temperature: float, max_tokens: int
    ) -> Completion:
        """Return the answer to `messages` (each with `role` and `content`). Raises ServiceError."""
        return require_text(
            await self.exchange(messages, model=model, temperature=temperature, max_tokens=max_tokens), NOTHING
        )

    async def exchange(
        self, messages: Sequence[Mapping[str, str]], *, model: str, temperature: float, max_tokens: int
    ) -> Exchange:
        """Return what the provider answered to `messages`, and what it counted, with or without a text."""
        limit = "max_completion_tokens" if self._provider.host in _NEW_NAME else "max_tokens"
        options: dict[str, Any] = {limit: max_tokens, "temperature": temperature, "model": model}

        async def call(client: "AsyncOpenAI") -> object:
            return await client.chat.completions.create(messages=cast("Any", messages), **options)

        answer = await self._provider.ask(call)
        text = _text(answer)
        asked = sum(len(message["content"]) for message in messages)
        return Exchange(
            text=text,
            prompt_tokens=_tokens(answer, "prompt_tokens", asked),
            completion_tokens=_tokens(answer, "completion_tokens", len(text or "")),
            model=model,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._provider.close()


@final
class OpenAIEmbedder:
    """An `Embedder` at one tenant's provider; questions and chunks are embedded by the same model."""

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        key_host: str,
        guard: EgressGuard,
        model: str,
        dimension: int,
        bounds: Bounds = _EMBEDDINGS,
    ) -> None:
        """Bind to a provider's `model`, whose vectors have length `dimension`; the rest is as for OpenAIChat."""
        self._provider = Provider(base_url=base_url, api_key=api_key, key_host=key_host, guard=guard, bounds=bounds)
        self._model = model
        self._dimension = dimension

    @property
    def traits(self) -> Traits:
        """Return `openai:` with the model as name; how its cosines lie is not known, so they are left as they are."""
        return Traits(f"openai:{self._model}", self._dimension, _MOST_TOKENS)

    def count_tokens(self, text: str) -> int:
        """Return an estimate, four characters a token: what the provider counts is not known before it is asked."""
        return -(-len(text) // _CHARACTERS_PER_TOKEN)

    async def embed_question(self, text: str) -> QuestionVectors:
        """Return the vector of a question; there are none of its tokens. Raises ServiceError."""
        return QuestionVectors((await self._embedded([text]))[0], np.empty((0, self._dimension), np.float32))

    async def embed(self, texts: Sequence[EmbeddedText], *, apart: bool = False) -> PassageVectors:  # noqa: ARG002 - it is apart always
        """Return the vectors of `texts` in their order; there are none of parts. Raises ServiceError."""
        batches = [[each.text for each in texts[start : start + _BATCH]] for start in range(0, len(texts), _BATCH)]
        tables = [await self._embedded(batch) for batch in batches]
        whole = np.concatenate([np.empty((0, self._dimension), np.float32), *tables])
        return PassageVectors(whole, (None,) * len(texts))

    async def close(self) -> None:
        """Close the connections."""
        await self._provider.close()

    async def _embedded(self, texts: Sequence[str]) -> Vectors:
        async def call(client: "AsyncOpenAI") -> object:
            # As numbers: not every compatible server knows the base64 form that the package would ask for.
            return await client.embeddings.create(input=list(texts), model=self._model, encoding_format="float")

        return _unit_vectors(await self._provider.ask(call), len(texts), self._dimension)


def require_text(exchange: Exchange, cost: MicroUsd) -> Completion:
    """Return the answer of an exchange that has one. Raises ProviderRefused."""
    if exchange.text is None:
        raise ProviderRefused("The model provider's answer has no text.")
    return Completion(exchange.text, exchange.prompt_tokens, exchange.completion_tokens, exchange.model, cost)


def _text(answer: object) -> str | None:
    """Return the text of a chat answer, None where it has none."""
    choices = getattr(answer, "choices", None)
    message = getattr(choices[0], "message", None) if isinstance(choices, list) and choices else None
    content = getattr(message, "content", None)
    return content if isinstance(content, str) else None


def _tokens(answer: object, field: str, characters: int) -> int:
    """Return the tokens a provider counted; one that counts none must not make its use look free."""
    counted = getattr(getattr(answer, "usage", None), field, None)
    if isinstance(counted, int) and counted >= 0:
        return counted
    return -(-characters // _CHARACTERS_PER_TOKEN)


def _unit_vectors(answer: object, count: int, dimension: int) -> Vectors:
    """Return the vectors of an embeddings answer by their index, each of length one. Raises ProviderRefused."""
    entries = getattr(answer, "data", None)
    if not isinstance(entries, list) or sorted(_index(entry) for entry in entries) != list(range(count)):
        raise ProviderRefused(f"The model provider did not answer with one vector for each of {count} texts.")
    vectors = np.empty((count, dimension), np.float32)
    for entry in entries:
        try:
            vector = np.asarray(getattr(entry, "embedding", None), dtype=np.float64)
        except (TypeError, ValueError):
            raise ProviderRefused("The model provider answered with vectors that are not numbers.") from None
        length = float(np.linalg.norm(vector))
        if vector.shape != (dimension,) or not np.isfinite(length) or length == 0:
            raise ProviderRefused(f"The model provider's vectors are not of {dimension} finite numbers.")
        vectors[_index(entry)] = vector / length
    return vectors


def _index(entry: object) -> int:
    index = getattr(entry, "index", None)
    return index if isinstance(index, int) else -1
