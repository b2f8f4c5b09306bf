"""A tiny knowledge base of many tenants, to be attacked: sound, or leaking in exactly the ways it is told to."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import uvicorn
from fastapi import Depends, FastAPI, Form, HTTPException, Request, UploadFile
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from evals.target.reading import target_of
from evals.target.spec import TargetSpec

OPERATOR: Final = "operator-of-the-tiny-service"
LEAKS: Final = (
    "object",  # read by id looks nowhere at whose it is
    "delete",  # nor does deletion
    "forbidden",  # a foreign id is 403, an absent one 404
    "header",  # X-Tenant-Id beats the token
    "query",  # so does ?tenant_id
    "cookie",  # so does a cookie
    "body",  # so does a field of the body
    "search",  # one index for all
    "prefix",  # a token is known by its first half
    "anybody",  # without a token one is the first tenant
)


class Query(BaseModel):
    """What to search for."""

    query: str
    tenant_id: str | None = None


class Named(BaseModel):
    """A tenant to make."""

    name: str


@dataclass(slots=True)
class Store:
    """Everything the service keeps, and the ways in which it leaks."""

    leaks: frozenset[str]
    tenants: dict[str, str] = field(default_factory=dict)  # token to tenant id
    names: dict[str, str] = field(default_factory=dict)  # tenant id to name
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)

    def of(self, tenant: str) -> list[dict[str, Any]]:
        return [one for one in self.documents.values() if one["tenant"] == tenant]

    def found(self, tenant: str, document_id: str, leak: str) -> dict[str, Any]:
        one = self.documents.get(document_id)
        if one is not None and one["tenant"] != tenant and "forbidden" in self.leaks:
            raise HTTPException(403, "not yours")
        if one is None or (one["tenant"] != tenant and leak not in self.leaks):
            raise HTTPException(404, "nothing here")
        return one


def tiny_service(*leaks: str) -> FastAPI:
    """Return the service with these leaks of LEAKS."""
    store = Store(frozenset(leaks))
    app = FastAPI(title="tiny")

    def caller(request: Request) -> str:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if "prefix" in store.leaks:
            token = next((one for one in store.tenants if token and token[:16] == one[:16]), "")
        if "anybody" in store.leaks and not token:
            token = next(iter(store.tenants), "")
        if token not in store.tenants:
            raise HTTPException(401, "who are you?")
        claimed = [
            request.headers.get("x-tenant-id") if "header" in store.leaks else None,
            request.query_params.get("tenant_id") if "query" in store.leaks else None,
            request.cookies.get("tenant_id") if "cookie" in store.leaks else None,
        ]
        return next((one for one in claimed if one in store.names), None) or store.tenants[token]

    def operator(request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {OPERATOR}":
            raise HTTPException(401, "who are you?")

    _operators_routes(app, store, operator)
    _tenants_routes(app, store, caller)
    return app


def _operators_routes(app: FastAPI, store: Store, operator: Any) -> None:  # noqa: ANN401 - a dependency
    @app.post("/tenants", status_code=201, dependencies=[Depends(operator)])
    def make(body: Named) -> dict[str, str]:
        token, tenant = secrets.token_urlsafe(24), f"ten_{secrets.token_hex(8)}"
        store.tenants[token], store.names[tenant] = tenant, body.name
        return {"tenant_id": tenant, "token": token}

    @app.delete("/tenants/{tenant_id}", status_code=204, dependencies=[Depends(operator)])
    def end(tenant_id: str) -> Response:
        if tenant_id not in store.names:
            raise HTTPException(404, "nothing here")
        del store.names[tenant_id]
        store.tenants = {token: tenant for token, tenant in store.tenants.items() if tenant != tenant_id}
        store.documents = {key: one for key, one in store.documents.items() if one["tenant"] != tenant_id}
        return Response(status_code=204)

    @app.get("/healthz")
    def health() -> dict[str, str]:
        return {"status": "ok"}


def _tenants_routes(app: FastAPI, store: Store, caller: Any) -> None:  # noqa: ANN401 - a dependency
    caller_id = Annotated[str, Depends(caller)]

    @app.post("/documents", status_code=201)
    async def put(tenant: caller_id, file: UploadFile, note: Annotated[str, Form()] = "") -> dict[str, str]:
        del note
        one = f"doc_{secrets.token_hex(8)}"
        text = (await file.read()).decode()
        store.documents[one] = {"id": one, "tenant": tenant, "name": file.filename, "text": text}
        return {"id": one, "name": file.filename or ""}

    @app.get("/documents")
    def listed(tenant: caller_id) -> dict[str, Any]:
        return {"items": [{"id": one["id"], "name": one["name"]} for one in store.of(tenant)]}

    @app.get("/documents/{document_id}")
    def read(tenant: caller_id, document_id: str) -> dict[str, str]:
        one = store.found(tenant, document_id, "object")
        return {"id": one["id"], "name": one["name"], "text": one["text"]}

    @app.delete("/documents/{document_id}", status_code=204)
    def take_out(tenant: caller_id, document_id: str) -> Response:
        del store.documents[store.found(tenant, document_id, "delete")["id"]]
        return Response(status_code=204)

    @app.post("/search")
    def search(tenant: caller_id, body: Query) -> JSONResponse:
        mine = body.tenant_id if body.tenant_id in store.names and "body" in store.leaks else tenant
        among = store.documents.values() if "search" in store.leaks else store.of(str(mine))
        words = {word.strip("?.,!").lower() for word in body.query.split() if len(word) > 3}
        parts = [(one, line) for one in among for line in one["text"].split("\n") if line.strip()]
        scored = [
            (len(words & {word.strip("?.,!").lower() for word in line.split()}), one, line) for one, line in parts
        ]
        best = sorted((hit for hit in scored if hit[0]), key=lambda hit: (-hit[0], hit[1]["id"], hit[2]))[:10]
        return JSONResponse(
            {"hits": [{"document_id": one["id"], "name": one["name"], "text": line} for _, one, line in best]}
        )


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """Serve an application on loopback until the block ends; yield its address."""
    # Of TCP by name, or asyncio leaves Nagle's algorithm on; listening from here on, so nobody waits for the server.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
    task = asyncio.create_task(server.serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


def tiny_target(url: str, **more: object) -> TargetSpec:
    """Return the tiny service as a target."""
    return target_of(tiny_file(url, **more), "tiny")


def tiny_file(url: str, **more: object) -> dict[str, object]:
    """Return what a target file for the tiny service says."""
    return {
        "name": "tiny",
        "reach": 3,
        "bases": {"api": url},
        "openapi": [{"base": "api", "path": "/openapi.json"}],
        "rate": 2000,
        "auth": {
            "tenant": {"Authorization": "Bearer {{token}}"},
            "operator": {"Authorization": "Bearer {{token}}"},
        },
        "operator": {"token": OPERATOR},
        "tenant": {"steps": ["tenant_create"]},
        "operations": OPERATIONS,
        **more,
    }


OPERATIONS: Final[dict[str, dict[str, object]]] = {
    "tenant_create": {
        "method": "POST",
        "path": "/tenants",
        "as": "operator",
        "json": {"name": "{{name}}"},
        "gives": {"tenant_id": "$.tenant_id", "token": "$.token"},
    },
    "tenant_delete": {"method": "DELETE", "path": "/tenants/{{tenant_id}}", "as": "operator"},
    "ingest": {
        "method": "POST",
        "path": "/documents",
        "files": [{"field": "file", "name": "{{name}}", "content": "{{content}}", "content_type": "text/plain"}],
        "gives": {"document_id": "$.id"},
    },
    "list": {"method": "GET", "path": "/documents", "gives": {"document_id": "$.items[*].id"}},
    "get": {"method": "GET", "path": "/documents/{{document_id}}"},
    "delete": {"method": "DELETE", "path": "/documents/{{document_id}}"},
    "search": {
        "method": "POST",
        "path": "/search",
        "json": {"query": "{{query}}"},
        "changes": False,
        "gives": {"text": "$.hits[*].text"},
    },
}
