"""Build what a process stands on, and take it down again.

What only some processes need (a model, the clients of servers) is imported where it is opened: to import it takes
longer than most commands take to run.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.readiness import Check, Readiness
from app.settings import Settings
from app.telemetry import Metrics
from tenancy.anomalies.post import Post
from tenancy.auditing.operations import Operations
from tenancy.crypto.revocation_log import RevocationLog
from tenancy.deployment.anchors import Anchors
from tenancy.deployment.deletions import Deletions
from tenancy.deployment.own_worker import confined
from tenancy.deployment.selfcheck import check_keys, keys_answer, records_answer
from tenancy.foundation import Foundation
from tenancy.identity.issuer_keys import IssuerKeys
from tenancy.ids import LaneRef
from tenancy.index.engines import Engine, embedded_engine, no_engine, server_engine
from tenancy.index.folder import IndexFolder, default_root
from tenancy.index.pool import AwakePool
from tenancy.index.strays import FolderStrays, ServerStrays, Strays
from tenancy.keys.keyring import Keyring
from tenancy.keys.local import LocalKeys
from tenancy.limits.counters import Counters, in_memory
from tenancy.metering import catalogue, tariff
from tenancy.metering.catalogue import Catalogue
from tenancy.metering.tariff import Tariff
from tenancy.mint import Mint
from tenancy.models.chats import ChatPool
from tenancy.models.egress import EgressGuard
from tenancy.models.embedder import Embedder
from tenancy.models.encoders.catalogue import Encoders, Listing
from tenancy.models.encoders.installed import EncoderSource, chosen, sources
from tenancy.models.encoders.local import LocalEmbedder
from tenancy.models.offers.offers import Offers
from tenancy.models.sharing.apart import ModelApart
from tenancy.queue.lanes import Lanes
from tenancy.stores.blobs import BlobFolder
from tenancy.stores.databases.sqlite import SqliteStore
from tenancy.stores.databases.store import Store
from tenancy.stores.registry import key_loader
from tenancy.tokens import OPERATOR_AUDIENCE, TENANT_AUDIENCE, TokenSigner
from tenancy.tripwires.watch import Tripwires

if TYPE_CHECKING:
    from tenancy.queue.redis import RedisQueue

NICENESS: Final = 10
"""Of what embeds and parses beside questions; a worker of one tenant's answers none, and has its processors whole."""
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Resources:
    """A process's foundation and the mint that stands on it.

    `parsing` is a folder in memory for the parsers' use; `queue` is there where workers are processes of their own;
    `lane` where the process serves one tenant alone.
    """

    settings: Settings
    foundation: Foundation
    mint: Mint
    readiness: Readiness
    metrics: Metrics
    parsing: Path
    queue: "RedisQueue | None" = None
    lane: LaneRef | None = None


def _store(settings: Settings) -> Store:
    if settings.database_url is None:
        return SqliteStore(settings.data_dir)
    from tenancy.stores.databases.postgres import PostgresStore  # noqa: PLC0415 - only a process that needs it waits

    owner = settings.database_owner_url
    return PostgresStore(settings.database_url.get_secret_value(), None if owner is None else owner.get_secret_value())


@asynccontextmanager
async def open_resources(settings: Settings, own: str | None = None) -> AsyncIterator[Resources]:
    """Open stores, keys, models and index for a process that serves; refuse to start where a wall is missing.

    With the id or name of its `own` tenant, of plan `dedicated`, nobody else's records and keys can be opened.
    """
    root = settings.index_dir or default_root()
    async with _opened(settings, own) as (store, keys, lane), AsyncExitStack() as stack:
        engine = await stack.enter_async_context(_engine(settings, keys, root))
        parsing = IndexFolder(_parsers(root), accept_disk=settings.accept_index_on_disk)
        stack.callback(parsing.close)
        for passed in (parsing.path.parent, parsing.path):
            passed.chmod(0o711)  # a parser that runs as another user goes through them to its own folder
        encoders = _encoders(settings, stack, niceness=NICENESS if lane is None else 0)
        queue = _queue(settings, keys, stack)
        metrics = Metrics()
        counters = await _counters(settings, keys, stack)
        foundation = _foundation(settings, keys, store, engine, encoders, queue, counters, metrics)
        stack.push_async_callback(foundation.pool.close)
        stack.push_async_callback(foundation.chats.close)
        stack.push_async_callback(foundation.anchors.close)
        stack.push_async_callback(foundation.together.close)
        checks = _checks(store, keys) | {
            "index": partial(_index_answers, engine, foundation.pool),
            "limits": counters.answer,
        }
        if queue is not None:
            checks["queue"] = queue.answer
        work = parsing.path / "work"
        yield Resources(settings, foundation, Mint(foundation), Readiness(checks), metrics, work, queue, lane)


@asynccontextmanager
async def open_deployment(settings: Settings) -> AsyncIterator[Resources]:
    """Open stores and keys for a command beside a service: no index folder, no model, no parser."""
    async with _opened(settings) as (store, keys, _), AsyncExitStack() as stack:
        queue, counters, metrics = _queue(settings, keys, stack), await _counters(settings, keys, stack), Metrics()
        encoders = _encoders(settings, stack)  # of which none is loaded, unless the command embeds
        foundation = _foundation(settings, keys, store, no_engine(), encoders, queue, counters, metrics)
        stack.push_async_callback(foundation.anchors.close)
        yield Resources(settings, foundation, Mint(foundation), Readiness(_checks(store, keys)), metrics, Path())


