"""Write every access to a tenant's data into that tenant's audit before the first byte of the answer leaves.

Rules this module enforces:

* Whoever opened a compartment is written down, on every route there is or will be, whatever became of the request:
  done, denied (also a foreign id, in the asker's own trail alone, and not as it was written), refused, failed.
* The route declares the action; where one opens data and declares none, nothing leaves.
* Whoever opened none and is to be written down all the same, as operators are, brings what writes that.
* The entry has committed before the status line goes out. Where it cannot be written, its error is the answer, and
  nothing of the one that was prepared leaves.
* A change that has put an entry of its own into the trail, in its own transaction, is not written down twice.
"""

from collections.abc import Awaitable, Callable
from typing import Final, final

import structlog
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.audit_outcome import UNSUCCESSFUL, outcome_of
from app.api.route_audit import audit_of
from app.problems import answer, request_id
from tenancy.auditing.accesses import Access
from tenancy.auditing.interactions import Interaction
from tenancy.compartment import Compartment
from tenancy.errors import NotFound, ServiceError

_LONGEST: Final = 100
_CRASHED: Final = 500
_WITNESS: Final = "bulkhead.witness"
_REPEATED: Final = b"idempotency-replayed"
Write = Callable[[str, str], Awaitable[None]]
_log = structlog.get_logger()


@final
class Witness:
    """What is known of one request by the time it is answered; `write` takes its action and its outcome."""

    __slots__ = ("compartment", "interaction", "write")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.compartment: Compartment | None = None
        self.interaction: Interaction | None = None
        self.write: Write | None = None


def _witness(connection: HTTPConnection) -> Witness:
    """Return the request's witness; one that nobody reads where the application stands without the recorder."""
    witness = connection.scope.get(_WITNESS)
    return witness if isinstance(witness, Witness) else Witness()


def note_opened(connection: HTTPConnection, compartment: Compartment) -> None:
    """Say whose data a request has opened; the first one counts."""
    witness = _witness(connection)
    witness.compartment = witness.compartment or compartment


def note_writer(connection: HTTPConnection, write: Write) -> None:
    """Say what writes a request down that opens no compartment; the first one counts."""
    witness = _witness(connection)
    witness.write = witness.write or write


def note_interaction(request: Request, interaction: Interaction) -> None:
    """Say what was asked and answered, for the tenant's interaction log."""
    _witness(request).interaction = interaction


@final
class Recorder:
    """Pure ASGI middleware, outside of what turns errors into answers: refusals pass it too."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        witness = scope[_WITNESS] = Witness()
        begun = replaced = False

        async def recorded(message: Message) -> None:
            nonlocal begun, replaced
            if message["type"] == "http.response.start" and not begun:
                begun = True
                error = await _written(scope, witness, message)
                if error is not None:
                    replaced = True
                    await answer(error, scope)(scope, receive, send)
            if not replaced:
                await send(message)

        try:
            await self._app(scope, receive, recorded)
        finally:
            if not begun:  # it crashed, and is answered further out
                await _record(scope, witness, _CRASHED, repeated=False)


async def _written(scope: Scope, witness: Witness, message: Message) -> ServiceError | None:
    """Write the access down; return why it cannot be, unless the answer is an error of the service's own anyway."""
    repeated = any(name.lower() == _REPEATED for name, _ in message["headers"])
    try:
        await _record(scope, witness, message["status"], repeated=repeated)
    except ServiceError as error:
        _log.error("access.not_recorded", request_id=request_id(scope), code=error.code)
        return None if message["status"] >= _CRASHED else error
    return None


async def _record(scope: Scope, witness: Witness, status: int, *, repeated: bool) -> None:
    compartment, outcome = witness.compartment, outcome_of(status, repeated=repeated)
    if witness.write is not None:
        await witness.write(audit_of(scope.get("route")).action, outcome)
    if compartment is None:
        return
    audit = audit_of(scope.get("route"))
    in_trail = audit.outcome_in_trail(outcome, noted=compartment.audit.noted)
    if in_trail is None:
        compartment.audit.count()
        return
    asked = _resource(scope)
    named = compartment.audit.likeness(asked) if asked and in_trail in UNSUCCESSFUL else asked
    missing = status == NotFound.status
    await compartment.audit.record(Access(audit.action, named, in_trail, witness.interaction, missing))


def _resource(scope: Scope) -> str:
    """Return the ids in the path, as the caller wrote them: of any form, so cut short, and printable."""
    asked = "/".join(str(value) for value in scope.get("path_params", {}).values())[:_LONGEST]
    return "".join(letter if letter.isprintable() else "?" for letter in asked)
