"""What a tenant keeps is in its ledger once a day, whoever looks, and for no day after its end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

from tenancy.custody import counts_of
from tenancy.erasure import RETAINED, run_erasure
from tenancy.errors import Unavailable
from tenancy.ids import TenantId
from tenancy.metering.rollup import Division, rollup
from tenancy.metering.storage import MOST_DAYS, book_storage
from tenancy.stores.databases.store import Store, Transaction
from tenancy.stores.schema import storage_days
from tests.tenancy.building import House, Resident, over, upload
from tests.tenancy.erasure.erasing import ask, erase
from tests.tenancy.metering.keeping import DAY, GB, NOON, SINCE, UNTIL, Stores, booked, home, keep, look, stores
from tests.tenancy.metering.tariffs import at

__all__ = ["home", "stores"]


async def test_a_day_is_booked_with_the_bytes_that_count_against_the_limit(home: House, a: Resident) -> None:
    await upload(await home.enter(a), "a.txt", "x" * 3_000)
    await upload(await home.enter(a), "b.txt", "y" * 200)
    await home.drain()
    async with (await home.enter(a)).snapshot() as records:
        assert (await records.documents.stored()).bytes == 3_200
    await look(home.foundation, NOON)
    (row,) = [each for each in await booked(home, a) if each.kind == "storage"]
    assert (row.byte_days, row.at, row.payer, row.feature, row.opens, row.exact) == (
        3_200, at("2026-01-10"), "platform", "storage", 0, 1,
    )  # fmt: skip
    assert (row.price, row.tariff, row.plan) == (
        home.foundation.prices.version, home.foundation.tariff.version, "standard",
    )  # fmt: skip


async def test_a_day_is_booked_once_whoever_looks_and_however_often(
    home: House, stores: Stores, a: Resident, b: Resident
) -> None:
    for one in (a, b):
        await keep(home, one, 900 * GB)
    others = [over(home.foundation, stores.another()) for _ in range(3)]
    for each in others:
        await each.store.start()
    for day in range(3):
        looks = [look(each, NOON + day * DAY + hour) for hour in (0, 3_600.0) for each in (home.foundation, *others)]
        assert sum(await asyncio.gather(*looks)) == 2
    for each in others:
        await each.store.close()
    for one in (a, b):
        assert [row.cost for row in await booked(home, one)] == [2_400_000] * 3


async def test_days_on_which_nobody_looked_are_booked_afterwards_with_what_is_kept_then(
    home: House, a: Resident
) -> None:
    await keep(home, a, 5 * GB)
    await look(home.foundation, NOON)
    await keep(home, a, 6 * GB)
    assert await look(home.foundation, NOON + 4 * DAY) == 4
    rows = await booked(home, a)
    assert [row.byte_days // GB for row in rows] == [5, 6, 6, 6, 6]
    assert [row.at for row in rows] == [at(f"2026-01-{day}") for day in range(10, 15)]
    assert await look(home.foundation, NOON + 100 * DAY) == MOST_DAYS
    assert [row.day for row in (await booked(home, a))[5:]] == list(range(rows[0].day + 100 - 30, rows[0].day + 101))


async def test_a_clock_that_ran_ahead_stops_nothing_when_it_is_right_again(home: House, a: Resident) -> None:
    await keep(home, a, 5 * GB)
    for moment in (NOON, at("2099-01-01"), NOON, NOON + DAY):
        await look(home.foundation, moment)
    days = [row.day for row in await booked(home, a)]
    assert len(days) == 1 + MOST_DAYS + 1
    assert days[1] == days[0] + 1


async def test_who_keeps_nothing_has_no_row_in_the_ledger_and_nothing_from_before_the_first_look(
    home: House, a: Resident
) -> None:
    await look(home.foundation, NOON)
    assert await booked(home, a) == []
    assert [row.bytes for row in await booked(home, a, storage_days)] == [0]
    await keep(home, a, 5 * GB)
    await look(home.foundation, NOON + DAY)
    assert [row.at for row in await booked(home, a)] == [at("2026-01-11")]


class Between:
    """Stands before a store and lets something happen before a tenant's transaction that writes."""

    def __init__(self, store: Store, tenant: TenantId, happens: Callable[[], Awaitable[None]]) -> None:
        self._store, self._tenant, self._happens = store, tenant, happens

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    @asynccontextmanager
    async def tenant(self, tenant: TenantId, *, writes: bool, single: bool = False) -> AsyncIterator[Transaction]:
        if writes and tenant == self._tenant:
            await self._happens()
        async with self._store.tenant(tenant, writes=writes, single=single) as db:
            yield db


def _between(home: House, one: Resident, happens: Callable[[], Awaitable[None]]) -> Store:
    return cast("Store", Between(home.foundation.store, one.id, happens))


async def test_L42_a_look_that_an_erasure_overtakes_leaves_nothing_behind(home: House, a: Resident) -> None:
    await keep(home, a, 5 * GB)

    async def erased() -> None:
        await run_erasure(home.foundation, await ask(home, a))

    assert await look(over(home.foundation, _between(home, a, erased)), NOON) == 0
    left = {name for name, count in (await counts_of(home.foundation, a.id)).items() if count}
    assert left == set(RETAINED)
    assert await look(home.foundation, NOON) == 0


async def test_a_tenant_whose_records_cannot_be_reached_is_booked_when_they_can_and_the_others_at_once(
    home: House, a: Resident, b: Resident
) -> None:
    for one in (a, b):
        await keep(home, one, 5 * GB)
    await look(home.foundation, NOON)

    async def unreachable() -> None:
        raise Unavailable("records", "not now")

    failing = over(home.foundation, _between(home, a, unreachable))
    assert await look(failing, NOON + DAY) == 1
    assert (len(await booked(home, a)), len(await booked(home, b))) == (1, 2)
    assert await look(home.foundation, NOON + 2 * DAY) == 3
    assert (len(await booked(home, a)), len(await booked(home, b))) == (3, 3)


async def test_a_suspended_tenant_is_booked_for_what_it_keeps(home: House, a: Resident) -> None:
    await keep(home, a, 5 * GB)
    await (await home.custody(a.id)).suspend()
    assert await look(home.foundation, NOON) == 1


async def test_what_an_erased_tenant_kept_stays_in_the_books(home: House, a: Resident) -> None:
    await keep(home, a, 500 * GB)
    for day in range(40):
        await look(home.foundation, NOON + day * DAY)
    by = [Division.TENANT, Division.PLAN, Division.MONTH]
    before = await rollup(home.foundation, SINCE, UNTIL, by)
    assert [line.totals.byte_days for line in before] == [22 * 500 * GB, 18 * 500 * GB]
    assert min(line.totals.charge for line in before) > 0
    await erase(home, a)
    assert await rollup(home.foundation, SINCE, UNTIL, by) == before


async def test_storage_counts_against_no_budget(home: House, a: Resident) -> None:
    await keep(home, a, 900 * GB)
    await book_storage(home.foundation, a.id)
    (row,) = await booked(home, a)
    assert row.cost > 0
    standings = {each.name: each.used for each in await (await home.enter(a)).quota.standings()}
    assert (standings["monthly_usd"], standings["monthly_tokens"]) == (0, 0)
