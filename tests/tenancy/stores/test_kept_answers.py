"""What a tenant keeps by name: answers of repeated requests, prompt profiles, settings."""

import asyncio
import time

import pytest

from tenancy.errors import NotFound
from tenancy.stores.replays import KEPT_SECONDS, IdempotencyConflict
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
