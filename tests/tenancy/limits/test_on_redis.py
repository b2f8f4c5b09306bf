"""What only counters in Redis promise: across processes, through crashes, and nothing without Redis."""

import asyncio
import secrets

import pytest

from tenancy.errors import Unavailable
from tenancy.ids import TenantId, new_id
from tenancy.limits.holds import Claim, Full, Held, owned
from tenancy.limits.redis_counters import on_redis
from tests.tenancy.queue.conftest import Server

_SECRET = secrets.token_bytes(32)


def _claim(tenant: TenantId, most: int = 1) -> Claim:
    return Claim(owned(tenant) + "concurrent_requests", 1, most)


async def test_two_processes_count_together_and_two_deployments_do_not(server: Server) -> None:
    tenant = TenantId(new_id("ten"))
    async with (
        on_redis(server.url, _SECRET) as one,
        on_redis(server.url, _SECRET) as two,
        on_redis(server.url, secrets.token_bytes(32)) as foreign,
    ):
        assert isinstance(await one.holds.take([_claim(tenant)], None), Held)
        assert await two.holds.take([_claim(tenant)], None) == Full(0)
        assert isinstance(await foreign.holds.take([_claim(tenant)], None), Held)
        assert await one.rates.minute(owned(tenant) + "rate", 1)
        assert not await two.rates.minute(owned(tenant) + "rate", 1)
        assert await foreign.rates.minute(owned(tenant) + "rate", 1)


async def test_L21_every_key_of_a_tenant_begins_with_its_prefix_and_ends_by_itself(server: Server) -> None:
    tenant = TenantId(new_id("ten"))
    async with on_redis(server.url, _SECRET) as counters:
        await counters.holds.take([_claim(tenant)], None)
        await counters.holds.take([Claim(owned(tenant) + "monthly_tokens", 1, 9, 0, 60)], 60)
        await counters.rates.minute(owned(tenant) + "requests_per_minute", 1)
        await counters.rates.burst(owned(tenant) + "burst")
        keys = [key.decode() for key in server.raw("KEYS", "*")]
        assert len(keys) == 6
        assert len({key.partition("{")[0] for key in keys}) == 1
        assert all(key.startswith("bulkhead:") and key.partition("{")[2].startswith(f"{tenant}:") for key in keys)
        assert all(0 < server.raw("PTTL", key) <= 125_000 for key in keys)


async def test_a_place_whose_process_is_gone_is_free_after_its_lease(server: Server) -> None:
    tenant = TenantId(new_id("ten"))
    async with on_redis(server.url, _SECRET, lease=0.2) as gone:
        assert isinstance(await gone.holds.take([_claim(tenant)], None), Held)
    async with on_redis(server.url, _SECRET) as other, asyncio.timeout(10):
        assert await other.holds.take([_claim(tenant)], None) == Full(0)
        while not isinstance(await other.holds.take([_claim(tenant)], None), Held):
            pass


async def test_a_place_that_is_kept_longer_than_a_lease_stays_taken(server: Server) -> None:
    tenant = TenantId(new_id("ten"))
    async with on_redis(server.url, _SECRET, lease=0.9) as counters:
        held = await counters.holds.take([_claim(tenant)], None)
        assert isinstance(held, Held)
        (ends,) = [key for key in server.raw("KEYS", "*") if key.endswith(b"/ends")]
        began = float(server.raw("ZSCORE", ends, held.id))
        async with asyncio.timeout(10):
            while float(server.raw("ZSCORE", ends, held.id)) < began + 1:
                await asyncio.to_thread(server.raw, "PING")
        assert await counters.holds.take([_claim(tenant)], None) == Full(0)
        await counters.holds.settle(held, [0])
        assert isinstance(await counters.holds.take([_claim(tenant)], None), Held)


async def test_L08_without_redis_nothing_is_let_through_and_with_it_again_everything_is(server: Server) -> None:
    tenant = TenantId(new_id("ten"))
    async with on_redis(server.url, _SECRET) as counters:
        held = await counters.holds.take([_claim(tenant)], None)
        assert isinstance(held, Held)
        server.stop()
        asked = (
            counters.holds.take([_claim(tenant)], None),
            counters.holds.used(_claim(tenant).counter),
            counters.rates.minute(owned(tenant) + "rate", 9),
            counters.rates.burst(owned(tenant) + "rate"),
            counters.rates.pace(owned(tenant) + "rate"),
            counters.answer(),
            counters.forget(tenant),
        )
        for each in asked:
            with pytest.raises(Unavailable) as caught:
                await each
            assert caught.value.dependency == "limits"
        await counters.holds.settle(held, [0])  # raises nothing: the answer is on its way
        server.start()
        await counters.answer()
        assert isinstance(await counters.holds.take([_claim(tenant)], None), Held)
