"""The engines open and close with the process, and refuse what they must."""

from pathlib import Path

import pytest

from tenancy.errors import Unavailable
from tenancy.ids import TenantId, new_id
from tenancy.index.engines import embedded_engine, no_engine, server_engine
from tenancy.index.qdrant_jwt import WeakServerKey
from tests.standins.qdrant_server import running
from tests.tenancy.index.shelf import Shelf

_KEY = "k" * 32


async def test_closing_the_embedded_engine_leaves_no_folder(memory: Path) -> None:
    async with embedded_engine(memory, accept_disk=True) as engine:
        await engine.check()
        await engine.make(TenantId(new_id("ten")), Shelf.shape_of(b""))
        assert list(memory.glob("run-*/*"))
    assert list(memory.glob("run-*")) == []


async def test_closing_the_server_engine_leaves_no_collection() -> None:
    with running(_KEY) as qdrant:
        async with server_engine(qdrant.url, _KEY, b"n" * 32) as engine:
            await engine.check()
            made = await engine.make(TenantId(new_id("ten")), Shelf.shape_of(b"r" * 32))
            assert len(qdrant.names()) == 2
            await made.close()
            await engine.make(TenantId(new_id("ten")), Shelf.shape_of(b"r" * 32))
        assert len(qdrant.names()) == 1


async def test_a_server_that_is_down_stops_nothing_but_what_needs_it() -> None:
    with running(_KEY) as qdrant:
        qdrant.down = True
        async with server_engine(qdrant.url, _KEY, b"n" * 32) as engine:
            with pytest.raises(Unavailable):
                await engine.check()
            with pytest.raises(Unavailable):
                await engine.make(TenantId(new_id("ten")), Shelf.shape_of(b"r" * 32))
            qdrant.down = False
            await engine.check()


async def test_L06_a_weak_server_key_stops_the_process_before_anything_is_sent() -> None:
    with running("short") as qdrant:
        with pytest.raises(WeakServerKey):
            async with server_engine(qdrant.url, "short", b"n" * 32):
                pass
        assert qdrant.asked == []


async def test_a_process_without_an_engine_answers_nothing() -> None:
    with pytest.raises(Unavailable):
        await no_engine().make(TenantId(new_id("ten")), Shelf.shape_of(b""))
    with pytest.raises(Unavailable):
        await no_engine().check()
