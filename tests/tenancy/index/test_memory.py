"""Awake collections take what the system says they take, and give way to each other before anybody is refused."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tenancy.errors import Unavailable
from tenancy.index.embedded import INDEXED_FROM, EmbeddedCollection
from tenancy.index.engines import Engine, embedded_engine, most_collections
from tenancy.index.folder import reap
from tenancy.index.pool import AwakePool
from tenancy.index.tenant_index import narrowing
from tenancy.stores.databases.sqlite import SqliteStore
from tests.tenancy.index.shelf import DIMENSION, Shelf, unit_vectors
from tests.tenancy.index.watched import Events

NewShelf = Callable[..., Awaitable[Shelf]]
ASKED = unit_vectors(5, 1)[0]


def allocated(folder: Path) -> int:
    """Return the bytes that the system gives a folder with all in it."""
    return sum(path.lstat().st_blocks * 512 for path in (folder, *folder.rglob("*")))


async def _holding(shelf: Shelf, chunks: int = 20) -> Shelf:
    await shelf.publish(["anchor"] * chunks, unit_vectors(1, chunks), tags={"kind": "log"})
    return shelf


async def test_L65_awake_bytes_are_what_the_system_says(shelf: Shelf, memory: Path) -> None:
    for seed in (1, 2):
        await shelf.publish(["anchor"] * 20, unit_vectors(seed, 20))
        await shelf.search("anchor", ASKED)
        assert shelf.pool.bytes() == allocated(memory)


async def test_L65_a_small_collection_takes_no_filter_index(shelf: Shelf) -> None:
    await _holding(shelf)
    assert len(await shelf.search("anchor", ASKED, narrow=narrowing({"kind": "log"}))) == 10
    assert shelf.pool.bytes() < 200_000


async def test_L65_a_grown_collection_gets_its_filter_index(shelf: Shelf) -> None:
    first, rest = await _holding(shelf), INDEXED_FROM - 20
    before = await first.search("anchor", unit_vectors(1, 1)[0], narrow=narrowing({"kind": "log"}))
    await shelf.publish(["bilge"] * rest, -unit_vectors(1, 1).repeat(rest, axis=0), tags={"kind": "chart"})
    after = await shelf.search("anchor", unit_vectors(1, 1)[0], narrow=narrowing({"kind": "log"}))
    assert [hit.chunk_id for hit in after] == [hit.chunk_id for hit in before]
    assert 2_000_000 < shelf.pool.bytes() < 4_000_000


async def test_L65_in_little_memory_every_tenant_is_answered(watched: NewShelf, events: Events, memory: Path) -> None:
    room = 3 * 124 * 1024

    def lacks(_coming: int) -> int:
        return allocated(memory) - room

    shelves = [await _holding(await watched(lacks=lacks)) for _ in range(6)]
    for shelf in shelves * 2:
        assert len(await shelf.search("anchor", ASKED)) == 10
        assert shelf.pool.bytes() == allocated(memory) < room + 200_000
    assert shelves[0].pool.tenants() == [shelf.tenant for shelf in shelves[-len(shelves[0].pool.tenants()) :]]
    assert events.made == 12


async def test_L65_nobody_leaves_for_a_tenant_that_cannot_come(watched: NewShelf) -> None:
    missing = [0]
    first, second = [await _holding(await watched(lacks=lambda _coming: missing[0])) for _ in range(2)]
    await first.search("anchor", ASKED)
    missing[0] = 1 << 30
    with pytest.raises(Unavailable):
        await second.search("anchor", ASKED)
    assert first.pool.tenants() == [first.tenant]
    assert len(await first.search("anchor", ASKED)) == 10


async def test_L65_full_memory_is_ready_while_a_tenant_is_awake(watched: NewShelf) -> None:
    missing = [0]
    shelf = await _holding(await watched(lacks=lambda _coming: missing[0]))
    await shelf.search("anchor", ASKED)
    missing[0] = 1 << 30
    await shelf.pool.answer()
    await shelf.pool.park(shelf.tenant)
    with pytest.raises(Unavailable):
        await shelf.pool.answer()
    missing[0] = 0
    await shelf.pool.answer()


async def test_L65_the_number_of_awake_collections_is_bounded(watched: NewShelf, events: Events) -> None:
    shelves = [await _holding(await watched(count=2)) for _ in range(4)]
    for shelf in shelves:
        assert len(await shelf.search("anchor", ASKED)) == 10
        assert events.made - events.closed <= 2
    reading, let_go = [], []
    for shelf in shelves[:2]:
        reached, go_on = events.stop_at("search")
        reading.append(asyncio.create_task(shelf.search("anchor", ASKED)))
        let_go.append(go_on)
        await reached.wait()
    with pytest.raises(Unavailable):
        await shelves[2].search("anchor", ASKED)
    for go_on in let_go:
        go_on.set()
    assert [len(answer) for answer in await asyncio.gather(*reading)] == [10, 10]
    assert len(await shelves[2].search("anchor", ASKED)) == 10


async def test_L65_a_shard_keeps_to_the_maps_and_threads_reckoned(memory: Path) -> None:
    maps, tasks = Path("/proc/self/maps"), Path("/proc/self/task")
    if not maps.exists():
        pytest.skip("the system does not tell a process's memory maps: run this on Linux")
    before, threads = len(maps.read_text().splitlines()), len(list(tasks.iterdir()))
    held = [await EmbeddedCollection.create(memory / f"c{number}", DIMENSION) for number in range(30)]
    for each in held:
        each._index_for(INDEXED_FROM)  # noqa: SLF001 - the most that a small shard can have
    added = len(maps.read_text().splitlines()) - before
    assert len(list(tasks.iterdir())) - threads < 2 * len(held)  # one each, and a few that made them
    for each in held:
        await each.close()
    allowed = int(Path("/proc/sys/vm/max_map_count").read_text())
    assert most_collections() * added / len(held) <= allowed / 2


async def test_a_tenant_without_chunks_has_no_collection(watched: NewShelf, events: Events) -> None:
    shelf = await watched()
    for narrow in (None, narrowing({"kind": "log"})):
        assert await shelf.search("anchor", ASKED, narrow=narrow) == []
    assert await shelf.index().idf(["anchor"]) == {"anchor": pytest.approx(0.0, abs=1.0)}
    assert (events.made, shelf.pool.tenants()) == (0, [])
    document = await shelf.publish(["anchor"], unit_vectors(1, 1))
    assert len(await shelf.search("anchor", ASKED)) == 1
    await shelf.delete(document)
    assert await shelf.search("anchor", ASKED) == []
    assert (events.made, events.closed, shelf.pool.tenants()) == (1, 1, [])


@pytest.fixture
async def engine(memory: Path) -> AsyncIterator[Engine]:
    """Give the engine on a folder of its own."""
    async with embedded_engine(memory / "index", accept_disk=True) as opened:
        yield opened


@pytest.fixture
async def on_engine(engine: Engine, store: SqliteStore) -> AsyncIterator[NewShelf]:
    """Make fresh tenants on one pool of that engine."""
    pool = AwakePool(engine.make, most_bytes=1 << 30, most_bytes_tenant=1 << 30, lacks=engine.lacks)
    yield lambda: Shelf.create(store, pool)
    await pool.close()


async def test_L65_a_removed_index_folder_is_made_again(on_engine: NewShelf, engine: Engine, memory: Path) -> None:
    awake, parked = await _holding(await on_engine()), await _holding(await on_engine())
    await awake.search("anchor", ASKED)
    shutil.rmtree(memory / "index")
    await awake.publish(["anchor bilge"], unit_vectors(2, 1))
    assert len(await parked.search("anchor", ASKED)) == 10
    assert "anchor bilge" in {hit.text for hit in await awake.search("bilge", ASKED)}
    await engine.check()
    folders = list((memory / "index").glob("run-*/*/"))
    assert len(folders) == 2
    assert awake.pool.bytes() == sum(map(allocated, folders))
    for folder in (*folders, folders[0].parent, memory / "index"):
        assert folder.stat().st_mode & 0o077 == 0
    assert reap(memory / "index") == 0


async def test_L65_a_folder_that_cannot_be_made_again_is_an_outage(
    on_engine: NewShelf, engine: Engine, memory: Path
) -> None:
    shelf = await _holding(await on_engine())
    shutil.rmtree(memory / "index")
    (memory / "elsewhere").mkdir()
    (memory / "index").symlink_to(memory / "elsewhere")
    with pytest.raises(Unavailable):
        await engine.check()
    with pytest.raises(Unavailable):
        await shelf.search("anchor", ASKED)
    assert list((memory / "elsewhere").iterdir()) == []
    (memory / "index").unlink()
    assert len(await shelf.search("anchor", ASKED)) == 10
