"""Run the all-in-one service: both addresses and, in the embedded mode, the worker, in one event loop."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI

from app.admin.plane import create_admin_app
from app.attendance import attend, watch_unattended
from app.housekeeping import Housekeeping
from app.http.edge import Answered
from app.http.plane import create_tenant_app
from app.http.wire import Wire
from app.readiness import Readiness
from app.resources import NICENESS, Resources, open_resources
from app.sentinels.watchman import Watchman, client_of, loopback
from app.settings import Settings
from app.telemetry import Metrics
from app.worker import Worker, most_jobs
from ingestion.parse import ParseFailed, ParserPool
from ingestion.work import work
from tenancy.ids import LaneRef
from tenancy.queue.arq_worker import run_worker
from tenancy.queue.groups import Served
from tenancy.queue.redis import RedisQueue

_GRACE_SECONDS: Final = 6  # for requests under way when the process is told to end
_KEEP_ALIVE_SECONDS: Final = 30
_BACKLOG: Final = 1024
_AGAIN_SECONDS: Final = 5.0  # between attempts to load the parsers
_log = structlog.get_logger()


class CannotListen(Exception):
    """An address is taken or is not this machine's; the message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the tenant plane and the operator plane listen."""

    host: str
    port: int
    admin_host: str
    admin_port: int


class _Server(uvicorn.Server):
    """A server that leaves the signals to the process, which has two of them."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int, option: str) -> socket.socket:
    """Return a bound socket; CannotListen, naming the `option` to change, when the address is taken."""
    try:
        return socket.create_server((host, port), family=_family(host), backlog=_BACKLOG)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise CannotListen(f"Cannot listen on {host}:{port}: {why}. Choose another with {option}.") from None


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


class _Told(Exception):
    """The process was asked to end."""


async def serve(settings: Settings, addresses: Addresses, greet: Callable[[Resources], Awaitable[None]]) -> None:
    """Serve until SIGTERM or SIGINT; `greet` is called once both addresses answer.

    Raises CannotListen, and ServiceError or WallsMissing where a wall is missing.
    """
    with (
        listen(addresses.host, addresses.port, "--port") as public,
        listen(addresses.admin_host, addresses.admin_port, "--admin-port") as operators,
    ):
        async with open_resources(settings) as resources, AsyncExitStack() as stack:
            # With a queue the workers, and the parsers with them, are processes of their own.
            # A tenant of plan `dedicated` whose own worker is not at work has places of its own in this process.
            parser = None if resources.queue is not None else await stack.enter_async_context(parsing(resources, 2))
            housekeeping = Housekeeping(resources)
            tenants = create_tenant_app(resources, observe=partial(_observe, resources.metrics, "tenant"))
            admin = create_admin_app(
                resources, hurry=housekeeping.hurry, observe=partial(_observe, resources.metrics, "operator")
            )
            async with until_told() as group:
                group.create_task(_answer(tenants, public))
                group.create_task(_answer(admin, operators))
                group.create_task(housekeeping.run())
                if settings.sentinel_interval_seconds:
                    group.create_task(_watchman(resources, addresses).run())
                if parser is not None:
                    for served in (Served.SHARED, Served.UNATTENDED):
                        group.create_task(worker(resources, parser, served).run())
                    group.create_task(preload(resources.readiness, parser))
                else:
                    group.create_task(watch_unattended(resources))
                await greet(resources)


def _watchman(resources: Resources, addresses: Addresses) -> Watchman:
    """Return what probes this process through its own first address."""
    url = loopback(addresses.host, addresses.port)
    return Watchman(resources, partial(client_of, url), resources.settings.sentinel_interval_seconds)


async def drain(settings: Settings) -> None:
    """Work without serving until SIGTERM or SIGINT; raises ServiceError or WallsMissing where a wall is missing."""
    async with open_resources(settings) as resources, parsing(resources) as parser, until_told() as group:
        group.create_task(Housekeeping(resources, candidate=False).run())  # a worker serves no metrics
        group.create_task(worker(resources, parser, Served.SHARED).run())
        if resources.queue is not None:
            group.create_task(_listen(resources, resources.queue))
        group.create_task(preload(resources.readiness, parser))


async def _listen(resources: Resources, queue: RedisQueue) -> None:
    """Look at the due lanes whenever the queue brings one: whose turn it is, the time used says, not the queue."""
    lanes = resources.foundation.lanes

    async def ring(_lane: LaneRef) -> bool:
        lanes.ring()
        return False  # the sweep brings it again while it is due

    await run_worker(queue, lanes, ring, places=resources.settings.worker_parallel)


async def drain_own(settings: Settings, own: str) -> None:
    """Work for one tenant of plan `dedicated` alone, named by id or name, until SIGTERM or SIGINT.

    Raises ServiceError or WallsMissing where a wall is missing, NoOwnWorker for a tenant of another plan.
    """
    async with open_resources(settings, own) as resources, parsing(resources) as parser, until_told() as group:
        # Housekeeping for everybody is that of the other processes; this one follows what they end.
        group.create_task(attend(resources))
        group.create_task(worker(resources, parser, Served.OWN).run())
        group.create_task(preload(resources.readiness, parser))


def worker(resources: Resources, parser: ParserPool, served: Served) -> Worker:
    """Return a worker loop of this process."""
    do = partial(work, resources.mint, parser=parser)
    lanes = resources.foundation.lanes.group(served, resources.lane)
    return Worker(lanes, do, resources.metrics, places=resources.settings.worker_parallel)


@asynccontextmanager
async def parsing(resources: Resources, workers: int = 1) -> AsyncIterator[ParserPool]:
    """Start the parsers' parent for so many worker loops; it preloads by itself; raises WallsMissing."""
    settings = resources.settings
    folder = settings.embedder_dir and str(settings.embedder_dir.resolve())
    parser = ParserPool(
        resources.parsing,
        max_parallel=workers * most_jobs(settings.worker_parallel),
        accept_missing_walls=settings.accept_unwalled_parsers,
        niceness=NICENESS if resources.lane is None else 0,
        encoder=(resources.foundation.embedders.default, *([folder] if folder else [])),
    )
    resources.readiness.loading("parser", "The parsers are being loaded.")
    try:
        await parser.start()
        yield parser
    finally:
        await parser.stop()


