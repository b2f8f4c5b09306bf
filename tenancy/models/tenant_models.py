"""The models of one tenant: the embedder it was provisioned with, and the chat model its settings name."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, final

from tenancy.keys.tenant_keys import TenantKeys
from tenancy.models.embedder import Embedder, Vectors
from tenancy.stores.settings import TenantSettings

if TYPE_CHECKING:
    from tenancy.models.chats import ChatPool
    from tenancy.models.openai import OpenAIChat


@final
class TenantModels:
    """Embedding and completing for one tenant, never mixed with another's: a batch holds one tenant's texts only."""

    def __init__(self, keys: TenantKeys, embedder: Embedder, chats: "ChatPool") -> None:
        """Bind to the tenant whose keys these are."""
        self._keys = keys
        self._embedder = embedder
        self._chats = chats

    @property
    def embedder(self) -> str:
        """The embedder's name."""
        return self._embedder.name

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, float32 (n, dimension), for texts of this tenant."""
        return await self._embedder.embed(texts)

    def count_tokens(self, text: str) -> int:
        """Return how many of the embedder's tokens `text` has, for the tenant's usage."""
        return self._embedder.count_tokens(text)

    async def embed_question(self, text: str) -> Vectors:
        """Return a question's unit vector, float32 (dimension,); always embedded alone."""
        return await self._embedder.embed_question(text)

    async def chat(self, settings: TenantSettings) -> "tuple[OpenAIChat, str] | None":
        """Return the tenant's own chat model and its name, or None when it answers extractively.

        `settings` are those of an open transaction of the same tenant.
        """
        provider = await settings.get("provider")
        if "provider_key" not in provider:
            return None
        return self._chats.get(self._keys.tenant, provider), provider["model"]
