"""The models of one tenant: the embedder it was made with, and the chat model of its caller's environment.

Every call to one of them goes through the caller's meter: there is no other way to a model from above this package.
"""

import asyncio
from collections.abc import Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, final

from tenancy.keys.tenant_keys import TenantKeys
from tenancy.metering.catalogue import Kind
from tenancy.metering.chat import MeteredChat
from tenancy.metering.meter import Meter
from tenancy.metering.spending import Payer
from tenancy.models.embedder import PassageVectors, QuestionVectors
from tenancy.models.environments import Environment
from tenancy.models.own_provider import agreed_host, group_of
from tenancy.scope import TenantScope
from tenancy.stores.settings import TenantSettings
from tenancy.values.embedded_text import EmbeddedText

if TYPE_CHECKING:
    from tenancy.foundation import Foundation


@final
class TenantModels:
    """Embedding and completing for one tenant, never mixed with another's: a batch holds one tenant's texts only."""

    def __init__(
        self, keys: TenantKeys, embedder: str, foundation: "Foundation", scope: TenantScope, plan: str
    ) -> None:
        """Bind to the tenant whose keys and plan these are, and to the caller and its environment."""
        self._keys = keys
        self._encoders = foundation.embedders
        self.embedder = embedder
        self._chats = foundation.chats
        self._offers = foundation.offers
        self._turns = foundation.embedding
        self._plan = plan
        self._environment = scope.caller.environment
        self.meter = Meter(keys, scope, foundation, plan)

    def turned(self, embedder: str) -> "TenantModels":
        """Return the same models, on the same meter, with another embedder of this deployment's."""
        turned = copy(self)
        turned.embedder = embedder
        return turned

    @property
    def weighs_parts(self) -> bool:
        """Whether it is known how much this embedder's vectors of parts say."""
        return self._encoders.traits(self.embedder).weighed_parts

    async def embed(self, texts: Sequence[EmbeddedText]) -> PassageVectors:
        """Return the vectors of texts of this tenant, and of their parts."""
        embedder = await self._encoders.get(self.embedder)
        await self._count(await self._turns.count(embedder, self._keys.tenant, texts))
        return await self._turns.embed(embedder, self._keys.tenant, texts)

    async def embed_question(self, text: str) -> QuestionVectors:
        """Return a question's vectors; always embedded alone."""
        embedder = await self._encoders.get(self.embedder)
        booking = asyncio.ensure_future(self._count(embedder.count_tokens(text)))
        try:
            return await embedder.embed_question(text)
        finally:
            await booking  # beside the model's work, not before it

    async def _count(self, tokens: int) -> None:
        await self.meter.count(Kind.EMBEDDING, self.embedder, Payer.PLATFORM, tokens)

    async def provider(self, settings: TenantSettings) -> Mapping[str, str]:
        """Return what is kept of the provider of the caller's environment, for `chat`.

        `settings` are those of an open transaction of the same tenant. No environment uses another's key.
        """
        return await settings.get(group_of(self._environment))

    async def chat(self, own: Mapping[str, str]) -> MeteredChat | None:
        """Return the chat model of the caller's environment, or None when it answers extractively.

        `own` is its `provider`, whose key is used if it has one. An operator's offer is used whole, or not at all:
        nothing of it is put together with an address or a model of the tenant's. Not in a transaction: it may wait for
        the registry.
        """
        offer = None if "provider_key" in own else await self._agreed(own)
        provider = own if offer is None else offer
        if "provider_key" not in provider:
            await self.forget_chat(self._environment)
            return None
        chat = self._chats.get((self._keys.tenant, self._environment), provider)
        return MeteredChat(chat, self.meter, Payer.OWN if offer is None else Payer.PLATFORM, provider["model"])

    async def _agreed(self, own: Mapping[str, str]) -> Mapping[str, str] | None:
        """Return what is offered, where the tenant has agreed that production's text goes to that host."""
        host = agreed_host(own)
        if host is None or self._environment is not Environment.PRODUCTION:
            return None
        offer = await self.offered()
        return offer if offer is not None and offer["provider_host"] == host else None

    async def offered(self) -> Mapping[str, str] | None:
        """Return the provider that an operator offers the tenants of this one's plan, None where none is."""
        return await self._offers.of(self._plan)

    async def admit_provider(self, given: Mapping[str, str | None]) -> None:
        """Refuse a provider's key or address that could not be used. Raises KeyMalformed, AddressRefused."""
        await self._chats.admit(given)

    async def forget_chat(self, environment: Environment) -> None:
        """Forget the client and the key of an environment whose key was taken out."""
        await self._chats.forget((self._keys.tenant, environment))
