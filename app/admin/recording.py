"""Write what an operator does into the operators' trail before the first byte of the answer leaves.

Rules this module enforces:

* Whoever shows a valid operator token is written down, on every route that takes one, whatever became of the request.
* What was asked about stands there if it is an id, and otherwise as a digest that equal askings share.
* The reason is the one in the body where a route takes it there, and else that of the header `X-Reason`.
"""

from dataclasses import replace
from typing import Final, final

from starlette.requests import Request

from app.auth import resources_of
from app.http.witnessing.recorder import note_writer
from tenancy.auditing.operations import operation_of
from tenancy.identity.operators import Operator

_DEED: Final = "bulkhead.deed"


@final
class Deed:
    """What is known of an operator's request by the time it is answered."""

    __slots__ = ("_request", "about", "operator")

    def __init__(self, request: Request, operator: Operator) -> None:
        """Begin with who asks; `about` is the id of a tenant that the request itself does not name."""
        self._request = request
        self.operator = operator
        self.about = ""

    async def write(self, action: str, outcome: str) -> None:
        """Append the entry; it has committed when this returns."""
        trail = resources_of(self._request).foundation.operations
        given = self._request.path_params
        named = str(self._request.query_params.get("tenant", ""))
        resource = trail.named("/".join(map(str, given.values())) or named or self.about)
        about = self.about or str(given.get("tenant_id", named))
        await trail.write(operation_of(self.operator, action, resource, outcome, tenant=about))


def begin_deed(request: Request, operator: Operator) -> Deed:
    """Have a request written down in the name of its operator, whatever becomes of it from here on."""
    deed = request.scope[_DEED] = Deed(request, operator)
    note_writer(request, deed.write)
    return deed


def note_reason(request: Request, reason: str) -> None:
    """Say why the operator does this."""
    deed: Deed = request.scope[_DEED]
    deed.operator = replace(deed.operator, reason=reason)


def note_about(request: Request, tenant_id: str) -> None:
    """Say which tenant a request turned out to be about."""
    deed: Deed = request.scope[_DEED]
    deed.about = tenant_id
