"""The collections of this process on a Qdrant server, and the removal of those whose process is gone.

Rules this module enforces:

* A collection belongs to one tenant and to one process; its name holds a keyed hash of the tenant and says nothing.
  Processes share none, so each brings its own up to date without asking the others (see docs/decisions).
* A process signs on before it makes a collection and signs again while it lives. Who finds collections of a process
  that has not signed for a while removes them; if it lives after all, its next search finds them lost and builds them
  afresh.
* A deletion that the server did not take is tried again until it does.
"""

import asyncio
import hmac
import secrets
import time
import uuid
from collections.abc import Callable
from typing import Final, final

import structlog
from qdrant_client import models

from tenancy.errors import Unavailable
from tenancy.ids import TenantId
from tenancy.index.collection import CollectionLost, Shape
from tenancy.index.management import Management
from tenancy.index.qdrant_calls import Connect, reaching
from tenancy.index.qdrant_jwt import CollectionName, PointsTokens, ServerKey, checked
from tenancy.index.rotation import Rotation
from tenancy.index.server_points import ServerCollection

BEAT_SECONDS: Final = 30.0
LAPSE_SECONDS: Final = 300.0
_MOST_RUNS: Final = 10_000
_log = structlog.get_logger()


@final
class Names:
    """How the collections of one deployment are called: `bh-<deployment>-<tenant>-<process>-<number>`."""

    __slots__ = ("_secret", "prefix", "register")

    def __init__(self, secret: bytes) -> None:
        """Derive every part from a secret of the deployment's: names tell nothing, and two deployments never meet."""
        self._secret = secret
        self.prefix = f"bh-{self._hash('deployment')[:12]}-"
        self.register = checked(f"{self.prefix}register")

    def _hash(self, *parts: str) -> str:
        return hmac.digest(self._secret, "\x00".join(parts).encode(), "sha256").hex()

    def of_tenant(self, tenant: TenantId) -> str:
        """Return how the names of every collection of a tenant begin."""
        return f"{self.prefix}{self._hash('tenant', tenant)[:32]}-"

    def fresh(self, tenant: TenantId, run: str) -> CollectionName:
        """Return a name for a new collection; none is used twice, so an old token opens no new collection."""
        return checked(f"{self.of_tenant(tenant)}{run}-{secrets.token_hex(6)}")

    def run_of(self, name: str) -> str | None:
        """Return the process that a collection belongs to; None for what is not one of this deployment's."""
        parts = name.removeprefix(self.prefix).split("-")
        return parts[1] if name.startswith(self.prefix) and len(parts) == 3 else None  # noqa: PLR2004 - tenant, process, number


@final
class Register:
    """Where the processes of a deployment sign that they live; it holds their random names and times, nothing else."""

    def __init__(self, connect: Connect, key: ServerKey, name: CollectionName) -> None:
        """Open a client that reaches the register alone."""
        self._client = connect(PointsTokens(key, name))
        self._name = name

    async def sign(self, run: str, at: float) -> None:
        """Sign for a process at a time, in epoch seconds."""
        point = models.PointStruct(id=str(uuid.UUID(hex=run)), vector=[0.0], payload={"run": run, "at": at})
        with reaching():
            await self._client.upsert(self._name, [point], wait=True)

    async def strike(self, runs: list[str]) -> None:
        """Take processes off."""
        if runs:
            points = models.PointIdsList(points=[str(uuid.UUID(hex=run)) for run in runs])
            with reaching():
                await self._client.delete(self._name, points, wait=True)

    async def signed(self) -> dict[str, float]:
        """Return when each process signed last."""
        with reaching():
            records, _ = await self._client.scroll(self._name, limit=_MOST_RUNS, with_payload=True)
        return {payload["run"]: payload["at"] for record in records if (payload := record.payload) is not None}

    async def close(self) -> None:
        """Give back the connections."""
        await self._client.close()


@final
class QdrantServer:
    """What makes and ends this process's collections on a server."""

    def __init__(self, connect: Connect, key: ServerKey, names: Names, clock: Callable[[], float] = time.time) -> None:
        """Reach the server through `connect`; nothing is sent yet."""
        self._connect = connect
        self._key = key
        self._names = names
        self._clock = clock
        self._run = secrets.token_hex(16)
        self._management = Management(connect, key)
        self._register = Register(connect, key, names.register)
        self._condemned: set[CollectionName] = set()
        self._closing = asyncio.Event()

    async def make(self, tenant: TenantId, shape: Shape) -> ServerCollection:
        """Make an empty collection for a tenant; Unavailable when the server does not take it."""
        rotation = await asyncio.to_thread(Rotation, shape.rotation, shape.dimension)
        await self.sign()  # before it exists, else somebody takes it for a dead process's
        name = self._names.fresh(tenant, self._run)
        complete = False
        try:
            await self._management.create(name, shape.dimension)
            complete = True
        finally:
            if not complete:  # a create without an answer may have happened all the same
                self._condemned.add(name)
        return ServerCollection(self._connect(PointsTokens(self._key, name)), name, rotation, self.discard)

    async def discard(self, name: CollectionName) -> None:
        """Delete a collection, now or as soon as the server answers."""
        self._condemned.add(name)
        try:
            await self._management.delete(name)
        except Unavailable:
            _log.warning("collection.deletion_postponed", collection=name)
        else:
            self._condemned.discard(name)

    async def expel(self, tenant: TenantId) -> None:
        """Delete the tenant's collections, whichever process made them; Unavailable if that cannot be shown."""
        beginning = self._names.of_tenant(tenant)
        for name in await self._management.names():
            if name.startswith(beginning):
                await self._management.delete(checked(name))

    async def sign(self) -> None:
        """Sign that this process lives; Unavailable when the server does not answer."""
        try:
            await self._register.sign(self._run, self._clock())
        except CollectionLost:  # the first process of all, or a server that was restarted
            await self._management.create_register(self._names.register)
            await self._register.sign(self._run, self._clock())

    async def tidy(self) -> int:
        """Delete what this process could not delete before and what dead processes left; return how many they left."""
        await self.sign()
        for condemned in list(self._condemned):
            await self.discard(condemned)
        names = await self._management.names()
        # Read after the names: whoever made one of them had signed before.
        signed = await self._register.signed()
        lapsed = self._clock() - LAPSE_SECONDS
        left = [name for name in names if (run := self._names.run_of(name)) and signed.get(run, 0.0) < lapsed]
        for name in left:
            await self._management.delete(checked(name))
        await self._register.strike([run for run, at in signed.items() if at < lapsed])
        if left:
            _log.info("collections.reaped", count=len(left))
        return len(left)

    async def watch(self) -> None:
        """Sign and tidy until `stop_watching` is called."""
        while not self._closing.is_set():
            try:
                await self.tidy()
            except (Unavailable, CollectionLost) as error:
                _log.warning("index.unreachable", error=type(error).__name__)
            try:
                await asyncio.wait_for(self._closing.wait(), BEAT_SECONDS)
            except TimeoutError:
                continue

    def stop_watching(self) -> None:
        """Let `watch` come to its end."""
        self._closing.set()

    async def close(self) -> None:
        """Delete every collection of this process and sign off; what the server does not take, others remove later."""
        try:
            for name in await self._management.names():
                if self._names.run_of(name) == self._run:
                    await self._management.delete(checked(name))
            await self._register.strike([self._run])
        except (Unavailable, CollectionLost) as error:
            _log.warning("index.not_emptied", error=type(error).__name__)
        finally:
            await self._register.close()
            await self._management.close()
