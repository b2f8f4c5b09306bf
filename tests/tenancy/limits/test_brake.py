"""A brake lets through what is usual, of requests and of tokens, and ends when its time is over or somebody ends it."""

import pytest

from tenancy.anomalies.hours import Hour, Signal
from tenancy.errors import Unavailable
from tenancy.limits.brake import FLOORS, Brake, Brakes, ceilings, pull, release
from tenancy.limits.standing import RateLimited
from tests.tenancy.anomalies.alerting.raising import at
from tests.tenancy.building import House, Resident

_MINUTE = "requests_per_minute"


def _hours(*requests: int) -> list[Hour]:
    return [
        Hour(number * 3600, {Signal.REQUESTS: each, Signal.TOKENS: each * 1000}) for number, each in enumerate(requests)
    ]


def test_what_is_left_is_twice_the_minute_of_a_busy_hour_and_one_wild_hour_does_not_raise_it() -> None:
    usual = [600] * 20 + [6000] * 20
    assert ceilings(_hours(*usual)) == {_MINUTE: 200, "tokens_per_minute": 200_000}
    assert ceilings(_hours(*usual, 900_000)) == {_MINUTE: 200, "tokens_per_minute": 200_000}


def test_something_is_left_to_everybody() -> None:
    assert ceilings([]) == FLOORS
    assert ceilings(_hours(1, 2, 3)) == FLOORS
    assert min(FLOORS.values()) > 0


def test_a_brake_raises_no_limit() -> None:
    brake = Brake({_MINUTE: 60, "tokens_per_minute": 20_000}, 9e9, "alr_1")
    assert brake.over({_MINUTE: 5, "tokens_per_minute": 1e9, "burst": 3}) == {
        _MINUTE: 5, "tokens_per_minute": 20_000, "burst": 3,
    }  # fmt: skip


async def _put_on(home: House, one: Resident, per_minute: int, seconds: float = 60.0) -> None:
    compartment = await home.enter(one)
    async with compartment.begin() as records:
        await pull(records.settings, Brake({_MINUTE: per_minute}, at(seconds), "alr_1"))
    compartment.quota.forget_brake()


async def _admitted(home: House, one: Resident, times: int, *, governing: bool = False) -> int:
    refused = list[RateLimited]()
    for _ in range(times):
        try:
            await (await home.enter(one)).quota.admit(governing=governing)
        except RateLimited as error:
            refused.append(error)
    assert all("alr_1" in each.detail and int(each.headers["Retry-After"]) >= 1 for each in refused)
    return times - len(refused)


async def test_a_braked_tenant_asks_as_often_as_the_brake_says_and_another_is_not_slowed_down(
    home: House, a: Resident, b: Resident
) -> None:
    await _put_on(home, a, 3)
    assert await _admitted(home, a, 6) == 3
    assert await _admitted(home, b, 6) == 6


async def test_what_governs_the_tenant_gets_in_while_it_is_braked(home: House, a: Resident) -> None:
    await _put_on(home, a, 2)
    assert await _admitted(home, a, 4) == 2
    assert await _admitted(home, a, 4, governing=True) == 4


async def test_a_brake_is_over_when_its_time_is_and_when_it_is_released(home: House, a: Resident) -> None:
    await _put_on(home, a, 1, seconds=-1.0)
    assert await _admitted(home, a, 3) == 3
    await _put_on(home, a, 1)
    assert await _admitted(home, a, 3) == 0  # those before count
    compartment = await home.enter(a)
    async with compartment.begin() as records:
        assert await release(records.settings, at())
        assert not await release(records.settings, at())
    compartment.quota.forget_brake()
    assert await _admitted(home, a, 3) == 3


async def test_quotas_tell_of_the_brake(home: House, a: Resident) -> None:
    await _put_on(home, a, 7)
    told = {each.name: each.limit for each in await (await home.enter(a)).quota.standings()}
    assert told[_MINUTE] == 7


async def test_a_process_reads_a_brake_again_after_a_moment_and_not_at_every_request(home: House, a: Resident) -> None:
    now = 0.0
    brakes, compartment = Brakes(again=2.0, clock=lambda: now), await home.enter(a)
    assert await brakes.of(compartment, a.id) is None
    await _put_on(home, a, 5)  # as another process does
    now = 1.9
    assert await brakes.of(compartment, a.id) is None
    now = 2.0
    read = await brakes.of(compartment, a.id)
    assert read is not None
    assert read.ceilings == {_MINUTE: 5}


async def test_where_a_brake_cannot_be_read_nobody_is_let_in(a: Resident) -> None:
    class Dead:
        def snapshot(self) -> object:
            raise Unavailable("records", "The record store cannot take this request just now.")

    with pytest.raises(Unavailable):
        await Brakes().of(Dead(), a.id)  # type: ignore[arg-type]  # a compartment whose records are gone
