"""No operator route and no operator command shows what a tenant wrote, and no operator sends it anywhere."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio
from starlette.responses import Response

from app.admin.operators import AnOperator
from app.admin.plane import create_admin_app
from app.api.route_audit import reads
from tenancy.ids import new_id
from tests.app.admin.driving import OperatorDesk
from tests.app.admin.secretive import NEVER_READ, PLACES, Secretive, binding, canary, said, secretive, shown
from tests.app.http.deployment import Member
from tests.known_gaps import Gap, known_gap
from tests.standins.openai_server import OpenAIServer, openai_server

__all__ = ["openai_server"]

pytestmark = pytest.mark.asyncio(loop_scope="session")

_WHY: Final = {"reason": "the yearly review"}
_OFFER: Final = {"provider_key": "sk-offered", "provider_base_url": "https://93.184.216.34/v1", "model": "m"}
_PLAN: Final = "dedicated"  # no tenant of these tests has it
_WAYS: Final = ("tenant", "plan", "month", "day", "app", "feature", "model")
_QUERIES: Final[Mapping[str, Sequence[str]]] = {
    "tenant": ("{tenant}",),
    "from": ("2020-01-01",),
    "to": ("2090-01-01",),
    "group_by": (*_WAYS, ",".join(way for way in _WAYS if way != "month")),
    "limit": ("1", "50"),
    "cursor": ("{cursor}",),
}
"""What each query parameter of the second address is given."""
_BODIES: Final[Mapping[str, Sequence[Mapping[str, Any]]]] = {
    "POST /admin/v1/tenants": ({"name": "{new}"}, {"name": "{new}", "plan": "free", "limits": {"documents": 5}}),
    "PATCH /admin/v1/tenants/{tenant_id}": ({"plan": "free"}, {"limits": {"documents": 50}}, {"plan": "standard"}),
    "POST /admin/v1/tenants/{tenant_id}/suspend": (_WHY,),
    "POST /admin/v1/tenants/{tenant_id}/resume": ({},),
    "POST /admin/v1/tenants/{tenant_id}/rotate-key": (_WHY,),
    "POST /admin/v1/tenants/{tenant_id}/export": (_WHY,),
    "POST /admin/v1/tenants/{tenant_id}/tripwires": ({"place": "a page", **_WHY},),
    "POST /admin/v1/tenants/{tenant_id}/issuer/confirm": ({**binding(), **_WHY},),
    "DELETE /admin/v1/tenants/{tenant_id}/issuer": (_WHY,),
    "PUT /admin/v1/providers/{plan}": ({**_OFFER, **_WHY},),
    "POST /admin/v1/providers/{plan}/suspend": (_WHY,),
    "POST /admin/v1/providers/{plan}/resume": ({},),
    "DELETE /admin/v1/providers/{plan}": (_WHY,),
    "DELETE /admin/v1/tenants/{tenant_id}": (_WHY,),
}
"""Every changing operation, in the order in which all of them succeed, with the shapes of body that it takes."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A tenant full of canaries, and what the second address answered about it, by phase and operation."""

    tenant: Secretive
    operations: frozenset[str]
    answers: list[tuple[str, str, httpx.Response]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def walk(desk: OperatorDesk) -> Walk:
    """Read all there is to read about a tenant that is active, suspended and erased, and do all there is to do."""
    tenant, operations = await secretive(desk), await _operations(desk.http)
    done = Walk(tenant, frozenset(operations), [])
    page = (await desk.http.get("/admin/v1/audit", params={"limit": 1})).json()
    filled = {"tenant": tenant.admin.tenant, "erasure": new_id("era"), "cursor": page["next_cursor"]}
    await _read("active", desk.http, operations, filled, done)
    for route, bodies in _BODIES.items():
        for body in bodies:
            answer = await _change(desk, route, body, filled["tenant"])
            done.answers.append(("active", route, answer))
        if route.endswith("/suspend"):
            await _read("suspended", desk.http, operations, filled, done)
    filled["erasure"] = answer.json()["id"]
    await _read("erased", desk.http, operations, filled, done)
    return done


async def _operations(http: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    paths = (await http.get("/openapi.json")).json()["paths"]
    return {f"{method.upper()} {path}": op for path, ops in paths.items() for method, op in ops.items()}


async def _change(desk: OperatorDesk, route: str, body: Mapping[str, Any], tenant: str) -> httpx.Response:
    method, path = route.split(" ")
    named = {name: new_id("name") if value == "{new}" else value for name, value in body.items()}
    return await desk.http.request(method, path.format(tenant_id=tenant, plan=_PLAN), json=named)


async def _read(
    phase: str,
    http: httpx.AsyncClient,
    operations: Mapping[str, Mapping[str, Any]],
    filled: Mapping[str, str],
    into: Walk,
) -> None:
    """Read everything an operator can read, in every way that it can be asked for."""
    for route, operation in operations.items():
        method, path = route.split(" ")
        for query in _queries(operation, filled) if method == "GET" else ():
            asked = path.format(tenant_id=filled["tenant"], plan=_PLAN, erasure_id=filled["erasure"])
            answer = await http.get(asked, params=query, headers={"X-Reason": "a look"})
            into.answers.append((phase, route, answer))


def _queries(operation: Mapping[str, Any], filled: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield each value of each query parameter alone and with all the others."""
    names = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
    values = {name: [value.format(**filled) for value in _QUERIES[name]] for name in names}
    yield {}
    for name in names:
        for value in values[name]:
            yield {name: value}
            yield {**{each: values[each][-1] for each in names}, name: value}


async def test_every_canary_is_where_its_owner_reads_it(walk: Walk) -> None:
    assert set(shown("own", walk.tenant.seen.encode())) == set(PLACES) - NEVER_READ


async def test_every_operation_of_an_operator_is_walked_with_success(walk: Walk) -> None:
    changing = {each for each in walk.operations if not each.startswith("GET ")}
    assert changing == set(_BODIES)
    assert walk.operations == {route for _, route, answer in walk.answers if answer.is_success}


@pytest.mark.shows("operators.content")
@pytest.mark.parametrize("phase", ["active", "suspended", "erased"])
async def test_L49_no_operator_route_gives_a_tenants_content(walk: Walk, phase: str) -> None:
    """Not in a status line, a header or a body, in plain, base64, hexadecimal, URL or UTF-16 form."""
    walked = [(route, answer) for when, route, answer in walk.answers if when == phase]
    assert len(walked) > len(_QUERIES)
    assert {route: found for route, answer in walked if (found := shown(route, said(answer)))} == {}


async def test_an_operator_route_that_gives_content_is_found(desk: OperatorDesk, walk: Walk) -> None:
    leaky = create_admin_app(desk.deployment.resources, hurry=lambda: None)

    @leaky.get("/admin/v1/leak")
    @reads("leak.read")
    async def leak(operator: AnOperator, limit: int = 1) -> Response:
        hidden = base64.b64encode(f"{operator.subject}: {canary('profile')}".encode()).decode()
        return Response(headers={"X-Note": hidden} if limit == 50 else {})

    headers = {"Authorization": desk.http.headers["authorization"]}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(leaky), base_url="http://operators.test", headers=headers
    ) as http:
        operations = {route: op for route, op in (await _operations(http)).items() if route.endswith("/leak")}
        found = Walk(walk.tenant, frozenset(operations), [])
        await _read("active", http, operations, {"tenant": "x", "erasure": "x", "cursor": "x"}, found)
    assert {route for _, route, answer in found.answers if shown(route, said(answer)) == ["profile"]} == {
        "GET /admin/v1/leak"
    }


@known_gap(Gap.OPERATOR_CHOOSES_A_PROVIDER)
async def test_L49_L56_no_wish_at_creation_sends_a_tenants_text_anywhere(
    desk: OperatorDesk, openai_server: OpenAIServer
) -> None:
    settings = {"provider_key": "sk-operators", "provider_base_url": openai_server.base_url, "model": "gpt-4o"}
    made = await desk.http.post("/admin/v1/tenants", json={"name": new_id("name"), "settings": settings})
    if made.is_success:
        admin = await _enrolled(desk, made.json())
        await admin.upload("quay.txt", b"The quay was rebuilt in 1931 after the storm.")
        await desk.deployment.drain(admin)
        await admin.http.post("/v1/ask", json={"question": "When was the quay rebuilt?"})
    assert openai_server.asked == []


async def _enrolled(desk: OperatorDesk, made: Mapping[str, Any]) -> Member:
    answer = await desk.deployment.client().post("/v1/enrol", json={"code": made["enrolment"]["code"]})
    return await desk.deployment.signed_in(answer.raise_for_status().json(), made["tenant"]["id"])
