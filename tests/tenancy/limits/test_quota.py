"""What a compartment counts is its own tenant's, and ends with it."""

import pytest

from tenancy.erasure import request_erasure, run_erasure
from tenancy.limits.holds import owned
from tenancy.limits.standing import RateLimited
from tests.tenancy.building import OPERATOR, House, Resident


async def test_L42_an_erased_tenant_leaves_no_counter(home: House, a: Resident, b: Resident) -> None:
    for each in (a, b):
        await (await home.enter(each)).quota.admit()
    await run_erasure(home.foundation, await request_erasure(home.mint, home.foundation, OPERATOR, a.id, "a test"))
    counters = home.foundation.counters
    for each, counted in ((a, (None, 0)), (b, (0, 1))):
        assert await counters.holds.used(owned(each.id) + "concurrent_requests") == counted
        assert (await counters.rates.pace(owned(each.id) + "requests_per_minute")).used == counted[1]
        assert await counters.rates.bursting(owned(each.id) + "burst") == counted[1]


async def test_a_place_that_was_given_back_twice_is_one_place(home: House, a: Resident) -> None:
    await (await home.custody(a.id)).change(None, {"concurrent_requests": 2})
    quota = (await home.enter(a)).quota
    first, _second = await quota.admit(), await quota.admit()
    await first.over()
    await first.over()
    await quota.admit()
    with pytest.raises(RateLimited):
        await quota.admit()


async def test_a_request_that_is_too_fast_takes_no_place(home: House, a: Resident) -> None:
    await (await home.custody(a.id)).change(None, {"burst": 0, "concurrent_requests": 1})
    quota = (await home.enter(a)).quota
    for _ in range(2):
        with pytest.raises(RateLimited, match="within a second"):
            await quota.admit()
