"""Requests that make a service say more than it should: odd fields, wrong types, switches left from development.

Every variant is a valid request of a route with one thing changed, so that it gets as far as that thing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from evals.families.requesting import placed, request_for
from evals.stage.populate import own_values
from evals.stage.stage import Stage
from evals.stage.tenant import StagedTenant
from evals.target.openapi import Route, Slot, kind_of
from evals.target.operation import Caller, Request

_READS: Final = frozenset({"GET", "HEAD"})
_SWITCHES: Final = (
    *("debug", "verbose", "explain", "trace", "include_vectors", "with_vectors", "with_payload", "include_embeddings"),
    *("include_metadata", "return_prompt", "raw"),
)
_HEADERS: Final[Mapping[str, Mapping[str, str]]] = {
    "another media type": {"Accept": "text/html, application/xml"},
    "debug headers": {"X-Debug": "1", "X-Debug-Token": "1", "X-Trace": "1", "Pragma": "akamai-x-get-cache-key"},
    "a part of it": {"Range": "bytes=0-99"},
    "if it changed": {"If-None-Match": "*", "If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    "a forwarded host": {"X-Forwarded-Host": "other.test", "X-Original-URL": "/", "Forwarded": "host=other.test"},
}


@dataclass(frozen=True, slots=True)
class Provocation:
    """One request, what is odd about it, and the route that it is for."""

    route: Route
    variant: str
    request: Request


def provocations(stage: Stage, caller: StagedTenant) -> Iterator[Provocation]:
    """Yield every provocation of every route that tenants use and that destroys nothing."""
    bases = {one.base for one in stage.spec.operations.values() if one.caller is Caller.TENANT}
    for route in stage.surface.routes:
        operation = stage.operation_of(route)
        reads = not operation.changes if operation else route.method in _READS
        asks = operation is not None and operation.name in {"search", "ask", "chat"}
        if route.base in bases and (reads or asks):
            plain = request_for(stage, route, {**own_values(caller), **caller.session.values}, _path(route, caller))
            yield Provocation(route, "as it is", plain)
            for variant, request in _changed(route, plain):
                yield Provocation(route, variant, request)


def _path(route: Route, caller: StagedTenant) -> dict[str, str]:
    """Fill the path with the caller's own ids: what is provoked is what the caller may ask for."""
    slots = [slot for slot in route.slots if slot.place == "path"]
    return {slot.name: found[0] for slot in slots if (found := caller.ids.get(kind_of(route, slot)))}


def _changed(route: Route, plain: Request) -> Iterator[tuple[str, Request]]:
    for variant, headers in _HEADERS.items():
        yield variant, replace(plain, headers={**plain.headers, **headers})
    yield "switches in the query", replace(plain, query={**plain.query, **dict.fromkeys(_SWITCHES, "true")})
    yield "an odd query", replace(plain, query={**plain.query, "limit": "-1", "cursor": "'\"\\", "sort": "tenant_id"})
    if isinstance(plain.json, Mapping):
        yield from _bodies(route, plain, plain.json)


def _bodies(route: Route, plain: Request, body: Mapping[str, Any]) -> Iterator[tuple[str, Request]]:
    yield "switches in the body", replace(plain, json={**body, **dict.fromkeys(_SWITCHES, True)})
    yield "a field that is not there", replace(plain, json={**body, "no_such_field": "x"})
    yield "values of another type", replace(plain, json={name: [{"x": None}] for name in body})
    yield "no body", replace(plain, json={})
    yield "broken JSON", replace(plain, json=None, content=b'{"query": ', headers={"Content-Type": "application/json"})
    filters = [slot.name for slot in route.slots if slot.place == "body" and "filter" in slot.name]
    for name in filters:
        for inner in ("no_such_field", "$where", "tenant", "metadata"):
            yield f"{name} by {inner}", placed(plain, Slot("body", f"{name}.{inner}"), "x")
        yield f"{name} of another type", replace(plain, json={**body, name: "x' OR 1=1 --"})
