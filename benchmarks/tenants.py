"""What a service of 10, 300, 1,000 or 5,000 tenants costs, and what a search takes there.

Eight clients search, over the tenants as Zipf's law has it (s = 1.1). Blocks of searches by one tenant alone stand
between theirs in the same run: its slowest hundredth is what everybody's is compared with, cold wakes included.
"""

import asyncio
import http.client
import itertools
import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, final
from urllib.parse import urlsplit

from pydantic import SecretStr

from app.resources import open_resources
from app.settings import Settings
from benchmarks.figures import Figures, median, percentile
from benchmarks.fill import fill, unit_vectors
from benchmarks.limits import ROOMY
from benchmarks.service import Running, fresh_folder, running
from benchmarks.texts import passages, questions
from tenancy.identity.operators import Operator
from tenancy.mint import Circumstances
from tenancy.provision import NewTenant, provision
from tests.services import locate
from tests.tenancy.stores.cluster import cluster

SIZES: Final = (10, 300, 1_000, 5_000)
SIZES_POSTGRESQL: Final = (10, 1_000)
CHUNKS: Final = 20
SEARCHES: Final = 5_000
_CLIENTS: Final = 8
_BLOCKS: Final = 10
_ALONE: Final = 100
"""Searches of the one tenant in each of its blocks."""
_EXPONENT: Final = 1.1
_STARTS: Final = 3
_MEMORY: Final = {"BULKHEAD_INDEX_MEMORY_MB": "25"}
"""Room for 200 tenants of 20 chunks, 124 KB each; with all awake no wake would be measured."""
_AIMS: Final = {"descriptors": "<= 512", "threads beside the shards'": "<= 64"}


async def _made(data: Path, database: str | None, count: int) -> list[str]:
    """Make `count` tenants of 20 chunks each; return a token of each."""
    made = []
    vectors, texts = unit_vectors(CHUNKS, 1), passages(CHUNKS, 1)
    url = None if database is None else SecretStr(database)
    async with open_resources(Settings(data_dir=data, database_url=url)) as resources:
        for number in range(count):
            wish = NewTenant(f"tenant {number}", limits=ROOMY)
            _, enrolment = await provision(resources.foundation, Operator("bench"), wish)
            enrolled = await resources.mint.enrol(enrolment.code, Circumstances())
            issued = await resources.mint.exchange(enrolled.client.id, enrolled.secret, None)
            compartment = await resources.mint.from_token(issued.access_token, Circumstances())
            await fill(compartment, texts, vectors)
            made.append((enrolled.client.id, enrolled.secret))
            _progress(f"{number + 1:,} of {count:,} tenants made")
        # Last, so that no token runs out in a long run.
        return [(await resources.mint.exchange(client, secret, None)).access_token for client, secret in made]


