"""Counters in Redis, which all processes of a deployment see.

Rules this module enforces:

* Every key begins with the deployment's prefix and the tenant's id; there is no key of several tenants.
* A step is one script, which Redis runs alone; its clock is Redis's, the same for every process.
* A Redis that does not answer is an error: what cannot be counted is not let through.
"""

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final, TypeVar, final

import structlog
from limits.aio.storage import RedisStorage
from redis.asyncio import BlockingConnectionPool, Redis

from tenancy.errors import Unavailable
from tenancy.ids import TenantId, new_id
from tenancy.limits.counters import Counters
from tenancy.limits.holds import Claim, Full, Held, Unknown, owned
from tenancy.limits.rates import Rates, RateStorage
from tenancy.queue.redis import LOST, pause

T = TypeVar("T")
_CONNECTIONS: Final = 64
_CONNECT_SECONDS: Final = 2.0
_ANSWER_SECONDS: Final = 5.0
_LEASE_SECONDS: Final = 30.0  # after the end of its process a hold that was to be kept is there for so long
_BATCH: Final = 500
_log = structlog.get_logger()

# KEYS: for each counter a hash (`used`, `held`, and the amount of each hold by its id), then the ids by their ends.
# ARGV: the hold's id, its seconds; for each counter amount, most, what was used before ('' unknown), seconds to keep
# it, and whether those begin anew with each hold (1) or with the first (0).
_TAKE: Final = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
for i = 1, #KEYS / 2 do
    local hash, ends = KEYS[2 * i - 1], KEYS[2 * i]
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', now)) do
        local amount = redis.call('HGET', hash, id)
        if amount then
            redis.call('HINCRBY', hash, 'held', -amount)
            redis.call('HDEL', hash, id)
        end
        redis.call('ZREM', ends, id)
    end
    local amount, most = tonumber(ARGV[5 * i - 2]), tonumber(ARGV[5 * i - 1])
    local used = redis.call('HGET', hash, 'used')
    if not used then
        if ARGV[5 * i] == '' then return {'unknown', i - 1} end
        used = ARGV[5 * i]
        redis.call('HSET', hash, 'used', used)
        redis.call('EXPIRE', hash, ARGV[5 * i + 1])
    end
    local held = tonumber(redis.call('HGET', hash, 'held') or 0)
    local left = most - tonumber(used) - held
    if left < 1 or (amount > left and held > 0) then return {'full', i - 1} end
end
for i = 1, #KEYS / 2 do
    local hash, ends = KEYS[2 * i - 1], KEYS[2 * i]
    redis.call('HINCRBY', hash, 'held', ARGV[5 * i - 2])
    redis.call('HSET', hash, ARGV[1], ARGV[5 * i - 2])
    redis.call('ZADD', ends, now + ARGV[2], ARGV[1])
    if ARGV[5 * i + 2] == '1' then redis.call('EXPIRE', hash, ARGV[5 * i + 1]) end
    redis.call('EXPIRE', ends, ARGV[5 * i + 1])
end
return {'held', 0}
"""
# ARGV: the hold's id, then what was used of each counter.
_SETTLE: Final = """
for i = 1, #KEYS / 2 do
    local hash, ends = KEYS[2 * i - 1], KEYS[2 * i]
    local amount = redis.call('HGET', hash, ARGV[1])
    if amount then
        redis.call('HINCRBY', hash, 'held', -amount)
        redis.call('HDEL', hash, ARGV[1])
        redis.call('ZREM', ends, ARGV[1])
    end
    if redis.call('HEXISTS', hash, 'used') == 1 then redis.call('HINCRBY', hash, 'used', ARGV[i + 1]) end
