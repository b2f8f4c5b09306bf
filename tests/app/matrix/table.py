"""The route matrix: what every route answers to every kind of caller, for its own id, another tenant's and none's."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import yaml
from fastapi import FastAPI
from pyrage import x25519

from app.admin.plane import create_admin_app
from tenancy.ids import new_id
from tenancy.values.roles import Role
from tests.app.http.deployment import Deployment, Member, Twin, masked
from tests.app.http.test_route_inventory import routes_of

FILE: Final = Path(__file__).with_name("route_matrix.yaml")
COMMAND: Final = "python -m tests.app.matrix"
Cells = dict[str, dict[str, Any]]
Matrix = dict[str, Cells]

_LAST: Final = ("PUT /v1/profiles/{name}", "DELETE /v1/settings/issuer")
"""What makes the thing it names, after all that asks for it; what ends something, after what makes it."""
_ISSUER: Final = {
    "issuer": "https://127.0.0.1:1",
    "audience": "bulkhead",
    "organisation": {"claim": "org_id", "value": "olive"},
}
_SPENT: Final = frozenset(
    {"DELETE /v1/documents/{document_id}", "DELETE /v1/clients/{client_id}", "POST /v1/clients/{client_id}/rotate"}
)
"""What ends the thing it names: each caller gets one of its own to ask about."""
_RECIPIENT: Final = str(x25519.Identity.generate().to_public())
_SENT: Final[Mapping[str, Mapping[str, Any]]] = {
    "POST /v1/search": {"query": "the harbour vault"},
    "POST /v1/ask": {"question": "Who knows the budget of the harbour project?"},
    "POST /v1/clients": {"name": "a program", "roles": ["user"]},
    "POST /v1/exports": {"recipient": _RECIPIENT},
    "POST /v1/profiles/{name}/rollback": {"version": 1},
    "PUT /v1/settings/issuer": _ISSUER,
    "POST /admin/v1/tenants/{tenant_id}/issuer/confirm": {**_ISSUER, "reason": "a test"},
    "PATCH /admin/v1/tenants/{tenant_id}": {"plan": "standard"},
    "PUT /admin/v1/providers/{plan}": {"provider_key": "sk-one", "reason": "a test"},
    "POST /admin/v1/tenants/{tenant_id}/tripwires": {"place": "a page", "reason": "asked for"},
}
_REASONED: Final = ("suspend", "/issuer", "rotate-key", "export", "{tenant_id}", "DELETE /admin/v1/providers/{plan}")


@dataclass(frozen=True, slots=True)
class Stage:
    """Who asks, about whose things."""

    deployment: Deployment
    mine: Twin
    theirs: Twin
    callers: Mapping[str, httpx.AsyncClient]

    async def own(self, route: str, name: str) -> str:
        """Return an id of the asking tenant's own, a new one where the route ends it."""
        admin = self.mine.admin
        if name == "document_id" and route in _SPENT:
            return str((await admin.upload(f"{new_id('x')}.txt", new_id("x").encode()))["id"])
        if name == "client_id":
            return (await self.deployment.member(admin, "user")).credentials["client_id"]
        return _things(self.mine)[name]


def _things(twin: Twin) -> dict[str, str]:
    client = twin.admin.credentials["client_id"]
    return {
        "document_id": twin.document["id"],
        "client_id": client,
        "name": twin.profile,
        "log_id": twin.log,
        "alert_id": twin.alert,
    }


_PREFIX: Final = {"document_id": "doc", "client_id": "cli", "log_id": "log", "alert_id": "alr"}


def _absent(name: str) -> str:
    return new_id("x").replace("_", "-") if name == "name" else new_id(_PREFIX[name])


async def stage(deployment: Deployment) -> Stage:
    """Make two tenants, one caller of each role in the first, a stranger without a token, and an operator."""
    mine, theirs = await deployment.twin("olive-lantern-20"), await deployment.twin("slate-thistle-21")
    members: dict[str, Member] = {str(role): await deployment.member(mine.admin, role) for role in Role}
    callers = {role: member.http for role, member in members.items()}
    operator = deployment.resources.foundation.operator_tokens.sign("ada", 600)
    return Stage(
        deployment, mine, theirs, {**callers, "nobody": deployment.client(), "operator": deployment.client(operator)}
    )


async def asked(http: httpx.AsyncClient, route: str, path: str) -> httpx.Response:
    """Ask a route in the plainest way that is right."""
    method = route.split(" ", maxsplit=1)[0]
    if route == "POST /v1/documents":
        return await http.post(path, files={"file": ("a.txt", new_id("x").encode())})
    if method in {"GET", "DELETE"} and not route.startswith("DELETE /admin"):
        return await http.request(method, path)
    if route == "POST /admin/v1/tenants":
        return await http.post(path, json={"name": new_id("name")})
    body = _SENT.get(route, {"reason": "a test"} if path.startswith("/admin") and route.endswith(_REASONED) else {})
    return await http.request(method, path, json=body)


