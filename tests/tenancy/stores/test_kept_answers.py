"""What a tenant keeps by name: answers of repeated requests, prompt profiles, settings."""

import asyncio
import time
from typing import Any, cast

import pytest
import sqlalchemy as sa

from tenancy.errors import NotFound
from tenancy.stores.databases.store import Parameters, Transaction
from tenancy.stores.replays import KEPT_SECONDS, RESERVED_SECONDS, IdempotencyConflict, Replays
from tenancy.stores.schema import replays
from tests.tenancy.stores.rooms import Room


async def test_a_repeated_request_gets_the_kept_answer(a: Room) -> None:
    async with a.begin() as records:
        assert await records.replays.begin("cli_1", "key", "request") is None
        await records.replays.keep("cli_1", "key", {"id": "doc_1"})
    async with a.begin() as records:
        assert await records.replays.begin("cli_1", "key", "request") == {"id": "doc_1"}
        assert await records.replays.begin("cli_2", "key", "request") is None


async def test_a_key_in_use_is_a_conflict_for_another_request_or_before_the_answer(a: Room) -> None:
    async with a.begin() as records:
        await records.replays.begin("cli_1", "key", "request")
    for request in ("request", "another"):
        async with a.begin() as records:
            with pytest.raises(IdempotencyConflict):
                await records.replays.begin("cli_1", "key", request)


async def test_one_of_many_requests_at_once_gets_the_key(a: Room) -> None:
    async def begin() -> bool:
        try:
            async with a.begin() as records:
                return await records.replays.begin("cli_1", "key", "request") is None
        except IdempotencyConflict:
            return False

    assert sum(await asyncio.gather(*(begin() for _ in range(12)))) == 1


async def test_a_key_given_back_or_grown_old_is_free_again(a: Room) -> None:
    async with a.begin() as records:
        await records.replays.begin("cli_1", "key", "request")
        await records.replays.forget("cli_1", "key")
        assert await records.replays.begin("cli_1", "key", "another") is None
    await a.tamper(replays.update().values(created_at=time.time() - KEPT_SECONDS - 1))
    async with a.begin() as records:
        assert await records.replays.begin("cli_1", "key", "third") is None


async def test_a_reservation_whose_process_died_is_free_again_after_ten_minutes(a: Room) -> None:
    async with a.begin() as records:
        await records.replays.begin("cli_1", "key", "request")
    await a.tamper(replays.update().values(created_at=time.time() - RESERVED_SECONDS + 60))
    async with a.begin() as records:
        with pytest.raises(IdempotencyConflict):
            await records.replays.begin("cli_1", "key", "request")
    await a.tamper(replays.update().values(created_at=time.time() - RESERVED_SECONDS - 1))
    async with a.begin() as records:
        assert await records.replays.begin("cli_1", "key", "request") is None


async def test_an_answer_outlives_the_time_of_a_mere_reservation(a: Room) -> None:
    async with a.begin() as records:
        await records.replays.begin("cli_1", "key", "request")
        await records.replays.keep("cli_1", "key", {"id": "first"})
    await a.tamper(replays.update().values(created_at=time.time() - RESERVED_SECONDS - 1))
    async with a.begin() as records:  # a request that was given up for dead comes to its end after all
        await records.replays.keep("cli_1", "key", {"id": "late"})
        await records.replays.forget("cli_1", "key")
        assert await records.replays.begin("cli_1", "key", "request") == {"id": "first"}


class _Overtaken:
    """A transaction in which another request's reservation appears right after the look for one."""

    def __init__(self, inner: Transaction, other: sa.Executable) -> None:
        self._inner = inner
        self._other = other

    async def execute(self, statement: sa.Executable, parameters: Parameters | None = None) -> sa.CursorResult[Any]:
        found = await self._inner.execute(statement, parameters)
        if isinstance(statement, sa.Select):
            await self._inner.execute(self._other)
        return found


async def test_a_reservation_made_at_the_same_moment_is_a_conflict(a: Room) -> None:
    async with a.begin() as records:
        await records.replays.begin("cli_1", "key", "request")
    ((key, request),) = await a.tamper(sa.select(replays.c.key, replays.c.request))
    await a.tamper(sa.delete(replays))
    other = replays.insert().values(tenant_id=a.tenant, key=key, request=request, created_at=time.time())

    async def overtaken() -> None:
        async with a.store.tenant(a.tenant, writes=True) as db:
            await Replays(cast("Transaction", _Overtaken(db, other)), a.keys).begin("cli_1", "key", "request")

    with pytest.raises(IdempotencyConflict):
        await overtaken()


async def test_L17_another_tenants_key_is_another_key(a: Room, b: Room) -> None:
    async with b.begin() as records:
        await records.replays.begin("cli_1", "key", "request")
        await records.replays.keep("cli_1", "key", {"secret": "b"})
    async with a.begin() as records:
        assert await records.replays.begin("cli_1", "key", "request") is None


async def test_a_changed_profile_is_a_new_version(a: Room) -> None:
    async with a.begin() as records:
        assert await records.profiles.put("default", {"tone": "dry"}) == 1
        assert await records.profiles.put("default", {"tone": "warm"}) == 2
    async with a.snapshot() as records:
        assert await records.profiles.get("default") == (2, {"tone": "warm"})
        with pytest.raises(NotFound):
            await records.profiles.get("other")


async def test_profiles_changed_at_once_get_a_version_each(a: Room) -> None:
    async def put() -> int:
        async with a.begin() as records:
            return await records.profiles.put("default", {})

    assert sorted(await asyncio.gather(*(put() for _ in range(8)))) == list(range(1, 9))


async def test_settings_are_replaced_as_a_group(a: Room) -> None:
    async with a.begin() as records:
        assert await records.settings.get("provider") == {}
        await records.settings.put("provider", {"provider_key": "k1", "model": "m"})
        await records.settings.put("provider", {"provider_key": "k2"})
    async with a.snapshot() as records:
        assert await records.settings.get("provider") == {"provider_key": "k2"}
