"""Probe on a schedule, and tell how long ago the last good probe was."""

import asyncio
import math
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from enum import StrEnum
from typing import Final, final

import httpx
import structlog

from app.resources import Resources
from app.sentinels.calling import TIMEOUT, ProbeFailed
from app.sentinels.probing import probe
from tenancy.errors import ServiceError
from tenancy.tripwires.sentinels import ensure_sentinels, read_note, write_note

PROBE: Final = "probe"
_FIRST_SECONDS: Final = 60.0
_LATE_PROBES: Final = 3
_log = structlog.get_logger()
Open = Callable[[], AbstractAsyncContextManager[httpx.AsyncClient]]


def client_of(url: str) -> httpx.AsyncClient:
    """Return a client of a service's first address."""
    return httpx.AsyncClient(base_url=url, timeout=TIMEOUT, trust_env=False)


def loopback(host: str, port: int) -> str:
    """Return the address at which a process reaches what it listens on itself."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@final
class Watchman:
    """The schedule of one serving process: it probes itself, through its own first address."""

    def __init__(self, resources: Resources, open_client: Open, every_seconds: float) -> None:
        """Probe every so many seconds over a client that `open_client` gives."""
        self._resources = resources
        self._open = open_client
        self._every = every_seconds
        self._last_good = -math.inf
        self._due = asyncio.Event()
        resources.metrics.probed(lambda: time.time() - self._last_good)

    def hurry(self) -> None:
        """Probe now."""
        self._due.set()

    async def run(self) -> None:
        """Probe until cancelled; the first time a while after the start, which must not wait for it."""
        await self._pause(min(self._every, _FIRST_SECONDS))
        while True:
            await self.round()
            await self._pause(self._every)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._due.wait()
        self._due.clear()

    async def round(self) -> str:
        """Probe once; return `good`, `leaked`, `failed`, or `waited` while another process makes the sentinels."""
        outcome = await self._round()
        self._resources.metrics.probes.labels(outcome).inc()
        return outcome

    async def _round(self) -> str:
        on = self._resources.foundation
        try:
            sentinels = await ensure_sentinels(self._resources.mint, on)
            if sentinels is None:
                return "waited"
            async with self._open() as http:
                found = await probe(on, sentinels, http)
            if found.leaks:
                _log.error("tripwire.leaked", alarms=[alarm.id for alarm in found.leaks])
                return "leaked"
            now = time.time()
            await write_note(on, PROBE, {"good_at": now})
        except (ProbeFailed, ServiceError, httpx.HTTPError, OSError, TimeoutError, ValueError) as error:
            _log.error("tripwire.probe_failed", error=type(error).__name__, says=str(error))
            return "failed"
        self._last_good = now
        return "good"


class Standing(StrEnum):
    """How a deployment's probes stand."""

    OFF = "off"
    NONE = "none"
    OK = "ok"
    LATE = "late"


def standing(every_seconds: float, good_at: float | None) -> Standing:
    """Judge by the schedule and the time of the last good probe, in epoch seconds."""
    if not every_seconds:
        return Standing.OFF
    if good_at is None:
        return Standing.NONE
    return Standing.OK if time.time() - good_at <= _LATE_PROBES * every_seconds else Standing.LATE


async def last_good(resources: Resources) -> float | None:
    """Return when any process of the deployment last made a good probe, in epoch seconds."""
    noted = (await read_note(resources.foundation, PROBE)).get("good_at")
    return noted if isinstance(noted, float) else None
