"""Build what a process stands on, and take it down again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.settings import Settings
from tenancy.foundation import Foundation
from tenancy.ids import TenantId
from tenancy.index.awake import AwakePool
from tenancy.index.embedded import EmbeddedCollection
from tenancy.index.folder import IndexFolder, default_root
from tenancy.keys.keyring import Keyring, WrappedKey
from tenancy.keys.ledger import Ledger
from tenancy.keys.local import LocalKeys
from tenancy.mint import Mint
from tenancy.models.chats import ChatPool
from tenancy.models.egress import EgressGuard
from tenancy.models.local import LocalEmbedder
from tenancy.models.minilm import MiniLM
from tenancy.queue.lanes import Lanes
from tenancy.selfcheck import check_keys
from tenancy.stores import registry
from tenancy.stores.blobs import BlobFolder
from tenancy.stores.sqlite import SqliteStore
from tenancy.stores.store import Store
from tenancy.tokens import OPERATOR_AUDIENCE, TENANT_AUDIENCE, TokenSigner

_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Resources:
    """A process's foundation and the mint that stands on it."""

    settings: Settings
    foundation: Foundation
    mint: Mint


def _store(settings: Settings) -> Store:
    return SqliteStore(settings.data_dir)


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[Resources]:
    """Open stores, keys and models; refuse to start where a wall is missing."""
    keys = LocalKeys(settings.keys_folder)
    store = _store(settings)
    await store.start()
    folder = None
    try:
        await check_keys(store, keys)
        folder = IndexFolder(settings.index_dir or default_root(), accept_disk=settings.accept_index_on_disk)
        foundation = _foundation(settings, keys, store, folder)
        yield Resources(settings, foundation, Mint(foundation))
        await foundation.pool.close()
    finally:
        if folder is not None:
            folder.close()
        await store.close()


def _foundation(settings: Settings, keys: LocalKeys, store: Store, folder: IndexFolder) -> Foundation:
    async def wrapped(tenant: TenantId) -> list[WrappedKey]:
        async with store.registry(writes=False) as db:
            return await registry.wrapped_keys(db, tenant)

    async def collection(tenant: TenantId, dimension: int) -> EmbeddedCollection:
        return await EmbeddedCollection.create(folder.fresh(), dimension)

    pool = AwakePool(
        collection,
        most_bytes=settings.index_memory_mb * _MB,
        most_bytes_tenant=settings.index_memory_mb_tenant * _MB,
    )
    keyring = Keyring(
        keys, wrapped, refresh=settings.key_refresh_seconds, expire=settings.key_expire_seconds
    )
    return Foundation(
        store=store,
        provider=keys,
        keyring=keyring,
        ledger=Ledger(settings.keys_folder / "ledger.jsonl", keys.secret("ledger")),
        tenant_tokens=TokenSigner(keys, TENANT_AUDIENCE),
        operator_tokens=TokenSigner(keys, OPERATOR_AUDIENCE),
        blobs=BlobFolder(settings.data_dir / "blobs"),
        pool=pool,
        embedders={"minilm": LocalEmbedder(MiniLM.load())},
        chats=ChatPool(EgressGuard(settings.egress_allow)),
        lanes=Lanes(store),
    )
