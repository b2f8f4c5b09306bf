"""One suite over the counters of both kinds: in memory and in a real Redis."""

import asyncio

import pytest

from tenancy.ids import TenantId, new_id
from tenancy.limits.counters import Counters
from tenancy.limits.holds import Claim, Full, Held, Unknown, owned


@pytest.fixture
def tenant() -> TenantId:
    """Name a tenant."""
    return TenantId(new_id("ten"))


def _claim(tenant: TenantId, what: str = "things", amount: int = 1, most: int = 3, **more: float | None) -> Claim:
    known = more.get("known", 0)
    return Claim(owned(tenant) + what, amount, most, None if known is None else int(known), more.get("keep", 3600))


async def _take(counters: Counters, *claims: Claim, seconds: float | None = 60) -> Held:
    held = await counters.holds.take(claims, seconds)
    assert isinstance(held, Held), held
    return held


async def test_of_a_hundred_that_come_at_once_exactly_as_many_are_let_in_as_fit(
    counters: Counters, tenant: TenantId
) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(counters.holds.take([_claim(tenant)], 60)) for _ in range(100)]
    assert sum(isinstance(task.result(), Held) for task in tasks) == 3


async def test_what_is_given_back_can_be_held_again_and_what_was_used_stays_used(
    counters: Counters, tenant: TenantId
) -> None:
    claim = _claim(tenant, amount=2)
    held = await _take(counters, claim)
    assert await counters.holds.take([claim], 60) == Full(0)
    await counters.holds.settle(held, [0])
    held = await _take(counters, claim)
    assert await counters.holds.used(claim.counter) == (0, 2)
    await counters.holds.settle(held, [1])
    assert await counters.holds.used(claim.counter) == (1, 0)
    await _take(counters, claim)


async def test_a_hold_that_is_settled_twice_counts_what_was_used_each_time_and_gives_nothing_back_twice(
    counters: Counters, tenant: TenantId
) -> None:
    claim = _claim(tenant)
    first, _ = await _take(counters, claim), await _take(counters, claim)
    await counters.holds.settle(first, [0])
    await counters.holds.settle(first, [0])
    assert await counters.holds.used(claim.counter) == (0, 1)


async def test_a_hold_on_several_counters_takes_nothing_where_one_is_full(counters: Counters, tenant: TenantId) -> None:
    full, free = _claim(tenant, "full", most=1), _claim(tenant, "free")
    await _take(counters, full)
    assert await counters.holds.take([free, full], 60) == Full(1)
    assert await counters.holds.used(free.counter) in {(0, 0), (None, 0)}


async def test_one_alone_may_take_the_rest_and_more_and_then_nobody_may(counters: Counters, tenant: TenantId) -> None:
    claim = _claim(tenant, amount=50)
    held = await _take(counters, claim)
    assert await counters.holds.take([_claim(tenant)], 60) == Full(0)
    await counters.holds.settle(held, [4])
    assert await counters.holds.take([_claim(tenant)], 60) == Full(0)


async def test_what_was_used_before_is_asked_for_once_and_counted(counters: Counters, tenant: TenantId) -> None:
    unknown = _claim(tenant, known=None)
    assert await counters.holds.take([_claim(tenant, "other"), unknown], 60) == Unknown(1)
    held = await _take(counters, _claim(tenant, known=2))
    assert await counters.holds.take([unknown], 60) == Full(0)
    assert await counters.holds.take([_claim(tenant, known=0)], 60) == Full(0)  # known by now: nothing begins anew
    await counters.holds.settle(held, [0])
    await _take(counters, unknown)


async def test_a_hold_that_nobody_settles_ends_by_itself(counters: Counters, tenant: TenantId) -> None:
    claim = _claim(tenant, most=1)
    gone = await _take(counters, claim, seconds=0.05)
    assert await counters.holds.take([claim], 60) == Full(0)
    async with asyncio.timeout(10):
        while not isinstance(await counters.holds.take([claim], 60), Held):
            pass
    await counters.holds.settle(gone, [1])  # late, and counted all the same
    assert await counters.holds.used(claim.counter) == (1, 1)


async def test_L18_one_tenant_at_its_limits_changes_nothing_for_another(counters: Counters, tenant: TenantId) -> None:
    other = TenantId(new_id("ten"))
    await _take(counters, _claim(tenant, most=1))
    name = owned(tenant) + "rate"
    assert [await counters.rates.minute(name, 2) for _ in range(3)] == [True, True, False]
    assert [await counters.rates.burst(name) for _ in range(3)] == [1, 2, 3]
    assert (await counters.rates.pace(name)).used == 2
    assert await counters.holds.used(_claim(other).counter) == (None, 0)
    assert (await counters.rates.pace(owned(other) + "rate")).used == 0
    assert await counters.rates.burst(owned(other) + "rate") == 1
    await _take(counters, _claim(other, most=1))


async def test_a_pace_tells_when_one_more_fits(counters: Counters, tenant: TenantId) -> None:
    name = owned(tenant) + "rate"
    for _ in range(2):
        assert await counters.rates.minute(name, 2)
    pace = await counters.rates.pace(name)
    assert 0 < pace.wait(2) <= 60
    assert pace.wait(3) == 0


async def test_L42_nothing_is_kept_of_a_tenant_that_is_forgotten(counters: Counters, tenant: TenantId) -> None:
    other = TenantId(new_id("ten"))
    for each in (tenant, other):
        await _take(counters, _claim(each))
        await counters.rates.minute(owned(each) + "rate", 2)
        await counters.rates.burst(owned(each) + "burst")
    await counters.forget(tenant)
    assert await counters.holds.used(_claim(tenant).counter) == (None, 0)
    assert (await counters.rates.pace(owned(tenant) + "rate")).used == 0
    assert await counters.rates.bursting(owned(tenant) + "burst") == 0
    assert await counters.holds.used(_claim(other).counter) == (0, 1)
    assert (await counters.rates.pace(owned(other) + "rate")).used == 1
    assert await counters.rates.bursting(owned(other) + "burst") == 1