@asynccontextmanager
async def _opened(settings: Settings, own: str | None = None) -> AsyncIterator[tuple[Store, LocalKeys, LaneRef | None]]:
    keys = LocalKeys(settings.keys_folder)
    store = _store(settings)
    await store.start()
    try:
        await check_keys(store, keys)
        if own is None:
            yield store, keys, None
        else:
            found = await confined(store, settings.keys_folder, own)
            yield found.store, found.keys, found.lane
    finally:
        await store.close()


def _engine(settings: Settings, keys: LocalKeys, root: Path) -> AbstractAsyncContextManager[Engine]:
    if settings.qdrant_url is None or settings.qdrant_api_key is None:
        return embedded_engine(root, accept_disk=settings.accept_index_on_disk)
    return server_engine(settings.qdrant_url, settings.qdrant_api_key.get_secret_value(), keys.secret("collections"))


def _queue(settings: Settings, keys: LocalKeys, stack: AsyncExitStack) -> "RedisQueue | None":
    if settings.redis_url is None:
        return None
    from tenancy.queue.redis import RedisQueue  # noqa: PLC0415 - only a process that needs it waits

    queue = RedisQueue(settings.redis_url.get_secret_value(), keys.secret("queue"))
    stack.push_async_callback(queue.close)
    return queue


async def _counters(settings: Settings, keys: LocalKeys, stack: AsyncExitStack) -> Counters:
    if settings.redis_url is None:
        return in_memory()
    from tenancy.limits.redis_counters import on_redis  # noqa: PLC0415 - only a process that needs it waits

    return await stack.enter_async_context(on_redis(settings.redis_url.get_secret_value(), keys.secret("limits")))


def _encoders(settings: Settings, stack: AsyncExitStack, *, niceness: int = NICENESS) -> Encoders:
    """Return the catalogue of a process's encoders; what it never embeds with, it never loads."""
    apart = ModelApart(settings.embedder_dir)
    stack.push_async_callback(apart.close)

    def opened(source: EncoderSource) -> Embedder:
        embedder = LocalEmbedder(source.load(niceness), apart)
        stack.callback(embedder.close)
        return embedder

    known = sources(settings.embedder_dir)
    listings = [Listing(each.traits, partial(opened, each), each.missing) for each in known]
    return Encoders(listings, chosen(known, settings.embedder).traits.name)


def _checks(store: Store, keys: LocalKeys) -> dict[str, Check]:
    return {"records": partial(records_answer, store), "keys": partial(keys_answer, keys)}


def _foundation(
    settings: Settings,
    keys: LocalKeys,
    store: Store,
    engine: Engine,
    encoders: Encoders,
    queue: "RedisQueue | None",
    counters: Counters,
    metrics: Metrics,
) -> Foundation:
    keyring = Keyring(keys, key_loader(store), refresh=settings.key_refresh_seconds, expire=settings.key_expire_seconds)
    ledger = RevocationLog(settings.keys_folder / "ledger.jsonl", keys.secret("ledger"))
    anchors = Anchors(ledger)
    guard = EgressGuard(settings.egress_allow)
    return Foundation(
        store=store,
        provider=keys,
        keyring=keyring,
        ledger=ledger,
        anchors=anchors,
        operations=Operations(store, keys, anchors),
        deletions=Deletions(settings.keys_folder / "deletions"),
        tenant_tokens=TokenSigner(keys, ledger, TENANT_AUDIENCE),
        operator_tokens=TokenSigner(keys, ledger, OPERATOR_AUDIENCE),
        blobs=BlobFolder(settings.blobs_folder),
        pool=_pool(settings, engine),
        embedders=encoders,
        chats=ChatPool(guard),
        offers=Offers(store, keys, ledger),
        issuers=IssuerKeys(guard),
        post=Post(guard),
        lanes=Lanes(store, None if queue is None else queue.poke),
        tripwires=Tripwires(keys, store, metrics.alarm_rang),
        counters=counters,
        strays=_strays(settings, keys),
        prices=Catalogue.load(settings.prices or catalogue.SHIPPED),
        tariff=Tariff.load(settings.tariff or tariff.SHIPPED),
    )


def _pool(settings: Settings, engine: Engine) -> AwakePool:
    most, of_one = settings.index_memory_mb * _MB, settings.index_memory_mb_tenant * _MB
    return AwakePool(
        engine.make,
        most_bytes=most,
        most_bytes_tenant=of_one,
        most=engine.most,
        lacks=engine.lacks,
        expel=engine.expel,
    )


async def _index_answers(engine: Engine, pool: AwakePool) -> None:
    await engine.check()
    await pool.answer()


def _strays(settings: Settings, keys: LocalKeys) -> Sequence[Strays]:
    """Return what an index of this deployment can leave: the parsers' folders, and folders or collections."""
    root = settings.index_dir or default_root()
    parsers = _parsers(root)
    if settings.qdrant_url is None or settings.qdrant_api_key is None:
        return (FolderStrays(root, parsers),)
    api_key = settings.qdrant_api_key.get_secret_value()
    return FolderStrays(parsers), ServerStrays(settings.qdrant_url, api_key, keys.secret("collections"))


def _parsers(root: Path) -> Path:
    return root.with_name(root.name + "-parsers")
