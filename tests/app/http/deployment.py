"""A deployment in this process, driven over HTTP, with twin tenants that hold files of the same name and topic."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, MutableMapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from app.http.plane import create_tenant_app
from app.resources import Resources
from ingestion.parse import ParserPool
from ingestion.work import work
from tenancy.anomalies.alerts import Episode
from tenancy.anomalies.hours import Calendar, Finding, Hour, Kind, Signal
from tenancy.anomalies.scan import scan
from tenancy.identity.operators import Operator
from tenancy.ids import TenantId, new_id
from tenancy.provision import NewTenant, provision
from tests.limits import ROOMY

NOTES = "notes.txt"


@dataclass(frozen=True, slots=True)
class Member:
    """One client of one tenant: `http` sends its token with every request."""

    http: httpx.AsyncClient
    credentials: Mapping[str, str]
    tenant: str

    async def upload(self, name: str, content: bytes, fields: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Upload a file that is accepted, and return the document."""
        answer = await self.http.post("/v1/documents", files={"file": (name, content)}, data=dict(fields or {}))
        assert answer.status_code in {200, 202}, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def search(self, query: str, **more: object) -> list[dict[str, Any]]:
        """Search, and return the hits."""
        answer = await self.http.post("/v1/search", json={"query": query, **more})
        assert answer.status_code == 200, answer.text
        hits: list[dict[str, Any]] = answer.json()["hits"]
        return hits


@dataclass(frozen=True, slots=True)
class Twin:
    """A tenant's administrator, its one document, which is ready, its profile's name, a log and an alert of its own."""

    admin: Member
    document: dict[str, Any]
    secret: str
    profile: str
    log: str
    alert: str


class Deployment:
    """One opened deployment and its tenant plane."""

    def __init__(self, resources: Resources, parser: ParserPool, app: FastAPI | None = None) -> None:
        """Drive `app`, or the tenant plane itself."""
        self.resources = resources
        self.parser = parser
        self.app = app or create_tenant_app(resources)

    def client(self, token: str | None = None) -> httpx.AsyncClient:
        """Return a client of the plane, with or without a token; a crash is an answer, as on a real server."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://bulkhead.test", headers=headers)

    async def code(self, settings: Mapping[str, str] | None = None) -> tuple[str, str]:
        """Provision a fresh tenant; return its id and its enrolment code."""
        wish = NewTenant(new_id("name"), limits=ROOMY, settings=dict(settings or {}))
        card, enrolment = await provision(self.resources.foundation, Operator("tests"), wish)
        return card.id, enrolment.code

    async def administrator(self, settings: Mapping[str, str] | None = None) -> Member:
        """Provision a fresh tenant and enrol its first client."""
        tenant, code = await self.code(settings)
        answer = await self.client().post("/v1/enrol", json={"code": code})
        assert answer.status_code == 201, answer.text
        return await self.signed_in(answer.json(), tenant)

    async def signed_in(self, credentials: Mapping[str, str], tenant: str) -> Member:
        """Exchange a client's credentials for a token."""
        pair = {name: credentials[name] for name in ("client_id", "client_secret")}
        answer = await self.client().post("/v1/token", data={"grant_type": "client_credentials", **pair})
        assert answer.status_code == 200, answer.text
        return Member(self.client(answer.json()["access_token"]), pair, tenant)

    async def member(self, admin: Member, *roles: str) -> Member:
        """Make a client with `roles` in the administrator's tenant, and sign it in."""
        answer = await admin.http.post("/v1/clients", json={"name": "a program", "roles": list(roles)})
        assert answer.status_code == 201, answer.text
        return await self.signed_in(answer.json(), admin.tenant)

    async def drain(self, member: Member | None = None) -> None:
        """Do all the background work of the member's tenant, or of every tenant."""
        lanes = self.resources.foundation.lanes
        for lane in await lanes.due() if member is None else [await lanes.mark(TenantId(member.tenant))]:
            while await work(self.resources.mint, lane, self.parser) is not None:
                pass

    async def twin(self, secret: str) -> Twin:
        """Make a tenant whose one document holds `secret`."""
        admin = await self.administrator()
        text = f"The budget of the harbour project is known to few. The password of the harbour vault is {secret}."
        made = await admin.upload(NOTES, text.encode())
        await self.drain(admin)
        document = (await admin.http.get(f"/v1/documents/{made['id']}")).json()
        assert document["status"] == "ready", document
        profile = f"desk-{secret}"
        words = {"system": f"You guard the password {secret}."}
        assert (await admin.http.put(f"/v1/profiles/{profile}", json=words)).status_code == 200
        await admin.search("harbour vault")
        (log,) = (await admin.http.get("/v1/logs")).json()["items"]
        return Twin(admin, document, secret, profile, log["id"], await self.alert(admin))

    async def alert(self, admin: Member, *, gross: bool = False, kind: Kind = Kind.SPIKE) -> str:
        """Have something found unusual about the hour of an administrator's tenant; return the alert's id."""

        def found(
            past: Sequence[Hour], now: Hour, calendar: Calendar, since: int, known: Collection[Episode]
        ) -> list[Finding]:
            del past, calendar, since, known
            return [Finding(kind, Signal.REQUESTS, now.starts, now.counts[Signal.REQUESTS], 0.25, gross)]

        (raised,) = (await scan(self.resources.foundation, TenantId(admin.tenant), detect=found)).raised
        return raised.alert.id


class Stream:
    """An answer read as it is sent, which the client library's in-process transport cannot do."""

    def __init__(self) -> None:
        """Begin with nothing received."""
        self.parts: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.gone = asyncio.Event()
        self.ended = False

    async def receive(self) -> dict[str, Any]:
        """Stand for a client that stays until `gone`."""
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Take what the application sends; None marks the end."""
        if message["type"] == "http.response.body":
            self.parts.put_nowait(message.get("body", b""))
            if not message.get("more_body", False):
                self.parts.put_nowait(None)

    async def rest(self) -> bytes:
        """Return everything up to the end."""
        whole = b""
        while (part := await self.parts.get()) is not None:
            whole += part
        return whole


@asynccontextmanager
async def streaming(app: FastAPI, member: Member, path: str) -> AsyncIterator[Stream]:
    """Get `path` as the member, and leave at the end of the block."""
    stream = Stream()
    headers = [(b"authorization", member.http.headers["authorization"].encode())]
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
             "headers": headers, "client": ("127.0.0.1", 1), "server": ("test", 80), "scheme": "http"}  # fmt: skip
    task = asyncio.create_task(app(scope, stream.receive, stream.send))
    try:
        yield stream
    finally:
        stream.gone.set()
        await task
        stream.ended = True


def masked(answer: httpx.Response, *asked: str) -> tuple[int, dict[str, str], str]:
    """Return all that an answer says, with the asked ids and the request id masked, but what the caller has left."""
    body = answer.text.replace(answer.headers["x-request-id"], "<request>")
    for each in asked:
        body = body.replace(each, "<asked>")
    left = {"ratelimit", "x-ratelimit-remaining", "x-ratelimit-reset"}
    passing = left | {"x-request-id", "content-length"}
    headers = {name: value for name, value in answer.headers.items() if name not in passing}
    return answer.status_code, headers, body