end
"""
# KEYS: of one counter. ARGV: the seconds that holds live, the seconds to keep their counter, then ids of holds.
_RENEW: Final = """
local clock = redis.call('TIME')
local ends = clock[1] + clock[2] / 1000000 + ARGV[1]
for i = 3, #ARGV do redis.call('ZADD', KEYS[2], 'XX', ends, ARGV[i]) end
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[2])
"""


@asynccontextmanager
async def on_redis(url: str, secret: bytes, lease: float = _LEASE_SECONDS) -> AsyncIterator[Counters]:
    """Open the counters that a Redis keeps; `secret` is the deployment's and keeps two deployments' apart.

    A hold that is kept for as long as this process lives ends `lease` seconds after it.
    """
    pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
        url, max_connections=_CONNECTIONS, timeout=_ANSWER_SECONDS,
        socket_connect_timeout=_CONNECT_SECONDS, socket_timeout=_ANSWER_SECONDS,
    )  # fmt: skip
    prefix = f"bulkhead:{hmac.digest(secret, b'counters', 'sha256').hex()[:16]}"
    redis = Redis(connection_pool=pool)
    storage = RedisStorage(
        "async+redis://", implementation="redispy", key_prefix=prefix,
        connection_pool=pool,  # type: ignore[arg-type]  # documented for it, and missing in its annotation
    )  # fmt: skip
    holds = RedisHolds(redis, prefix, lease)
    try:
        yield Counters(Rates(GuardedStorage(storage)), holds, holds.forget, holds.answer)
    finally:
        await holds.close()
        with suppress(*LOST):  # there is nothing to give back to a Redis that is gone
            await redis.aclose()
            await pool.aclose()


async def _guarded(asked: Awaitable[T]) -> T:
    try:
        return await asked
    except LOST as error:
        _log.warning("counters.not_reached", error=type(error).__name__)
    raise Unavailable("limits", "The counters of limits cannot be reached, so nothing is let through. Try again soon.")


@final
class GuardedStorage:
    """A storage of `limits` in Redis that says so in our words when Redis does not answer."""

    def __init__(self, storage: RateStorage) -> None:
        """Guard `storage`."""
        self._storage = storage

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a count."""
        return await _guarded(self._storage.incr(key, expiry, amount))

    async def get(self, key: str) -> int:
        """Return a count."""
        return await _guarded(self._storage.get(key))

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Add to a sliding window."""
        return await _guarded(self._storage.acquire_sliding_window_entry(key, limit, expiry, amount))

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Return a sliding window's counts."""
        return await _guarded(self._storage.get_sliding_window(key, expiry))


@final
class RedisHolds:
    """Counters in Redis; holds that are to be kept are renewed by a task of this process."""

    def __init__(self, redis: Redis, prefix: str, lease: float) -> None:
        """Keep counters under `prefix`; renew holds three times a `lease`, in seconds."""
        self._redis, self._prefix, self._lease = redis, prefix, lease
        self._take = redis.register_script(_TAKE)
        self._settle = redis.register_script(_SETTLE)
        self._renew = redis.register_script(_RENEW)
        self._mine: dict[str, set[str]] = {}
        self._renewing: asyncio.Task[None] | None = None
        self._closed = asyncio.Event()

    def _keys(self, counters: Sequence[str]) -> list[str]:
        return [key for name in counters for key in (f"{self._prefix}:{{{name}}}", f"{self._prefix}:{{{name}}}/ends")]

    async def take(self, claims: Sequence[Claim], seconds: float | None) -> Held | Full | Unknown:
        """Take a hold."""
        held = Held(new_id("hld"), tuple(claim.counter for claim in claims))
        lease = self._lease if seconds is None else seconds
        asked: list[str | float] = [held.id, lease]
        for claim in claims:
            keep, anew = (2 * lease, 1) if claim.keep is None else (claim.keep, 0)
            asked += [claim.amount, claim.most, "" if claim.known is None else claim.known, int(keep) + 1, anew]
        word, place = await _guarded(self._take(self._keys(held.counters), asked))
        if word != b"held":
            return Full(place) if word == b"full" else Unknown(place)
        if seconds is None:  # nothing is awaited from here on: whoever is cancelled before leaves a hold that ends
            self._keep(held)
        return held

    def _keep(self, held: Held) -> None:
        for name in held.counters:
            self._mine.setdefault(name, set()).add(held.id)
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._go_on_renewing())

    async def settle(self, held: Held, used: Sequence[int]) -> None:
        """End a hold; a Redis that does not answer is logged, for the hold ends by itself."""
        for name in held.counters:
            mine = self._mine.get(name, set())
            mine.discard(held.id)
            if not mine:
                self._mine.pop(name, None)
        with suppress(Unavailable):
            await _guarded(self._settle(self._keys(held.counters), [held.id, *used]))

    async def used(self, counter: str) -> tuple[int | None, int]:
        """Return what was used and what is held; what has ended is taken off at the next hold."""
        asked: Awaitable[list[bytes | None]]
        asked = self._redis.hmget(self._keys([counter])[0], ["used", "held"])  # type: ignore[assignment]  # it is awaited
        used, held = await _guarded(asked)
        return None if used is None else int(used), int(held or 0)

    async def forget(self, tenant: TenantId) -> None:
        """Forget a tenant's counters, rates included."""
        await _guarded(self._forget(f"{self._prefix}:{{{owned(tenant)}*"))

    async def _forget(self, pattern: str) -> None:
        async for key in self._redis.scan_iter(match=pattern, count=_BATCH):
            await self._redis.delete(key)

    async def answer(self) -> None:
        """Return when Redis answers; Unavailable when it does not."""
        await _guarded(self._redis.ping())

    async def _go_on_renewing(self) -> None:
        while self._mine and not self._closed.is_set():
            await pause(self._lease / 3, self._closed)
            with suppress(Unavailable):  # what is not renewed in time ends, and so does no count too many
                for name, ids in list(self._mine.items()):
                    await _guarded(self._renew(self._keys([name]), [self._lease, int(2 * self._lease) + 1, *ids]))

    async def close(self) -> None:
        """Renew nothing any more."""
        self._closed.set()
        if self._renewing is not None:
            await self._renewing
