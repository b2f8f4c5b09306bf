"""One principal of a target, signed in: every request it makes carries its own credentials and no other's."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, final

from evals.target.curl import curl_line, variable
from evals.target.operation import Caller, Operation, Request
from evals.target.reply import Reply
from evals.target.spec import TargetSpec, WrongTarget
from evals.target.templates import fill_texts, places
from evals.target.wire import Wire

_SECRET_WORDS: Final = ("token", "secret", "password", "key", "code")
_SHORTEST_SECRET: Final = 8


class Refused(Exception):
    """The target did not do what the stage needs; the message quotes its answer."""


@final
class Session:
    """A principal: its name, its tenant's name, its role, its values (credentials and what signing in gave)."""

    def __init__(
        self,
        wire: Wire,
        spec: TargetSpec,
        principal: str,
        *,
        tenant: str = "",
        role: str = "",
        caller: Caller = Caller.TENANT,
        values: Mapping[str, object] | None = None,
    ) -> None:
        """Make the principal; `sign_in` has to follow where the target asks for it."""
        self.principal, self.tenant, self.role, self.caller = principal, tenant, role, caller
        self.values: dict[str, object] = dict(values or {})
        self._wire, self._spec = wire, spec

    def has(self, *operations: str) -> bool:
        """Tell whether the target has all of these operations."""
        return self._spec.has(*operations)

    async def sign_in(self) -> None:
        """Exchange the credentials as the target file says, and use what comes back; raises Refused."""
        if self._spec.sign_in is not None:
            await self.perform(self._spec.sign_in)

    async def perform(self, operation: str, /, **values: object) -> Reply:
        """Call an operation, which has to be done, and keep what it gives among the values; raises Refused."""
        reply = await self.must(operation, **values)
        for name in reply.gives:
            found = reply.every(name)
            if found:
                self.values[name] = found[0]
        return reply

    async def must(self, operation: str, /, **values: object) -> Reply:
        """Call an operation that has to be done; raises Refused."""
        reply = await self.call(operation, **values)
        if not reply.done:
            raise Refused(f"{operation} as {self.principal}: {reply.route} answered {reply.status}: {reply.text[:300]}")
        return reply

    async def call(self, operation: str, /, **values: object) -> Reply:
        """Call an operation of the target file with these values beside the principal's own; return any answer."""
        described = self.operation(operation)
        request = described.filled({**self.values, **values})
        return await self.send(request, operation=described)

    def operation(self, name: str) -> Operation:
        """Return an operation of the target; raises WrongTarget if it has none of this name."""
        if name not in self._spec.operations:
            raise WrongTarget(f"The target has no operation {name!r}.")
        return self._spec.operations[name]

    async def send(self, request: Request, *, operation: Operation | None = None, bare: bool = False) -> Reply:
        """Send any request with the principal's credentials; without them if `bare` or if the operation takes none."""
        bare = bare or (operation is not None and operation.caller is Caller.NOBODY)
        credentials = {} if bare else self.credentials()
        answer = await self._wire.send(request, principal=self.principal, credentials=credentials)
        return Reply(
            request=request,
            route=answer.route,
            principal=self.principal,
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            seconds=answer.seconds,
            curl=curl_line(request, self._wire.url(request), credentials, self.secrets()),
            gives={} if operation is None else operation.gives,
            done=(operation or _ANYTHING).done(answer.status),
        )

    def request(self, method: str, path: str, *, base: str = "") -> Request:
        """Return a bare request to a path; `dataclasses.replace` adds what it carries."""
        return Request(base=base or self._spec.default_base, method=method, path=path)

    def credentials(self) -> dict[str, str]:
        """Return the headers that carry the credentials; none before signing in."""
        templates = self._spec.auth.get(str(self.caller), {})
        known = {name: text for name, text in templates.items() if places(text) <= set(self.values)}
        return fill_texts(known, self.values)

    def secrets(self) -> dict[str, str]:
        """Return the principal's secrets, each with the variable that stands for it in a line for a shell."""
        found = {}
        for name, value in self.values.items():
            secret = any(word in name for word in _SECRET_WORDS) and isinstance(value, str)
            if secret and len(str(value)) >= _SHORTEST_SECRET:
                found[str(value)] = variable(self.principal, name)
        return found


_ANYTHING: Final = Operation(name="", method="GET", path="", base="")


def with_header(request: Request, name: str, value: str) -> Request:
    """Return the request with one header more."""
    return replace(request, headers={**request.headers, name: value})
