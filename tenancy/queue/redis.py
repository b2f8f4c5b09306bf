"""Tell workers through Redis, with arq, that a lane has work.

The registry of due lanes is the truth; Redis only carries "look there". Whatever it loses, the sweep finds again, and a
poke that fails fails nothing: the lane stays marked.
"""

import asyncio
import hmac
import time
from contextlib import suppress
from typing import Final, final

import structlog
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from tenancy.errors import Unavailable
from tenancy.ids import LaneRef
from tenancy.queue.lanes import Lanes
from tenancy.queue.messages import FUNCTION, read, written

SWEEP_SECONDS: Final = 2.0
_CONNECT_SECONDS: Final = 2.0
_ANSWER_SECONDS: Final = 5.0
_QUIET_SECONDS: Final = 5.0
_EXPIRY_MS: Final = 3_600_000  # of a message nobody took; the sweep writes a new one
_log = structlog.get_logger()

LOST: Final = (RedisError, OSError)
"""What a Redis that is down, full or not ours raises."""


@final
class RedisQueue:
    """The queue of one deployment; its keys begin with `arq:`, and a lane's job has the lane's reference as its id.

    A job id is queued once at most, so a lane is drained by one worker at a time.
    """

    def __init__(self, url: str, secret: bytes) -> None:
        """Reach Redis at `url`; `secret` is the deployment's and keeps two deployments' queues apart."""
        pool: ConnectionPool = ConnectionPool.from_url(
            url, socket_connect_timeout=_CONNECT_SECONDS, socket_timeout=_ANSWER_SECONDS
        )
        self.name = f"arq:queue:bulkhead:{hmac.digest(secret, b'queue', 'sha256').hex()[:16]}"
        self.redis = ArqRedis(
            pool,
            job_serializer=written,
            job_deserializer=read,
            default_queue_name=self.name,
            expires_extra_ms=_EXPIRY_MS,
        )
        self._quiet_until = 0.0

    async def poke(self, lane: LaneRef) -> None:
        """Queue a look at the lane unless one is queued; a Redis that is down is logged, and spared for a while."""
        if time.monotonic() < self._quiet_until:
            return
        try:
            await self.redis.enqueue_job(FUNCTION, lane, _job_id=lane)
        except LOST as error:
            self._quiet_until = time.monotonic() + _QUIET_SECONDS
            _log.warning("lane.not_poked", lane=lane, error=type(error).__name__)

    async def sweep(self, lanes: Lanes) -> int:
        """Queue a look at every lane that has work due; return how many have."""
        due = await lanes.due()
        for lane in due:
            await self.poke(lane)
        return len(due)

    async def answer(self) -> None:
        """Return when Redis answers; Unavailable when it does not."""
        try:
            await self.redis.ping()
        except LOST:
            raise Unavailable("queue", "Redis does not answer. Uploads are taken; their work waits.") from None

    async def close(self) -> None:
        """Give back the connections."""
        with suppress(*LOST):  # there is nothing to give back to a Redis that is gone
            await self.redis.aclose(close_connection_pool=True)


async def pause(seconds: float, until: asyncio.Event) -> None:
    """Wait for an event, or so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await until.wait()