@asynccontextmanager
async def until_told() -> AsyncIterator[asyncio.TaskGroup]:
    """Run a group of endless tasks until SIGTERM or SIGINT, then cancel them all; whatever else ends one, ends all."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_end_when(told))
            yield group
    except* _Told:
        pass
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def _end_when(told: asyncio.Event) -> None:
    await told.wait()
    _log.info("process.told_to_end")
    raise _Told


async def preload(readiness: Readiness, parser: ParserPool, pause: float = _AGAIN_SECONDS) -> None:
    """Return when documents can be parsed without waiting; until then questions are answered and documents wait.

    A machine so busy that the libraries load too slowly is no reason to end: the next attempt goes on from warm caches.
    """
    while True:
        try:
            await parser.preloaded()
        except ParseFailed:
            readiness.loading("parser", "The parsers could not be loaded; they are being loaded again.")
            _log.warning("parser.preload_failed")
            await asyncio.sleep(pause)
        else:
            readiness.loaded("parser")
            _log.info("service.ready")
            return


async def _answer(app: FastAPI, listener: socket.socket) -> None:
    """Serve one address until cancelled; then let requests under way end, for a while."""
    server = _Server(
        uvicorn.Config(
            app,
            http=Wire,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # who asks is who connects: a header could say anything
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            backlog=_BACKLOG,
        )
    )
    task = asyncio.create_task(server.serve([listener]))
    try:
        await asyncio.shield(task)
    finally:
        server.should_exit = True
        await task


def _observe(metrics: Metrics, plane: str, answered: Answered) -> None:
    route = answered.route or "unmatched"
    metrics.requests.labels(plane, answered.method, route, answered.status).inc()
    metrics.request_seconds.labels(plane, route).observe(answered.seconds)
