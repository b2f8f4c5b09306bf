"""The file of the naive server fits the server, and what its leaks show can be shown again with curl."""

import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from evals.target.curl import variable
from evals.target.openapi import Surface, read_surface
from evals.target.operation import Caller
from evals.target.reading import read_target
from evals.target.reply import Reply
from evals.target.session import Session, with_header
from evals.target.spec import TargetSpec
from evals.target.wire import Wire
from evals.verdicts.finding import Finding
from evals.verdicts.trial import Cell
from tests.services import requires
from tests.standins.naive_rag.running import running_naive_rag
from tests.standins.naive_rag.server import OPERATOR_KEY

FILE: Final = Path(__file__).parents[3] / "evals" / "targets" / "naive.yaml"
SECRET: Final = "zebra-4711"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two tenants of a running server; the second has a document with the secret."""

    attacker: Session
    victim: Session
    document: str

    async def search(self) -> Reply:
        """Search for the secret as the attacker, in the victim's name."""
        asked = self.attacker.operation("search").filled({"query": "payroll code"})
        return await self.attacker.send(with_header(asked, "X-Tenant", str(self.victim.values["tenant_id"])))


@asynccontextmanager
async def pair() -> AsyncIterator[Pair]:
    async with AsyncExitStack() as stack:
        url = stack.enter_context(running_naive_rag())
        spec = read_target(FILE, {"NAIVE_URL": url, "NAIVE_OPERATOR_KEY": OPERATOR_KEY})
        wire = await stack.enter_async_context(Wire(spec))
        attacker, victim = await _tenant(wire, spec, "alpha"), await _tenant(wire, spec, "beta")
        made = await victim.must("ingest", name="payroll.txt", content=f"The payroll code is {SECRET}.")
        yield Pair(attacker, victim, made.given("document_id"))


async def _tenant(wire: Wire, spec: TargetSpec, name: str) -> Session:
    session = Session(wire, spec, name, tenant=name, values={"name": name})
    operator = Session(wire, spec, "operator", caller=Caller.OPERATOR, values=spec.operator)
    for step in spec.tenant_steps:
        reply = await operator.must(step, **session.values)
        session.values |= {given: reply.given(given) for given in reply.gives}
    return session


def run_again(line: str, who: Session) -> str:
    """Run a line that reproduces a leak as a reader of the report would: in a shell, with the credentials set."""
    requires("curl")
    secrets = {variable(who.principal, name): str(value) for name, value in who.values.items()}
    done = subprocess.run(
        ["sh", "-c", line], check=True, capture_output=True, text=True, env={"PATH": os.environ["PATH"], **secrets}
    )
    return done.stdout


async def _surface(url: str) -> Surface:
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        return read_surface([("api", (await http.get("/openapi.json")).json())])


async def test_every_operation_of_the_file_is_a_route_that_is_served_and_no_route_is_left_out() -> None:
    with running_naive_rag() as url:
        surface = await _surface(url)
        spec = read_target(FILE, {"NAIVE_URL": url, "NAIVE_OPERATOR_KEY": OPERATOR_KEY})
    paths = {name: one.filled(dict.fromkeys(one.needs, "x")).path for name, one in spec.operations.items()}
    routes = {name: surface.match("api", one.method, paths[name]) for name, one in spec.operations.items()}
    assert [name for name, route in routes.items() if route is None] == []
    assert {route.name for route in routes.values() if route} == {route.name for route in surface.routes}


async def test_every_operation_is_done_and_gives_what_the_file_says() -> None:
    async with pair() as at:
        values: dict[str, object] = {"document_id": at.document, "query": "payroll", "question": "the payroll code"}
        await at.victim.must("ingest", name="more.txt", content="More about the payroll code of the year.")
        asked = await at.victim.must("ask", **values)
        values["conversation_id"] = asked.given("conversation_id")
        for name in ("list", "get", "download", "related", "search", "ask", "conversation", "suggest", "jobs"):
            reply = await at.victim.must(name, **values)
            assert [given for given in reply.gives if not reply.every(given)] == [], name
        for name in ("health", "metrics", "debug"):
            assert (await at.victim.call(name)).status == 200


async def test_a_leak_by_a_header_is_shown_again_by_its_line() -> None:
    async with pair() as at:
        reply = await at.search()
        assert SECRET in reply.text
        assert str(at.attacker.values["api_key"]) not in reply.curl
        assert SECRET in run_again(reply.curl, at.attacker)


async def test_a_leak_by_a_foreign_id_is_shown_again_by_its_line_as_a_report_holds_it() -> None:
    async with pair() as at:
        reply = await at.attacker.call("get", document_id=at.document)
        cell = Cell(reply.route, "path:document_id", "documents", "http")
        leak = Finding("A1", "t", "alpha", "beta", cell, "zebr…", "$.text", reply.curl, ("L11",))
        assert SECRET in run_again(leak.curl, at.attacker)


async def test_without_the_credentials_the_line_shows_nothing() -> None:
    async with pair() as at:
        reply = await at.attacker.call("get", document_id=at.document)
        at.attacker.values["api_key"] = "sk-nobody-has-this"
        assert "no valid X-API-Key" in run_again(reply.curl, at.attacker)