def _progress(line: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{line}", end="", file=sys.stderr, flush=True)


def _processor_seconds(pid: int) -> float:
    """Return the processor seconds that a process has used, its children apart."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@final
class _Peak:
    """The most descriptors, threads, mappings and awake tenants that were seen of a service."""

    def __init__(self, service: Running) -> None:
        self._service = service
        self._process = Path(f"/proc/{service.process.pid}")
        self._operators = http.client.HTTPConnection(urlsplit(service.admin).netloc)
        self.most = dict.fromkeys(("descriptors", "threads beside the shards'", "mappings", "awake tenants"), 0)

    def look(self) -> None:
        """Take what is seen now."""
        self._operators.request("GET", "/metrics")
        lines = self._operators.getresponse().read().decode().splitlines()
        awake = next(int(float(line.split()[1])) for line in lines if line.startswith("bulkhead_awake_tenants "))
        seen = {
            "descriptors": len(list((self._process / "fd").iterdir())),
            "threads beside the shards'": len(list((self._process / "task").iterdir())) - awake,
            "mappings": len((self._process / "maps").read_text(encoding="utf-8").splitlines()),
            "awake tenants": awake,
        }
        self.most = {name: max(most, seen[name]) for name, most in self.most.items()}


@final
class _Clients:
    """Eight kept-alive connections, each of its own thread."""

    def __init__(self, service: Running) -> None:
        address = urlsplit(service.api).netloc
        self._connections = [http.client.HTTPConnection(address) for _ in range(_CLIENTS)]
        self._threads = ThreadPoolExecutor(_CLIENTS)

    def search(self, tokens: Sequence[str], asked: Iterator[str]) -> list[float]:
        """Search once with each token, by all clients at a time; return the seconds of each search."""
        todo = [(token, next(asked)) for token in tokens]
        parts = [todo[start::_CLIENTS] for start in range(_CLIENTS)]
        done = self._threads.map(self._each, self._connections, parts)
        return list(itertools.chain.from_iterable(done))

    @staticmethod
    def _each(connection: http.client.HTTPConnection, todo: Sequence[tuple[str, str]]) -> list[float]:
        took = []
        for token, query in todo:
            body = json.dumps({"query": query})
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            started = time.perf_counter()
            connection.request("POST", "/v1/search", body, headers)
            answer = connection.getresponse()
            content = answer.read()
            took.append(time.perf_counter() - started)
            if answer.status != http.client.OK or not json.loads(content)["hits"]:
                raise SystemExit(f"a search answered {answer.status}: {content[:300]!r}")
        return took


def measure(figures: Figures) -> None:
    """Measure a deployment of each size on SQLite, and two on PostgreSQL where its server is installed."""
    least: dict[str, float] = {}
    for size in SIZES:
        _measure_size(figures, "SQLite", None, size, least)
    if locate("initdb") is None:
        print("tenants: PostgreSQL skipped, its server is not installed: apt-get install postgresql", file=sys.stderr)
        return
    with cluster() as server:
        for size in SIZES_POSTGRESQL:
            _measure_size(figures, "PostgreSQL", server.create().owner, size, least)


def _measure_size(figures: Figures, store: str, database: str | None, size: int, least: dict[str, float]) -> None:
    """Measure one deployment; starts as ratios to those of the store's first size, kept in `least`."""
    name = f"{store}, {size:,}"
    settings = {} if database is None else {"BULKHEAD_DATABASE_URL": database}
    with fresh_folder() as data:
        began = time.perf_counter()
        tokens = asyncio.run(_made(data, database, size))
        figures.add("tenants", f"{name}: making one, 20 chunks", (time.perf_counter() - began) / size, "s")
        start = median([_start_seconds(data, settings) for _ in range(_STARTS)])
        figures.add("tenants", f"{name}: start, processor time", start, "s", _STARTS)
        ratio = start / least.setdefault(store, start)
        figures.add("tenants", f"{name}: start against {SIZES[0]:,} tenants", ratio, "x", _STARTS, "<= 1.5")
        _measure_traffic(figures, name, data, settings, tokens)


def _start_seconds(data: Path, settings: Mapping[str, str]) -> float:
    """Return the processor time that the service's process takes until it is ready."""
    with running(data, **settings) as service:
        return _processor_seconds(service.process.pid)


def _measure_traffic(
    figures: Figures, size: str, data: Path, settings: Mapping[str, str], tokens: Sequence[str]
) -> None:
    draw = random.Random(7)  # noqa: S311 - no secret
    weights = [1 / rank**_EXPONENT for rank in range(1, len(tokens) + 1)]
    asked = itertools.cycle(questions(100, 7))
    everybody: list[float] = []
    alone: list[float] = []
    with running(data, **_MEMORY, **settings) as service:
        clients, peak = _Clients(service), _Peak(service)
        clients.search([tokens[0]] * _ALONE, asked)
        for block in range(_BLOCKS):
            alone += clients.search([tokens[0]] * _ALONE, asked)
            everybody += clients.search(draw.choices(tokens, weights, k=SEARCHES // _BLOCKS), asked)
            peak.look()
            _progress(f"{size}: block {block + 1} of {_BLOCKS}")
        used = _processor_seconds(service.process.pid)
        ending = _ended(service, used)
    for name, share, aim in (("p50", 0.5, ""), ("p99", 0.99, "<= 3")):
        figures.add("tenants", f"{size}: search of everybody, {name}", percentile(everybody, share) * 1e3, "ms")
        ratio = percentile(everybody, share) / percentile(alone, share)
        figures.add("tenants", f"{size}: against one tenant's, {name}", ratio, "x", _BLOCKS, aim)
    for name, most in peak.most.items():
        figures.add("tenants", f"{size}: {name}, at most", most, "", _BLOCKS, _AIMS.get(name, ""))
    figures.add("tenants", f"{size}: SIGTERM, processor time", ending, "s")


def _ended(service: Running, used: float) -> float:
    """End the service; return the processor seconds that its process spent on it."""
    service.process.send_signal(signal.SIGTERM)
    os.waitid(os.P_PID, service.process.pid, os.WEXITED | os.WNOWAIT)  # its times can be read until it is waited for
    return _processor_seconds(service.process.pid) - used