def cell(answer: httpx.Response) -> str:
    """Return an answer as the table has it: its status, and its code where it is a problem."""
    problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    return f"{answer.status_code} {answer.json()['code']}" if problem else str(answer.status_code)


def _sorted_routes(app: FastAPI) -> list[tuple[str, str | None]]:
    """Return every route with the name of its id."""
    found = [
        (f"{method} {route.path}", next(iter(route.param_convertors), None))
        for route in routes_of(app)
        for method in sorted(route.methods or ())
    ]
    return sorted(found, key=lambda each: (each[0] in _LAST, each[0].split(" ")[::-1]))


async def tenant_plane(on: Stage) -> tuple[Matrix, list[str]]:
    """Return the matrix of the first address, and where another tenant's id is not answered as an absent one is."""
    matrix: Matrix = {}
    told: list[str] = []
    for route, name in _sorted_routes(on.deployment.app):
        cells: Cells = {}
        for caller, http in on.callers.items():
            if name is None:
                cells[caller] = {"any": cell(await asked(http, route, route.split(" ")[1]))}
                continue
            cells[caller], same = await _three(on, http, route, name)
            told += [] if same else [f"{route} as {caller}"]
        matrix[route] = cells
    return matrix, told


async def _three(on: Stage, http: httpx.AsyncClient, route: str, name: str) -> tuple[dict[str, str], bool]:
    ids = {"own": await on.own(route, name), "foreign": _things(on.theirs)[name], "absent": _absent(name)}
    path = route.split(" ")[1]
    answers = {which: await asked(http, route, path.replace("{" + name + "}", each)) for which, each in ids.items()}
    same = masked(answers["foreign"], ids["foreign"]) == masked(answers["absent"], ids["absent"])
    return {which: cell(answer) for which, answer in answers.items()}, same


async def operator_plane(on: Stage) -> Matrix:
    """Return the matrix of the second address; its ids are there or absent, for there is nobody they belong to."""
    app = create_admin_app(on.deployment.resources, hurry=lambda: None)
    plane = Deployment(on.deployment.resources, on.deployment.parser, app)
    callers = {name: plane.client(_token(http)) for name, http in on.callers.items() if name in _ON_SECOND}
    matrix: Matrix = {}
    for route, name in _sorted_routes(app):
        matrix[route] = {}
        for caller, http in callers.items():
            path = route.split(" ")[1]
            if name is None:
                matrix[route][caller] = {"any": cell(await asked(http, route, path))}
                continue
            ids = {"there": await _THERE[name](on), "absent": new_id(name[:3])}
            matrix[route][caller] = {
                which: cell(await asked(http, route, path.replace("{" + name + "}", each)))
                for which, each in ids.items()
            }
    await on.deployment.resources.foundation.offers.remove(await _plan(on))
    return matrix


_ON_SECOND: Final = ("operator", "admin", "auditor", "nobody")


def _token(http: httpx.AsyncClient) -> str | None:
    return http.headers.get("authorization", "").removeprefix("Bearer ") or None


async def _tenant(on: Stage) -> str:
    return (await on.deployment.code())[0]


async def _erasure(on: Stage) -> str:
    operator = create_admin_app(on.deployment.resources, hurry=lambda: None)
    plane = Deployment(on.deployment.resources, on.deployment.parser, operator)
    path = f"/admin/v1/tenants/{await _tenant(on)}"
    answer = await plane.client(_token(on.callers["operator"])).request("DELETE", path, json={"reason": "a test"})
    return str(answer.json()["id"])


async def _plan(on: Stage) -> str:
    return (await on.deployment.resources.foundation.offers.set(_OFFERED, {"provider_key": "sk-one"})).plan


_OFFERED: Final = "dedicated"  # no tenant of these tests has this plan
_THERE: Final[Mapping[str, Callable[[Stage], Awaitable[str]]]] = {
    "tenant_id": _tenant,
    "erasure_id": _erasure,
    "plan": _plan,
}


async def whole(deployment: Deployment) -> tuple[dict[str, Matrix], list[str]]:
    """Return both matrices as the file has them, and what told a foreign id from an absent one."""
    on = await stage(deployment)
    first, told = await tenant_plane(on)
    return {"first address": first, "second address": await operator_plane(on)}, told


def written(matrices: Mapping[str, Matrix]) -> str:
    """Return the text of the file."""
    head = f"# What every route answers to whom, about whose id. Made by `{COMMAND}`, compared by tests/app/matrix.\n"
    return head + yaml.safe_dump(dict(matrices), sort_keys=False, default_flow_style=None, width=200)
