"""A route declares the action of its requests, and no application is built with one that does not."""

from collections.abc import Awaitable, Callable

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.responses import Response

from app.api.audit_outcome import Outcome
from app.api.route_audit import (
    DeclarationMissing,
    RouteAudit,
    audit_of,
    changes,
    is_public,
    public,
    reads,
    require_declarations,
)
from app.auth import AnyMember
from app.http.plane import permission_of
from app.http.replies import reply

Handler = Callable[..., Awaitable[Response]]


def _route(method: str, declare: Callable[[Handler], Handler], *, asks: bool = True) -> APIRoute:
    async def guarded(compartment: AnyMember) -> Response:
        return reply({"actor": compartment.caller.actor})

    async def unguarded() -> Response:
        return reply({})

    router = APIRouter()
    router.add_api_route("/v1/things", declare(guarded if asks else unguarded), methods=[method])
    return next(route for route in router.routes if isinstance(route, APIRoute))


def _undeclared(handler: Handler) -> Handler:
    return handler


@pytest.mark.parametrize(
    ("method", "declare", "asks", "says"),
    [
        ("GET", _undeclared, True, "GET /v1/things declares no audit action: put `@reads`"),
        ("GET", _undeclared, False, "GET /v1/things declares no audit action"),
        ("POST", public, True, "POST /v1/things is declared public and asks for a token"),
        ("GET", reads("thing.read"), False, "GET /v1/things is declared public and asks for a token, or is neither"),
        ("GET", changes("thing.changed"), True, "GET /v1/things declares a change"),
    ],
)
def test_a_route_is_refused_that(method: str, declare: Callable[[Handler], Handler], asks: bool, says: str) -> None:  # noqa: FBT001 - a case of the table
    with pytest.raises(DeclarationMissing, match=says):
        require_declarations([_route(method, declare, asks=asks)], lambda route: permission_of(route) is not None)


def test_a_declared_route_is_known_by_its_action() -> None:
    read, change = _route("GET", reads("thing.read")), _route("PUT", changes("thing.changed"))
    health = _route("GET", public, asks=False)
    require_declarations([read, change, health], lambda route: permission_of(route) is not None)
    assert audit_of(read) == RouteAudit("thing.read")
    assert audit_of(change) == RouteAudit("thing.changed", changes=True, without_entry=Outcome.UNCHANGED)
    assert [is_public(each) for each in (read, change, health)] == [False, False, True]
    for none in (health, None):
        with pytest.raises(DeclarationMissing, match="has opened data and declares no audit action"):
            audit_of(none)


@pytest.mark.parametrize("action", ["", "read", "document read", "Document.read", "document.", "document.read "])
def test_an_action_that_is_no_noun_and_verb_is_refused_at_once(action: str) -> None:
    with pytest.raises(ValueError, match="a noun and a past verb"):
        reads(action)


def test_a_change_is_entered_once_and_one_without_effect_as_such() -> None:
    read, change = RouteAudit("thing.read"), RouteAudit("thing.changed", changes=True, without_entry=Outcome.UNCHANGED)
    assert [read.outcome_in_trail(Outcome.DONE, noted=noted) for noted in (False, True)] == [Outcome.DONE] * 2
    assert change.outcome_in_trail(Outcome.DONE, noted=True) is None
    assert change.outcome_in_trail(Outcome.DONE, noted=False) is Outcome.UNCHANGED
    for outcome in set(Outcome) - {Outcome.DONE}:
        assert change.outcome_in_trail(outcome, noted=True) is outcome
