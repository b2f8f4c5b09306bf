"""A chat model whose every call is in the ledger before it is sent, with whose key pays for it."""

from collections.abc import Mapping, Sequence
from typing import Final, final

from tenancy.metering.catalogue import Kind
from tenancy.metering.meter import Meter
from tenancy.metering.spending import Payer
from tenancy.models.openai import Completion, OpenAIChat, require_text

_AROUND: Final = 24  # characters that a provider's own marks around a message are worth, for an estimate


@final
class MeteredChat:
    """Completes chats for one caller, over a client that holds the tenant's own key or an operator's.

    An operator's key pays for the one model that the operator has set; any model may be asked for with an own key.
    """

    def __init__(self, chat: OpenAIChat, meter: Meter, payer: Payer, model: str) -> None:
        """Wrap the tenant's client for one caller; `model` is the one that was set with the key."""
        self._chat = chat
        self._meter = meter
        self._payer = payer
        self._model = model

    def model_for(self, wanted: str | None) -> str:
        """Return the model that answers where `wanted` is asked for, or none in particular."""
        return wanted if wanted and self._payer is Payer.OWN else self._model

    async def complete(
        self, messages: Sequence[Mapping[str, str]], *, model: str, temperature: float, max_tokens: int
    ) -> Completion:
        """Return the answer to `messages` (each with `role` and `content`), and what it cost. Raises ServiceError.

        An answer that cannot be used was paid for all the same, and is recorded with what the provider counted.
        """
        model = self.model_for(model)
        characters = sum(len(message["content"]) + _AROUND for message in messages)
        async with self._meter.call(Kind.CHAT, model, self._payer, characters=characters, most=max_tokens) as call:
            exchange = await self._chat.exchange(messages, model=model, temperature=temperature, max_tokens=max_tokens)
            spent = self._meter.took(call, exchange.prompt_tokens, exchange.completion_tokens)
            return require_text(exchange, spent.cost)
