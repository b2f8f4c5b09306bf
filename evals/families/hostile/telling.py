"""The places of a service that tell about it in passing, and a request for each kind of error it has a page for."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from evals.stage.populate import own_values
from evals.stage.stage import Stage
from evals.stage.tenant import StagedTenant
from evals.target.operation import Caller, Request
from evals.target.session import Session

_PATHS: Final = (
    "/metrics", "/health", "/healthz", "/readyz", "/status", "/info", "/version", "/debug", "/debug/state",
    "/debug/vars", "/debug/pprof/", "/actuator", "/actuator/env", "/admin", "/docs", "/redoc", "/openapi.json",
    "/swagger.json", "/.env", "/.git/config", "/server-status", "/logs", "/trace", "/_internal", "/api", "/",
)  # fmt: skip
_BROKEN: Final = b'{"query": "unfinished'


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to a place that tells: of which kind, as whom, without credentials if `bare`."""

    kind: str
    session: Session
    request: Request
    bare: bool = False


def asks(stage: Stage, tenant: StagedTenant) -> Iterator[Ask]:
    """Yield requests for everything that tells in passing: pages, health, metrics, and every class of error."""
    for base in stage.spec.bases:
        for path in _PATHS:
            yield Ask(f"page {path}", tenant.session, tenant.session.request("GET", path, base=base), bare=True)
            yield Ask(f"page {path} signed in", tenant.session, tenant.session.request("GET", path, base=base))
    for operation in stage.spec.operations.values():
        if operation.caller is Caller.NOBODY and not operation.changes and not operation.needs:
            yield Ask(f"open {operation.name}", tenant.session, operation.filled({}), bare=True)
    yield from _errors(stage, tenant)


def _errors(stage: Stage, tenant: StagedTenant) -> Iterator[Ask]:
    """Yield a request of every operation of a tenant for each way of being wrong."""
    values = {**own_values(tenant), "name": "error.txt", "content": "x"}
    weaker = next(iter(tenant.roles.values()), None)
    for name, operation in stage.spec.operations.items():
        if operation.caller is not Caller.TENANT or not stage.serves(name) or not operation.requires <= set(values):
            continue
        session, request = tenant.session, operation.filled(values)
        yield Ask(f"401 {name}", session, request, bare=True)
        never = replace(request, path=request.path.replace(str(values.get("document_id")), "doc_never_there"))
        if never != request:
            yield Ask(f"404 {name}", session, never)
        yield Ask(f"405 {name}", session, replace(request, method="PROPFIND"))
        if request.json is not None:
            as_json = {**request.headers, "Content-Type": "application/json"}
            broken = replace(request, json=None, content=_BROKEN, headers=as_json)
            yield Ask(f"422 broken {name}", session, broken)
            yield Ask(f"422 wrong {name}", session, replace(request, json={"query": ["nothing"], "filter": {"x": {}}}))
            yield Ask(
                f"422 unknown {name}", session, replace(request, json={**_object(request), "filter": {"no": "1"}})
            )
        if request.files:
            yield Ask(f"415 {name}", session, replace(request, files=(), json={"file": "none"}))
        if weaker is not None and not operation.changes:
            yield Ask(f"403 {name}", weaker, request)


def _object(request: Request) -> dict[str, object]:
    return dict(request.json) if isinstance(request.json, dict) else {}
