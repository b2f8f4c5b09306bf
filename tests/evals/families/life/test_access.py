"""A14's look at access that was ended, against a service that ends it and two that do not."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import pytest
from fastapi import Depends, FastAPI, HTTPException, Request, UploadFile
from fastapi.responses import Response

from evals.families.life.access import ended_access
from evals.verdicts.family import Evidence, FamilyResult, Verdict
from evals.verdicts.trial import ControlKind
from tests.evals.conftest import staged


@dataclass(slots=True)
class Kept:
    """Tokens and whose they are, whose files there are, and who was suspended."""

    owners: dict[str, str] = field(default_factory=dict)
    clients: dict[str, str] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)
    suspended: set[str] = field(default_factory=set)


def service(*leaks: str) -> FastAPI:
    """Return a service that heeds what was ended, but for its leaks: `revoked`, `suspended`."""
    kept, app = Kept(), FastAPI()

    def caller(request: Request) -> str:
        tenant = kept.owners.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if tenant is None or (tenant in kept.suspended and "suspended" not in leaks):
            raise HTTPException(401)
        return tenant

    _tenants(app, kept)
    _clients(app, kept, caller, ending="revoked" not in leaks)
    return app


def _tenants(app: FastAPI, kept: Kept) -> None:
    @app.post("/tenants", status_code=201)
    def make() -> dict[str, str]:
        token, tenant = secrets.token_urlsafe(24), f"ten_{secrets.token_hex(8)}"
        kept.owners[token], kept.files[tenant] = tenant, []
        return {"tenant_id": tenant, "token": token}

    @app.post("/tenants/{tenant}/{what}")
    def move(tenant: str, what: str) -> dict[str, str]:
        (kept.suspended.add if what == "suspend" else kept.suspended.discard)(tenant)
        return {}

    @app.delete("/tenants/{tenant}", status_code=204)
    def end(tenant: str) -> Response:
        kept.owners = {token: owner for token, owner in kept.owners.items() if owner != tenant}
        return Response(status_code=204)


def _clients(app: FastAPI, kept: Kept, caller: Callable[[Request], str], *, ending: bool) -> None:
    tenant_id = Annotated[str, Depends(caller)]

    @app.post("/clients", status_code=201)
    def add(tenant: tenant_id) -> dict[str, str]:
        token, client = secrets.token_urlsafe(24), f"cli_{secrets.token_hex(8)}"
        kept.owners[token], kept.clients[client] = tenant, token
        return {"client_id": client, "token": token}

    @app.delete("/clients/{client}", status_code=204)
    def revoke(client: str, _tenant: tenant_id) -> Response:
        if ending:
            del kept.owners[kept.clients[client]]
        return Response(status_code=204)

    @app.post("/documents", status_code=201)
    def put(tenant: tenant_id, file: UploadFile) -> dict[str, str]:
        kept.files[tenant].append(f"doc_{secrets.token_hex(8)}")
        return {"id": kept.files[tenant][-1], "name": file.filename or ""}

    @app.get("/documents")
    def listed(tenant: tenant_id) -> dict[str, Any]:
        return {"items": kept.files[tenant]}


_BY: Final = {"as": "operator", "method": "POST"}
OPERATIONS: Final[dict[str, dict[str, object]]] = {
    "tenant_create": {**_BY, "path": "/tenants", "gives": {"tenant_id": "$.tenant_id", "token": "$.token"}},
    "tenant_suspend": {**_BY, "path": "/tenants/{{tenant_id}}/suspend"},
    "tenant_resume": {**_BY, "path": "/tenants/{{tenant_id}}/resume"},
    "tenant_delete": {"as": "operator", "method": "DELETE", "path": "/tenants/{{tenant_id}}"},
    "client_create": {
        "method": "POST",
        "path": "/clients",
        "gives": {"client_id": "$.client_id", "token": "$.token"},
    },
    "client_revoke": {"method": "DELETE", "path": "/clients/{{client_id}}"},
    "ingest": {
        "method": "POST",
        "path": "/documents",
        "files": [{"field": "file", "name": "{{name}}", "content": "{{content}}"}],
        "gives": {"document_id": "$.id"},
    },
    "list": {"method": "GET", "path": "/documents", "gives": {"document_id": "$.items[*]"}},
}


async def _looked(*leaks: str) -> FamilyResult:
    roles = {"user": {"steps": ["client_create"]}}
    async with staged(service(*leaks), operations=OPERATIONS, roles=roles) as stage:
        evidence = Evidence("A14", "Access")
        await ended_access(stage, evidence)
        evidence.control(ControlKind.NEGATIVE, "Stands for the family's own.", held=True)
        return evidence.result(seconds=0)


async def test_access_that_ends_at_once_passes() -> None:
    result = await _looked()
    assert result.verdict is Verdict.PASS, result.reason
    assert result.distinct == 2


@pytest.mark.parametrize(("leak", "who"), [("revoked", "a revoked client"), ("suspended", "a suspended tenant")])
async def test_access_that_goes_on_is_found(leak: str, who: str) -> None:
    result = await _looked(leak)
    assert [finding.title for finding in result.findings] == [f"GET /documents is done for {who}."]
