"""A real service of its own for one measurement, reached over HTTP as anybody would."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import httpx

from benchmarks.limits import ROOMY

_BULKHEAD: Final = Path(sys.executable).parent / "bulkhead"
_READY_SECONDS: Final = 120.0
_PARALLEL: Final = 8


@dataclass(frozen=True, slots=True)
class Running:
    """Where a started service listens, and whose it is to stop."""

    api: str
    admin: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    def rss_bytes(self) -> int:
        """Return the resident memory of the service's main process."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(data: Path, **settings: str) -> Iterator[Running]:
    """Start `bulkhead serve` on `data` and two free ports, with more settings; stop it at the end."""
    port, admin = free_port(), free_port()
    environment = {**os.environ, "BULKHEAD_DATA_DIR": str(data), "BULKHEAD_SENTINEL_INTERVAL_SECONDS": "0", **settings}
    command = [str(_BULKHEAD), "serve", "--port", str(port), "--admin-port", str(admin)]
    with (data.parent / "service.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)  # noqa: S603  # our own command
        service = Running(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{admin}", environment, process)
        try:
            until_ready(service.api, process)
            yield service
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def own_worker(service: Running, name: str) -> Iterator[None]:
    """Start `bulkhead worker --tenant NAME` beside a running service; stop it at the end."""
    command = [str(_BULKHEAD), "worker", "--tenant", name]
    with (Path(service.environment["BULKHEAD_DATA_DIR"]).parent / "worker.log").open("ab") as log:
        process = subprocess.Popen(command, env=service.environment, stdout=log, stderr=log)  # noqa: S603  # our own command
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


def until_ready(api: str, process: subprocess.Popen[bytes]) -> None:
    """Return once a started process answers on `/readyz`; end the program if it never does."""
    deadline = time.monotonic() + _READY_SECONDS
    with httpx.Client(base_url=api) as caller:  # one for all: each reads the system's certificates anew
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise SystemExit("the service ended while it started; see service.log")
            with contextlib.suppress(httpx.HTTPError):
                if caller.get("/readyz").status_code == httpx.codes.OK:
                    return
            time.sleep(0.2)
    raise SystemExit("the service was not ready in time")


@contextmanager
def fresh_folder() -> Iterator[Path]:
    """Give a data folder that vanishes with its key folder at the end."""
    with tempfile.TemporaryDirectory(prefix="bulkhead-bench-") as parent:
        yield Path(parent) / "data"


def operator_token(service: Running) -> str:
    """Return an operator token from the command line, as an operator gets one."""
    command = [str(_BULKHEAD), "operator", "token"]
    done = subprocess.run(command, env=service.environment, capture_output=True, check=True)  # noqa: S603  # our own command
    return done.stdout.decode().strip().splitlines()[-1]


@final
class TenantCaller:
    """One tenant of a running service, asked over HTTP with its own token."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        """Take a client that carries the tenant's token."""
        self.client = client

    async def upload(self, name: str, content: bytes) -> str:
        """Upload a file and return the document's id."""
        answer = await self.client.post("/v1/documents", files={"file": (name, content)})
        answer.raise_for_status()
        return str(answer.json()["id"])

    async def upload_all(self, files: Sequence[tuple[str, bytes]]) -> list[str]:
        """Upload files, a few at a time, and return their documents' ids in order."""
        places = asyncio.Semaphore(_PARALLEL)

        async def one(name: str, content: bytes) -> str:
            async with places:
                return await self.upload(name, content)

        return await asyncio.gather(*(one(name, content) for name, content in files))

    async def settled(self, pause: float = 0.5) -> dict[str, dict[str, Any]]:
        """Wait until every document is `ready` or `failed`; return them by id."""
        while True:
            documents = await self.documents()
            if all(each["status"] in {"ready", "failed"} for each in documents.values()):
                return documents
            await asyncio.sleep(pause)

    async def documents(self) -> dict[str, dict[str, Any]]:
        """Return every document by id."""
        found: dict[str, dict[str, Any]] = {}
        cursor: str | None = None
        while True:
            query = {"limit": "100", **({"cursor": cursor} if cursor else {})}
            page = (await self.client.get("/v1/documents", params=query)).raise_for_status().json()
            found |= {each["id"]: each for each in page["items"]}
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    async def search(self, query: str, top_k: int = 10) -> list[dict[str, Any]]:
        """Return the hits of a search."""
        answer = await self.client.post("/v1/search", json={"query": query, "top_k": top_k})
        hits: list[dict[str, Any]] = answer.raise_for_status().json()["hits"]
        return hits


@asynccontextmanager
async def tenant(service: Running, operator: str, name: str, plan: str = "standard") -> AsyncIterator[TenantCaller]:
    """Provision a tenant, enrol its first client and call with its token."""
    async with httpx.AsyncClient(timeout=120) as client:
        bearer = {"Authorization": f"Bearer {operator}"}
        made = await client.post(
            f"{service.admin}/admin/v1/tenants", json={"name": name, "plan": plan, "limits": ROOMY}, headers=bearer
        )
        code = made.raise_for_status().json()["enrolment"]["code"]
        enrolled = (await client.post(f"{service.api}/v1/enrol", json={"code": code})).raise_for_status().json()
        form = {"grant_type": "client_credentials", **enrolled}
        token = (await client.post(f"{service.api}/v1/token", data=form)).raise_for_status().json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=service.api, headers=headers, timeout=120) as client:
        yield TenantCaller(client)


def read_json(path: Path) -> Any:  # noqa: ANN401  # JSON has no narrower type
    """Return a JSON file's content."""
    return json.loads(path.read_text(encoding="utf-8"))
