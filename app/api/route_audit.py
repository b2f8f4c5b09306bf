"""What a route declares about the audit of its requests, on the line below its path.

Rules this module enforces:

* A route declares `@reads`, `@changes` or `@public`; an application with a route that declares nothing is not built.
* A route is public exactly where it asks for no token, and a GET changes nothing; neither is another one built.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from app.api.audit_outcome import Outcome

_DECLARED: Final = "bulkhead.audit"
_ACTION: Final = re.compile(r"[a-z_]+(\.[a-z_]+)+")
Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[object]])


class DeclarationMissing(Exception):
    """A route does not declare the audit of its requests, or contradicts it; the message says what to do."""


@dataclass(frozen=True, slots=True)
class RouteAudit:
    """The audit of a route's requests: the action they are, and who writes the entry in a tenant's trail.

    A request that reads gets an entry when it is answered. A change appends its own, in its own transaction; one that
    was done and appended none gets an entry with the outcome `without_entry`.
    """

    action: str
    changes: bool = False
    without_entry: Outcome = Outcome.DONE

    def __post_init__(self) -> None:
        """Refuse an action that is not a noun and what happened to it."""
        if _ACTION.fullmatch(self.action) is None:
            raise ValueError(f"An audit action is a noun and a past verb, as in `document.read`, not {self.action!r}.")

    def outcome_in_trail(self, outcome: Outcome, *, noted: bool) -> Outcome | None:
        """Return the outcome for the request's entry; None where the change has `noted` an entry that says all."""
        if outcome is not Outcome.DONE or not self.changes:
            return outcome
        return None if noted else self.without_entry


@dataclass(frozen=True, slots=True)
class _Public:
    """The route takes no token, opens no data and is in no trail."""


Declared = RouteAudit | _Public


def reads(action: str) -> Callable[[Endpoint], Endpoint]:
    """Declare that each request of a route gets an entry of its own with this action."""
    return _declare(RouteAudit(action))


def changes(action: str, *, without_entry: Outcome = Outcome.UNCHANGED) -> Callable[[Endpoint], Endpoint]:
    """Declare that a route's requests append their own entries; without one they have the outcome `without_entry`."""
    return _declare(RouteAudit(action, changes=True, without_entry=without_entry))


def public(endpoint: Endpoint) -> Endpoint:
    """Declare that a route takes no token and opens nobody's data, so that nothing is written down."""
    vars(endpoint)[_DECLARED] = _Public()
    return endpoint


def _declare(declared: RouteAudit) -> Callable[[Endpoint], Endpoint]:
    def declare(endpoint: Endpoint) -> Endpoint:
        vars(endpoint)[_DECLARED] = declared
        return endpoint

    return declare


def audit_of(route: BaseRoute | None) -> RouteAudit:
    """Return the audit that a route declares; DeclarationMissing for one that declares none."""
    declared = _declared(route)
    if not isinstance(declared, RouteAudit):
        raise DeclarationMissing(
            f"{_name(route)} has opened data and declares no audit action: put `@reads` or `@changes` below its path."
        )
    return declared


def is_public(route: BaseRoute) -> bool:
    """Tell whether a route declares that it takes no token."""
    return isinstance(_declared(route), _Public)


def require_declarations(routes: Iterable[APIRoute], asks_for_token: Callable[[APIRoute], bool]) -> None:
    """Raise DeclarationMissing for the first route that declares nothing, or what its parameters or method belie."""
    for route in routes:
        declared = _declared(route)
        if declared is None:
            raise DeclarationMissing(
                f"{_name(route)} declares no audit action: put `@reads`, `@changes` or `@public` below its path."
            )
        if isinstance(declared, _Public) == asks_for_token(route):
            raise DeclarationMissing(
                f"{_name(route)} is declared public and asks for a token, or is neither: let it do one of the two."
            )
        if isinstance(declared, RouteAudit) and declared.changes and "GET" in (route.methods or ()):
            raise DeclarationMissing(f"{_name(route)} declares a change, and a GET changes nothing: put `@reads`.")


def _declared(route: BaseRoute | None) -> Declared | None:
    found: Declared | None = vars(route.endpoint).get(_DECLARED) if isinstance(route, APIRoute) else None
    return found


def _name(route: BaseRoute | None) -> str:
    return f"{'/'.join(sorted(route.methods or ()))} {route.path}" if isinstance(route, APIRoute) else "This path"
