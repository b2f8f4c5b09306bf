"""The tiny service with one more thing that tenants share, each as some service has shared it."""

import asyncio
import hashlib
import itertools
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Annotated

import httpx
from fastapi import FastAPI, Header, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

Next = Callable[[Request], Awaitable[Response]]


def with_answers_by_likeness(app: FastAPI) -> FastAPI:
    """Give an answer again for a question with nearly the same words, whoever asks."""
    kept: list[tuple[frozenset[str], bytes]] = []

    @app.middleware("http")
    async def cache(request: Request, call_next: Next) -> Response:
        if request.url.path != "/search":
            return await call_next(request)
        asked = frozenset(re.findall(r"\w{4,}", (await request.body()).decode().lower()))
        for known, body in kept:
            if len(asked & known) >= 0.8 * len(known):
                return Response(body, media_type="application/json")
        answer = await call_next(request)
        body = await whole(answer)
        kept.append((asked, body))
        return Response(body, media_type="application/json")

    return app


def with_hits_told(app: FastAPI, *, by_tenant: bool) -> FastAPI:
    """Say whether the question was asked before: by anybody, or, which is sound, by the same tenant."""
    asked: set[tuple[str, bytes]] = set()

    @app.middleware("http")
    async def told(request: Request, call_next: Next) -> Response:
        if request.url.path != "/search":
            return await call_next(request)
        key = (request.headers["authorization"] if by_tenant else "", await request.body())
        answer = await call_next(request)
        answer.headers["x-cache"] = "HIT" if key in asked else "MISS"
        asked.add(key)
        return answer

    return app


def with_marks(app: FastAPI, *, checked: bool) -> FastAPI:
    """Mark lists with an ETag; unless `checked`, any mark that was ever given means "not modified"."""
    given: set[str] = set()

    @app.middleware("http")
    async def mark(request: Request, call_next: Next) -> Response:
        if request.method != "GET" or request.url.path != "/documents":
            return await call_next(request)
        body = await whole(await call_next(request))
        own = f'"{hash(body):x}"'
        wanted = request.headers.get("if-none-match", "")
        given.add(own)
        if wanted == own or (wanted in given and not checked):
            return Response(status_code=304)
        return Response(body, media_type="application/json", headers={"etag": own})

    return app


async def whole(answer: Response) -> bytes:
    """Return the body of an answer that is on its way."""
    parts = [part async for part in answer.body_iterator]  # type: ignore[attr-defined]  # it streams
    return b"".join(parts)


def with_a_flickering_header(app: FastAPI) -> FastAPI:
    """Number every answer."""
    count = itertools.count()

    @app.middleware("http")
    async def flicker(request: Request, call_next: Next) -> Response:
        answer = await call_next(request)
        answer.headers["x-flicker"] = str(next(count))
        return answer

    return app


def with_slow_foreign_ids(app: FastAPI, work: int) -> FastAPI:
    """Take longer over the id of another tenant's document than over one that never existed."""
    owners: dict[str, str] = {}

    @app.middleware("http")
    async def slow(request: Request, call_next: Next) -> Response:
        answer = await call_next(request)
        who, last = request.headers.get("authorization", ""), request.url.path.rpartition("/")[2]
        if request.method == "POST" and request.url.path == "/documents":
            body = await whole(answer)
            owners[json.loads(body)["id"]] = who
            return Response(body, status_code=answer.status_code, media_type="application/json")
        if work and owners.get(last, who) != who:
            hashlib.pbkdf2_hmac("sha256", b"a row that is read before anybody asks whose it is", b"", work)
        return answer

    return app


def with_a_limit(app: FastAPI, *, for_all: bool) -> FastAPI:
    """Answer so many questions at a time and refuse the rest: of everybody together, or, which is sound, of each."""
    under_way: Counter[str] = Counter()

    @app.middleware("http")
    async def limit(request: Request, call_next: Next) -> Response:
        who = "" if for_all else request.headers.get("authorization", "")
        if request.url.path != "/search" or under_way[who] >= 4:
            return await call_next(request) if request.url.path != "/search" else Response(status_code=429)
        under_way[who] += 1
        try:
            # Work, for some ten milliseconds: without any, places are free whenever somebody looks.
            await asyncio.to_thread(hashlib.pbkdf2_hmac, "sha256", b"a question", b"", 20_000)
            return await call_next(request)
        finally:
            under_way[who] -= 1

    return app


