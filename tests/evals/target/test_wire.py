"""Requests that go out, seen by a real server."""

from dataclasses import replace

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse

from evals.target.operation import Caller
from evals.target.reading import target_of
from evals.target.session import Refused, Session, with_header
from evals.target.spec import TargetSpec, WrongTarget, is_loopback
from evals.target.wire import Unreachable, Wire
from tests.evals.service import serving, tiny_service, tiny_target


def _echo() -> tuple[FastAPI, list[Request]]:
    app, seen = FastAPI(), []

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def take(request: Request, path: str) -> object:
        await request.body()
        seen.append(request)
        return (
            RedirectResponse("/elsewhere")
            if path == "redirect"
            else {"id": "doc_1", "sent": (await request.body()).decode()}
        )

    return app, seen


def _target(url: str, rate: float = 2000) -> TargetSpec:
    said = {
        "bases": {"api": url},
        "rate": rate,
        "auth": {"tenant": {"Authorization": "Bearer {{token}}"}},
        "tenant": {"steps": ["make"]},
        "operations": {
            "make": {"method": "POST", "path": "/make", "as": "nobody", "json": {"code": "{{code}}"}},
            "get": {"method": "GET", "path": "/d/{{id}}", "gives": {"document_id": "$.id", "other": "$.x"}},
        },
    }
    return target_of(said, "echo")


async def test_a_call_carries_its_own_credentials_and_no_template_can_replace_them() -> None:
    app, seen = _echo()
    async with serving(app) as url, Wire(_target(url)) as wire:
        session = Session(wire, _target(url), "alpha", values={"token": "tok-of-alpha"})
        await session.send(with_header(session.request("GET", "/x"), "authorization", "Bearer tok-of-beta"))
        await session.call("make", code="a-code-of-ours")
    assert [request.headers.get("authorization") for request in seen] == ["Bearer tok-of-alpha", None]


async def test_an_id_cannot_leave_its_place_in_the_path() -> None:
    app, seen = _echo()
    async with serving(app) as url, Wire(_target(url)) as wire:
        await Session(wire, _target(url), "alpha").call("get", id="../admin?x=/y")
    assert seen[0].scope["raw_path"] == b"/d/..%2Fadmin%3Fx%3D%2Fy"


async def test_a_redirect_is_an_answer_and_not_a_way() -> None:
    app, seen = _echo()
    async with serving(app) as url, Wire(_target(url)) as wire:
        session = Session(wire, _target(url), "alpha")
        assert (await session.send(session.request("GET", "/redirect"))).status == 307
    assert len(seen) == 1


async def test_every_request_is_written_down_with_its_phase_and_status() -> None:
    async with serving(tiny_service()) as url, Wire(tiny_target(url)) as wire:
        session = Session(wire, tiny_target(url), "alpha")
        wire.phase = "A1"
        await session.call("list")
    assert [(one.phase, one.principal, one.method, one.path, one.status) for one in wire.log] == [
        ("A1", "alpha", "GET", "/documents", 401)
    ]


async def test_a_target_that_does_not_answer_is_unreachable_and_written_down_all_the_same() -> None:
    async with serving(tiny_service()) as url:
        pass
    async with Wire(tiny_target(url)) as wire:
        with pytest.raises(Unreachable, match="GET /documents as alpha"):
            await Session(wire, tiny_target(url), "alpha").call("list")
    assert wire.log[0].status == 0


async def test_hosts_other_than_this_machine_need_a_word_of_their_owner() -> None:
    spec = replace(tiny_target("http://127.0.0.1:1"), bases={"api": "https://rag.example.com"})
    with pytest.raises(WrongTarget, match=r"rag\.example\.com.*--i-own-this-target"):
        Wire(spec)
    assert Wire(spec, foreign_hosts_allowed=True).log == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_this_machine_is_known_by_name_and_number(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "10.0.0.1", "localhost.example.com", "0.0.0.0", "rag"])
def test_no_other_host_passes_for_this_machine(host: str) -> None:
    assert not is_loopback(host)


async def test_signing_in_and_performing_keep_what_was_given() -> None:
    async with serving(tiny_service()) as url:
        spec = tiny_target(url)
        async with Wire(spec) as wire:
            operator = Session(wire, spec, "operator", caller=Caller.OPERATOR, values=spec.operator)
            reply = await operator.must("tenant_create", name="alpha")
            session = Session(wire, spec, "alpha", values={"token": reply.given("token")})
            assert (await session.must("list")).every("document_id") == []
            await session.perform("ingest", name="a.txt", content="text")
            assert str(session.values["document_id"]).startswith("doc_")
            with pytest.raises(Refused, match=r"get as alpha.*404"):
                await session.must("get", document_id="doc_0")


async def test_a_curl_line_shows_the_request_and_no_secret() -> None:
    app, _ = _echo()
    async with serving(app) as url, Wire(_target(url)) as wire:
        session = Session(wire, _target(url), "alpha", values={"token": "tok-of-alpha", "code": "it's-$ecret"})
        got = await session.call("get", id="d 1")
        made = await session.call("make")
    assert got.curl == f"curl -sS -X GET {url}/d/d%201 -H 'Authorization: Bearer '\"$ALPHA_TOKEN\""
    assert made.curl.endswith('\'{"code": "\'"$ALPHA_CODE"\'"}\'')
