"""Chat clients by tenant: a tenant's provider key, model and host never serve another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from tenancy.ids import TenantId
from tenancy.models.egress import EgressGuard
from tenancy.models.openai import OpenAIChat


@dataclass(frozen=True, slots=True)
class _Held:
    provider: Mapping[str, str]
    chat: OpenAIChat


@final
class ChatPool:
    """The chat clients of this process, each held for exactly one tenant and one version of its settings."""

    def __init__(self, guard: EgressGuard) -> None:
        """Reach providers through the guarded egress client only."""
        self._guard = guard
        self._held: dict[TenantId, _Held] = {}
        self._replaced: dict[TenantId, list[OpenAIChat]] = {}  # answers may still be on their way over these

    def get(self, tenant: TenantId, provider: Mapping[str, str]) -> OpenAIChat:
        """Return the tenant's client, a new one when its settings changed."""
        held = self._held.get(tenant)
        if held is None or held.provider != provider:
            if held is not None:
                self._replaced.setdefault(tenant, []).append(held.chat)
            chat = OpenAIChat(
                base_url=provider["provider_base_url"],
                api_key=provider["provider_key"],
                key_host=provider["provider_host"],
                guard=self._guard,
            )
            held = self._held[tenant] = _Held(dict(provider), chat)
        return held.chat

    async def evict(self, tenant: TenantId) -> None:
        """Forget a tenant's client and key, and close its connections: what is being completed over them ends."""
        held = self._held.pop(tenant, None)
        for chat in self._replaced.pop(tenant, []) + ([] if held is None else [held.chat]):
            await chat.close()

    async def close(self) -> None:
        """Forget every tenant's client."""
        for tenant in {*self._held, *self._replaced}:
            await self.evict(tenant)
