"""Chat clients by tenant and environment: a provider key, model and host never serve another."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, final

from tenancy.ids import TenantId
from tenancy.models.egress import EgressGuard
from tenancy.models.environments import Environment
from tenancy.models.openai import OpenAIChat
from tenancy.models.provider import require_sendable

_RESOLVED_WITHIN: Final = 5.0  # seconds
_HTTPS: Final = 443

Holder = tuple[TenantId, Environment]


@dataclass(frozen=True, slots=True)
class _Held:
    provider: Mapping[str, str]
    chat: OpenAIChat


@final
class ChatPool:
    """The chat clients of this process, each for one environment of one tenant and one version of its settings."""

    def __init__(self, guard: EgressGuard) -> None:
        """Reach providers through the guarded egress client only."""
        self._guard = guard
        self._held: dict[Holder, _Held] = {}
        self._replaced: dict[Holder, list[OpenAIChat]] = {}  # answers may still be on their way over these

    async def admit(self, given: Mapping[str, str | None]) -> None:
        """Refuse a key that cannot be sent, and an address that no request will be sent to.

        Raises KeyMalformed, AddressRefused: for the address's form, or for what its name stands for now. A name that
        nobody knows yet passes; each connection looks again.
        """
        key, address = given.get("provider_key"), given.get("provider_base_url")
        if key is not None:
            require_sendable(key)
        if address is not None:
            url = self._guard.check(address)
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(_RESOLVED_WITHIN):
                    await self._guard.addresses(url.host, url.port or _HTTPS)

    def get(self, holder: Holder, provider: Mapping[str, str]) -> OpenAIChat:
        """Return the holder's client, a new one when its settings changed."""
        held = self._held.get(holder)
        if held is None or held.provider != provider:
            if held is not None:
                self._replaced.setdefault(holder, []).append(held.chat)
            chat = OpenAIChat(
                base_url=provider["provider_base_url"],
                api_key=provider["provider_key"],
                key_host=provider["provider_host"],
                guard=self._guard,
            )
            held = self._held[holder] = _Held(dict(provider), chat)
        return held.chat

    async def forget(self, holder: Holder) -> None:
        """Forget one holder's clients and keys, and close their connections: what is completed over them ends."""
        held = self._held.pop(holder, None)
        for chat in self._replaced.pop(holder, []) + ([] if held is None else [held.chat]):
            await chat.close()

    async def evict(self, tenant: TenantId) -> None:
        """Forget the clients of all of a tenant's environments."""
        for environment in Environment:
            await self.forget((tenant, environment))

    async def close(self) -> None:
        """Forget every tenant's clients."""
        for holder in {*self._held, *self._replaced}:
            await self.forget(holder)
