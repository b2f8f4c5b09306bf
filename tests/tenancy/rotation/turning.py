"""Turn a tenant's keys step by step, and look at what it finds and stores meanwhile."""

import time
from collections.abc import Awaitable

import sqlalchemy as sa

from tenancy.anomalies.alerts import new_alert
from tenancy.anomalies.hours import Finding, Kind, Signal
from tenancy.compartment import Compartment
from tenancy.ids import BlobRef, TenantId
from tenancy.keys.tenant_keys import Family, TenantKeys
from tenancy.models.embedder import QuestionVectors, Vectors
from tenancy.rotation.sealed import SEALED
from tenancy.rotation.steps import advance
from tenancy.stores import registry, schema
from tests.tenancy.building import House, Resident, upload

QUERIES = ("harbour", "ferry timetable", "vault", "budget of the harbour", "nothing of the kind")
TEXTS = {
    "a.txt": "The harbour opens at six.\n\nThe budget of the harbour is known to few.",
    "b.txt": "The ferry timetable changes in May.\n\nThe vault stands below the ferry office.",
    "c.txt": "Nobody swims in November.\n\nBerth | Depth\nquay | 9",
}
ALERT = new_alert(Finding(Kind.CANARY, Signal.CANARIES, 0, 1, 0.0), 1.0)
Found = list[list[tuple[str, str, float, float]]]


def later() -> float:
    """Stand for a clock by which every lease has ended."""
    return time.time() + 3600.0


async def fill(home: House, one: Resident) -> None:
    """Give a tenant documents, one of them waiting for its job, a setting, a kept answer and an alert."""
    for name, text in TEXTS.items():
        await upload(await home.enter(one), name, text, external=name)
    await home.drain()
    compartment = await home.enter(one)
    async with compartment.begin() as records:
        await records.settings.put("provider", {"provider_key": "sk-1", "provider_host": "h", "model": "m"})
        await records.replays.begin("client", "key", "request")
        await records.replays.keep("client", "key", {"kept": "answer"})
        await records.alerts.add(1, ALERT, None)
    await upload(compartment, "waiting.txt", "A heron waits by the lock.")


async def search(compartment: Compartment) -> Found:
    """Return everything that some questions find: ids, texts and scores."""
    found: Found = []
    for query in QUERIES:
        vector = _vector(compartment.models.embed_question(query))
        words = dict.fromkeys(query.split(), 1)
        hits = await compartment.index.search(vector, words, lambda dense, sparse: (dense + sparse)[:4], depth=4)
        found.append([(hit.chunk_id, hit.text, hit.score, hit.similarity) for hit in hits])
    assert any(found)
    return found


async def _vector(question: Awaitable[QuestionVectors]) -> Vectors:
    return (await question).vector


async def turn(home: House, tenant: TenantId) -> None:
    """Take a rotation to its end."""
    while not await advance(home.foundation, tenant, clock=later):
        home.foundation.keyring.evict(tenant)


async def versions_named(home: House, tenant: TenantId) -> set[int]:
    """Return every version of the data key that a stored value or original names."""
    named = set()
    async with home.foundation.store.tenant(tenant, writes=False) as db:
        for column in SEALED:
            values = (await db.execute(sa.select(column.value).where(column.value.is_not(None)))).scalars().all()
            assert values, f"{column.table.name}.{column.column} is empty: this shows nothing"
            named |= {int.from_bytes(value[1:5], "big") for value in values}
    return named | {int.from_bytes(path.read_bytes()[1:5], "big") for path in home.foundation.blobs.list(tenant)}


async def data_keys(home: House, tenant: TenantId) -> TenantKeys:
    """Return the keys that are in force now, apart from any lease."""
    async with home.foundation.store.registry(writes=False) as db:
        wrapped = await registry.wrapped_keys(db, tenant)
    opened = home.foundation.keyring._unwrap(tenant, wrapped)  # noqa: SLF001 - opened again and apart, on purpose
    assert opened.sealing(Family.DATA)
    return opened


async def contents(compartment: Compartment) -> dict[str, bytes]:
    """Return every original by its name."""
    async with compartment.snapshot() as records:
        documents, _ = await records.documents.page(100, None)
    read = compartment.blobs.read
    return {each.upload.name: b"".join([part async for part in read(BlobRef(each.upload.blob))]) for each in documents}


async def key_states(home: House, tenant: TenantId) -> dict[tuple[str, int], str]:
    """Return the state of every version of a tenant's keys."""
    async with home.foundation.store.registry(writes=False) as db:
        rows = await db.execute(sa.select(schema.tenant_keys).where(schema.tenant_keys.c.tenant_id == tenant))
        return {(row.family, row.version): row.state for row in rows}