def with_an_allowance(app: FastAPI, *, for_all: bool) -> FastAPI:
    """Refuse a tenant with an allowance that has asked too often; what others asked counts too if it is `for_all`."""
    tenants: dict[str, str] = {}
    small: set[str] = set()
    asked: Counter[str] = Counter()

    @app.put("/tenants/{tenant_id}/allowance", status_code=204)
    def allow(tenant_id: str) -> Response:
        small.add(tenant_id)
        return Response(status_code=204)

    @app.middleware("http")
    async def count(request: Request, call_next: Next) -> Response:
        who = tenants.get(request.headers.get("authorization", ""), "")
        if request.url.path == "/search":
            counted = "" if for_all else who
            asked[counted] += 1
            return Response(status_code=429) if who in small and asked[counted] > 60 else await call_next(request)
        answer = await call_next(request)
        if (request.method, request.url.path) != ("POST", "/tenants"):
            return answer
        made = json.loads(await whole(answer))
        tenants[f"Bearer {made['token']}"] = made["tenant_id"]
        return JSONResponse(made, status_code=answer.status_code)

    return app


def with_a_queue(app: FastAPI, *, in_turn: bool) -> FastAPI:
    """Work on uploads one after the other: in the order they came, or, which is sound, on each tenant's in turn."""
    lanes: dict[str, list[str]] = {}
    ready: set[str] = set()
    workers: list[asyncio.Task[None]] = []

    async def work() -> None:
        while waiting := [who for who in lanes if lanes[who]]:
            who = waiting[0]
            document = lanes[who].pop(0)
            lanes[who] = lanes.pop(who)  # to the end: the others' turn
            await asyncio.to_thread(hashlib.pbkdf2_hmac, "sha256", b"parsing and embedding", b"", 400_000)
            ready.add(document)

    @app.middleware("http")
    async def queue(request: Request, call_next: Next) -> Response:
        answer = await call_next(request)
        if not request.url.path.startswith("/documents") or request.method == "DELETE" or answer.status_code >= 400:
            return answer
        body = json.loads(await whole(answer))
        if request.method == "POST":
            who = request.headers["authorization"] if in_turn else ""
            lanes.setdefault(who, []).append(body["id"])
            if all(worker.done() for worker in workers):
                workers.append(asyncio.create_task(work()))
        elif "id" in body:
            body["status"] = "ready" if body["id"] in ready else "queued"
        return JSONResponse(body, status_code=answer.status_code)

    return app


def with_streams(app: FastAPI, *, mixed: bool) -> FastAPI:
    """Stream what a search finds in small pieces; `mixed` sends what the last caller's stream held along."""
    last: list[str] = []

    @app.post("/stream")
    async def stream(request: Request) -> StreamingResponse:
        inner = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tiny")
        async with inner:
            found = await inner.post(
                "/search", headers={"authorization": request.headers["authorization"]}, json=await request.json()
            )
        text = " ".join(hit["text"] for hit in found.json()["hits"])
        told = " ".join([text, *last]) if mixed else text
        last[:] = [text]
        pieces = [told[start : start + 5] for start in range(0, len(told), 5)]
        events = [f"event: delta\ndata: {json.dumps({'text': piece})}\n\n" for piece in pieces]
        return StreamingResponse(iter([*events, "event: done\ndata: {}\n\n"]), media_type="text/event-stream")

    return app


def with_events(app: FastAPI, *, checked: bool) -> FastAPI:
    """Tell how far a document is: to its owner, or, unless `checked`, to whoever asks."""
    owners: dict[str, str] = {}

    @app.middleware("http")
    async def keep(request: Request, call_next: Next) -> Response:
        answer = await call_next(request)
        if request.method != "POST" or request.url.path != "/documents":
            return answer
        body = await whole(answer)
        owners[json.loads(body)["id"]] = request.headers["authorization"]
        return Response(body, status_code=answer.status_code, media_type="application/json")

    @app.get("/documents/{document_id}/events")
    def events(document_id: str, authorization: Annotated[str, Header()]) -> Response:
        known = document_id in owners if not checked else owners.get(document_id) == authorization
        if not known:
            return JSONResponse({"detail": "nothing here"}, status_code=404)
        return Response("event: status\ndata: ready\n\n", media_type="text/event-stream")

    return app
