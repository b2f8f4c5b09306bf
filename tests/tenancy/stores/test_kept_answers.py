"""What a tenant keeps by name: answers of repeated requests, prompt profiles, settings."""

import asyncio
import time
from typing import Any, cast

import pytest
import sqlalchemy as sa

from tenancy.errors import NotFound
from tenancy.keys.tenant_keys import Purpose
from tenancy.sealing import SealBroken
from tenancy.stores.databases.cursors import InvalidCursor
from tenancy.stores.databases.store import Parameters, Transaction
from tenancy.stores.profiles import MOST_PROFILES, TooManyProfiles
from tenancy.stores.replays import KEPT_SECONDS, RESERVED_SECONDS, IdempotencyConflict, Replays
from tenancy.stores.schema import profiles, replays
from tests.tenancy.stores.rooms import CALLER, Room


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
        assert await records.profiles.put("desk", {"tone": "dry"}) == 1
        assert await records.profiles.put("desk", {"tone": "warm"}) == 2
    async with a.snapshot() as records:
        assert await records.profiles.get("desk") == (2, {"tone": "warm"})
        assert (await records.profiles.version("desk", 1)).fields == {"tone": "dry"}
        assert await records.profiles.newest("other") is None
        for absent in (records.profiles.get("other"), records.profiles.version("desk", 3)):
            with pytest.raises(NotFound):
                await absent


async def test_profiles_changed_at_once_get_a_version_each(a: Room) -> None:
    async def put() -> int:
        async with a.begin() as records:
            return await records.profiles.put("default", {})

    assert sorted(await asyncio.gather(*(put() for _ in range(8)))) == list(range(1, 9))


async def test_a_version_says_when_and_by_whom(a: Room) -> None:
    async with a.begin() as records:
        await records.profiles.put("desk", {})
        (kept,) = await records.profiles.list()
    assert kept.author == CALLER.actor
    assert kept.created_at is not None
    assert kept.created_at > 1.7e9


async def test_the_list_has_the_newest_version_of_each_profile_by_name(a: Room, b: Room) -> None:
    async with b.begin() as records:
        await records.profiles.put("theirs", {})
    async with a.begin() as records:
        for name in ("marketing", "default", "legal", "marketing"):
            await records.profiles.put(name, {"tone": name})
        found = await records.profiles.list()
    assert [(kept.name, kept.version) for kept in found] == [("default", 1), ("legal", 1), ("marketing", 2)]


async def test_versions_come_in_pages_newest_first(a: Room) -> None:
    async with a.begin() as records:
        for number in range(5):
            await records.profiles.put("desk", {"tone": str(number)})
    seen: list[int] = []
    cursor: str | None = None
    async with a.snapshot() as records:
        while len(seen) < 5:
            found, cursor = await records.profiles.versions("desk", 2, cursor)
            seen += [kept.version for kept in found]
    assert (seen, cursor) == ([5, 4, 3, 2, 1], None)


async def test_L17_a_cursor_is_good_for_one_profile_of_one_tenant(a: Room, b: Room) -> None:
    for room in (a, b):
        async with room.begin() as records:
            for name in ("desk", "legal"):
                await records.profiles.put(name, {})
                await records.profiles.put(name, {})
    async with a.snapshot() as records:
        _, cursor = await records.profiles.versions("desk", 1)
        with pytest.raises(InvalidCursor):
            await records.profiles.versions("legal", 1, cursor)
    async with b.snapshot() as records:
        with pytest.raises(InvalidCursor):
            await records.profiles.versions("desk", 1, cursor)


async def test_L11_another_tenants_profile_is_not_there(a: Room, b: Room) -> None:
    async with b.begin() as records:
        await records.profiles.put("desk", {"tone": "theirs"})
    async with a.begin() as records:
        assert await records.profiles.list() == []
        for absent in (
            records.profiles.get("desk"), records.profiles.version("desk", 1), records.profiles.versions("desk", 9),
        ):  # fmt: skip
            with pytest.raises(NotFound):
                await absent
        assert await records.profiles.put("desk", {"tone": "mine"}) == 1
    async with b.snapshot() as records:
        assert await records.profiles.get("desk") == (1, {"tone": "theirs"})


async def test_L40_a_name_is_in_no_row_and_the_same_name_in_two_tenants_looks_different(a: Room, b: Room) -> None:
    rows = []
    for room in (a, b):
        async with room.begin() as records:
            await records.profiles.put("project-nightfall", {})
        rows += await room.tamper(sa.select(profiles).where(profiles.c.tenant_id == room.tenant))
    assert all("nightfall" not in str(row) and b"nightfall" not in row[3] for row in rows)  # type: ignore[operator]  # the sealed body
    assert rows[0][1] != rows[1][1]


async def test_L39_a_version_put_in_the_place_of_another_does_not_open(a: Room) -> None:
    async with a.begin() as records:
        await records.profiles.put("desk", {"tone": "dry"})
        await records.profiles.put("desk", {"tone": "warm"})
    (first, second) = await a.tamper(sa.select(profiles.c.body).order_by(profiles.c.version))
    moved = profiles.update().where(profiles.c.version == 2).values(body=first[0])
    await a.tamper(moved)
    async with a.snapshot() as records:
        with pytest.raises(SealBroken):
            await records.profiles.get("desk")
    assert first != second


async def test_a_profile_kept_before_versions_said_when_is_read_as_it_was(a: Room) -> None:
    body = a.keys.seal(Purpose.RECORDS, "profiles", "default.1", "body", b'{"tone": "dry"}')
    await a.tamper(profiles.insert().values(tenant_id=a.tenant, name="default", version=1, body=body))
    async with a.snapshot() as records:
        (kept,) = await records.profiles.list()
    assert (kept.fields, kept.created_at, kept.author) == ({"tone": "dry"}, None, None)


async def test_there_is_a_most_of_profiles_and_those_there_are_can_be_changed(a: Room) -> None:
    async with a.begin() as records:
        for number in range(MOST_PROFILES):
            await records.profiles.put(f"p{number}", {})
        with pytest.raises(TooManyProfiles):
            await records.profiles.put("one-more", {})
        assert await records.profiles.put("p0", {"tone": "warm"}) == 2


async def test_settings_are_replaced_as_a_group(a: Room) -> None:
    async with a.begin() as records:
        assert await records.settings.get("provider") == {}
        await records.settings.put("provider", {"provider_key": "k1", "model": "m"})
        await records.settings.put("provider", {"provider_key": "k2"})
    async with a.snapshot() as records:
        assert await records.settings.get("provider") == {"provider_key": "k2"}
