"""Make a whole request for any served route, with any value in any of its slots."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from evals.stage.stage import Stage
from evals.target.openapi import Route, Slot, smallest
from evals.target.operation import Request

_FORM = "application/x-www-form-urlencoded"


def request_for(stage: Stage, route: Route, values: Mapping[str, object], path: Mapping[str, str]) -> Request:
    """Return a valid request for a route: as the target file makes it where it can, else the smallest body allowed.

    `path` fills the slots of the path; one that it does not name is filled with the example that the target documents
    for it, or else with its own name.
    """
    operation = stage.operation_of(route)
    where = _path(route, path)
    if operation is not None and operation.requires <= {*values, *path}:
        return replace(operation.filled({**values, **path}), path=where)
    body = smallest(route.schema) if route.media else None
    request = Request(base=route.base, method=route.method, path=where)
    if route.media == _FORM:
        return replace(request, form={name: str(value) for name, value in (body or {}).items()})
    if route.media.startswith("multipart/"):
        return replace(request, files=(("file", "probe.txt", b"A probe.\n", "text/plain"),))
    return replace(request, json=body) if route.media else request


def placed(request: Request, slot: Slot, value: str) -> Request:
    """Return the request with a value in a slot that is not in the path; a dotted name leads into the body."""
    match slot.place:
        case "query":
            return replace(request, query={**request.query, slot.name: value})
        case "header":
            return replace(request, headers={**request.headers, slot.name: value})
        case "cookie":
            return replace(request, cookies={**request.cookies, slot.name: value})
        case _ if request.form is not None or request.files:
            return replace(request, form={**(request.form or {}), slot.name: value})
        case _:
            body = dict(request.json) if isinstance(request.json, Mapping) else {}
            outer, _, inner = slot.name.partition(".")
            return replace(request, json={**body, outer: {inner: value} if inner else value})


def _path(route: Route, values: Mapping[str, str]) -> str:
    path = route.path
    for slot in route.slots:
        if slot.place == "path":
            value = quote(values.get(slot.name) or route.examples.get(slot.name, slot.name), safe="")
            path = path.replace(f"{{{slot.name}}}", value).replace(f"{{{slot.name}:path}}", value)
    return path
