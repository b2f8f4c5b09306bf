"""A real service of a test's own: a process, its folders, and callers that speak HTTP to it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import httpx

from tests.limits import ROOMY

BULKHEAD: Final = Path(sys.executable).parent / "bulkhead"
SETTLED: Final = frozenset({"ready", "failed"})
_WAIT_SECONDS: Final = 120.0
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a memory file system is the point


class GaveUp(Exception):
    """What a test waited for did not come; the message says what it was."""


@final
class Folders:
    """Where one service keeps everything: all of it below one folder, its index in memory."""

    def __init__(self, root: Path, *, data: Path | None = None) -> None:
        """Use `root`, and `data` for the data folder where that has to be elsewhere."""
        self.root = root
        self.data = data or root / "data"
        self.keys = self.data.with_name(self.data.name + ".keys")
        self.temporary = root / "temporary"
        self.logs = root / "logs"
        for folder in (self.temporary, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        self.index = Path(tempfile.mkdtemp(prefix="bulkhead-promise-", dir=_MEMORY if _MEMORY.is_dir() else root))

    def remove(self) -> None:
        """Remove what is not below the root."""
        for folder in (self.index, self.index.with_name(self.index.name + "-parsers")):
            shutil.rmtree(folder, ignore_errors=True)


@final
class Service:
    """One deployment, started and ended as its operator would; it keeps its addresses over a restart."""

    def __init__(self, folders: Folders, **settings: str) -> None:
        """Prepare a deployment in `folders`; `settings` are BULKHEAD_ settings in lower case."""
        self.folders = folders
        self.port, self.admin_port = _free_port(), _free_port()
        self.api, self.admin = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{self.admin_port}"
        own = {
            "data_dir": str(folders.data),
            "index_dir": str(folders.index),
            "sentinel_interval_seconds": "0",  # tests count tenants and read every byte
            "accept_index_on_disk": "1",  # a machine that swaps may run the tests
            **settings,
        }
        self.environment = {
            **os.environ,
            "TMPDIR": str(folders.temporary),
            **{f"BULKHEAD_{name.upper()}": value for name, value in own.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._callers: list[httpx.Client] = []

    def start(self, *, parsers: bool = True) -> None:
        """Start and wait until it is ready, or, without `parsers`, until it answers at all."""
        ports = ["--port", str(self.port), "--admin-port", str(self.admin_port)]
        with (self.folders.logs / "stdout").open("ab") as out, (self.folders.logs / "stderr").open("ab") as err:
            self._process = subprocess.Popen(
                [BULKHEAD, "serve", *ports],
                env=self.environment,
                cwd=self.folders.temporary,
                stdout=out,
                stderr=err,
            )
        self._wait("/readyz" if parsers else "/healthz")

    def _wait(self, path: str) -> None:
        deadline = time.monotonic() + _WAIT_SECONDS
        with httpx.Client(base_url=self.api) as caller:  # one for all: each reads the system's certificates anew
            while time.monotonic() < deadline and self.alive():
                with suppress(httpx.TransportError):
                    if caller.get(path).status_code == httpx.codes.OK:
                        return
                time.sleep(0.1)
        raise GaveUp(f"the service did not answer {path}:\n" + self.log()[-3000:])

    def log(self) -> str:
        """Return what it has logged."""
        return (self.folders.logs / "stderr").read_text(encoding="utf-8", errors="replace")

    def alive(self) -> bool:
        """Tell whether its process runs."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as an operator does."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
        if self._process is not None:
            self._process.wait(60)

    def release(self) -> None:
        """Stop it, hang up on it and remove what is not in its root folder."""
        self.stop()
        for caller in self._callers:
            caller.close()
        self.folders.remove()

    def operator(self) -> httpx.Client:
        """Return a caller of the second address with an operator's token from the command line."""
        done = subprocess.run([BULKHEAD, "operator", "token"], env=self.environment, capture_output=True, check=True)
        token = done.stdout.decode().split()[-1]
        caller = httpx.Client(base_url=self.admin, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        self._callers.append(caller)
        return caller

    def tenant(self, operator: httpx.Client, name: str, **limits: float) -> "Tenant":
        """Provision a tenant with roomy limits and others of its own, enrol its first client and sign in."""
        wish = {"name": name, "limits": {**ROOMY, **limits}}
        made = operator.post("/admin/v1/tenants", json=wish).raise_for_status().json()
        code = made["enrolment"]["code"]
        enrolled = httpx.post(f"{self.api}/v1/enrol", json={"code": code}).raise_for_status().json()
        tenant = Tenant(self.api, made["tenant"]["id"], code, enrolled["client_id"], enrolled["client_secret"])
        self._callers.append(tenant.http)
        tenant.sign_in()
        return tenant


@dataclass(frozen=True, slots=True)
class Put:
    """A document that the service acknowledged, and the status it did so with."""

    id: str
    status: int


@final
class Tenant:
    """One tenant, asked over HTTP with the token of its first client."""

    def __init__(self, api: str, tenant_id: str, code: str, client_id: str, secret: str) -> None:
        """Take what enrolment gave."""
        self.id, self.code, self.client_id, self.secret = tenant_id, code, client_id, secret
        self.http = httpx.Client(base_url=api, timeout=60)
        self.token = ""

    def sign_in(self) -> None:
        """Get a token and use it from now on."""
        answer = self.exchange().raise_for_status()
        self.token = str(answer.json()["access_token"])
        self.http.headers["Authorization"] = f"Bearer {self.token}"

    def exchange(self) -> httpx.Response:
        """Ask for a token; return the answer."""
        form = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.secret}
        return self.http.post("/v1/token", data=form)

    def send(self, name: str, content: bytes, **fields: str) -> httpx.Response:
        """Upload a file; return the answer."""
        return self.http.post("/v1/documents", files={"file": (name, content)}, data=fields)

    def put(self, name: str, content: bytes, **fields: str) -> Put:
        """Upload a file that is accepted."""
        answer = self.send(name, content, **fields).raise_for_status()
        return Put(str(answer.json()["id"]), answer.status_code)

    def document(self, document_id: str) -> dict[str, Any]:
        """Return a document."""
        found: dict[str, Any] = self.http.get(f"/v1/documents/{document_id}").raise_for_status().json()
        return found

    def documents(self) -> list[dict[str, Any]]:
        """Return every document."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            query = {"limit": "100", **({} if cursor is None else {"cursor": cursor})}
            page = self.http.get("/v1/documents", params=query).raise_for_status().json()
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    def settled(self) -> list[dict[str, Any]]:
        """Wait until every document is ready or failed; return them."""
        for each in self.documents():
            if each["status"] not in SETTLED:
                self.watch(each["id"])
        return self.documents()

    def watch(self, document_id: str) -> None:
        """Follow a document's events until they end, as they do when it is ready or has failed."""
        with self.http.stream("GET", f"/v1/documents/{document_id}/events", timeout=_WAIT_SECONDS) as events:
            events.raise_for_status()
            last = [line for line in events.iter_lines() if line.startswith("data: ")][-1]
        status = json.loads(last.removeprefix("data: "))["status"]
        if status not in SETTLED:
            raise GaveUp(f"the events of a document ended with it being {status}")

    def reaches(self, document_id: str, statuses: Iterable[str]) -> str:
        """Wait until a document has one of `statuses`; return which."""
        wanted = frozenset(statuses)
        deadline = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < deadline:
            status = str(self.document(document_id)["status"])
            if status in wanted:
                return status
        raise GaveUp(f"the document did not reach {sorted(wanted)}; it is {status}")

    def chunks(self, document_id: str) -> list[dict[str, Any]]:
        """Return the chunks of a document, all of them."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            query = {} if cursor is None else {"cursor": cursor}
            path = f"/v1/documents/{document_id}/chunks"
            page = self.http.get(path, params=query).raise_for_status().json()
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    def search(self, query: str, top_k: int = 10) -> list[dict[str, Any]]:
        """Return the hits of a search."""
        answer = self.http.post("/v1/search", json={"query": query, "top_k": top_k}).raise_for_status()
        hits: list[dict[str, Any]] = answer.json()["hits"]
        return hits

    def ask(self, question: str) -> dict[str, Any]:
        """Return the answer to a question."""
        answer: dict[str, Any] = self.http.post("/v1/ask", json={"question": question}).raise_for_status().json()
        return answer


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
