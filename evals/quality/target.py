"""The service that a target file describes, as the measurement sees it.

What its operations have to give: `ingest` a `document_id`; `search`, which is handed `query` and `top_k`, of each hit
the document's id as `found` and its `text`; `ask`, which is handed `question`, an `answer`, and of each citation the
document's id as `cited` and its `quote`, and `refused` where the service says so. Whatever fails once is retried by
nobody: a measurement with holes in it is none.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Final, final

from evals.quality.service import Answered, Found, Hit
from evals.target.operation import Caller
from evals.target.pacing import until
from evals.target.reply import GaveNothing, Reply
from evals.target.session import Refused, Session
from evals.target.spec import TargetSpec, WrongTarget
from evals.target.wire import Wire

NEEDS: Final = {
    "ingest": frozenset({"document_id"}),
    "search": frozenset({"found", "text"}),
    "ask": frozenset({"answer", "cited", "quote"}),
}


@final
class TargetTenant:
    """One tenant of a target, asked by its first principal."""

    def __init__(self, session: Session, spec: TargetSpec) -> None:
        """Take the principal, signed in."""
        self.session = session
        self.documents: list[tuple[str, str]] = []
        self._spec = spec

    async def ingest(self, name: str, content: bytes) -> str:
        """Upload a document and return its id; raises Refused, GaveNothing."""
        document_id = (await self.session.must("ingest", name=name, content=content)).given("document_id")
        self.documents.append((document_id, name))
        return document_id

    async def wait(self) -> None:
        """Return once every document can be searched; raises Refused if one failed, NotInTime."""
        ready = self._spec.ready
        if ready is None:
            return
        for document_id, name in self.documents:

            async def status(document_id: str = document_id) -> str | None:
                now = (await self.session.must(ready.operation, document_id=document_id)).given(ready.value)
                return now if now in ready.done | ready.failed else None

            if await until(status, f"{name} of {self.session.tenant} being ready", ready.seconds) in ready.failed:
                raise Refused(f"{name} of {self.session.tenant} failed; quality without it would be another's.")

    async def search(self, question: str, top_k: int) -> Found:
        """Search; raises Refused, GaveNothing."""
        reply = await self.session.must("search", query=question, top_k=top_k)
        return Found(tuple(Hit(*each) for each in _together(reply, "found", "text")), reply.seconds)

    async def ask(self, question: str) -> Answered:
        """Ask; raises Refused, GaveNothing."""
        reply = await self.session.must("ask", question=question)
        refused = any(each is True for each in reply.every("refused"))
        cited = _together(reply, "cited", "quote")
        return Answered(reply.given("answer"), refused, tuple((one, quote) for one, quote in cited), reply.seconds)


@final
class TargetService:
    """A target whose operator's credentials are in its file, so that it can make tenants."""

    def __init__(self, wire: Wire, spec: TargetSpec) -> None:
        """Take an open wire; raises WrongTarget if the file lacks what is needed to measure quality."""
        lacking = list(_lacking(spec))
        if lacking:
            raise WrongTarget(f"The quality of {spec.name} cannot be measured: its target file has no {lacking[0]}.")
        self.left_behind: list[str] = []
        self._wire, self._spec, self._made = wire, spec, 0
        self._operator = (
            None
            if spec.operator is None
            else Session(wire, spec, "operator", caller=Caller.OPERATOR, values=spec.operator)
        )

    @asynccontextmanager
    async def tenant(self, name: str) -> AsyncIterator[TargetTenant]:
        """Make a tenant as the target file says, and end it; what would not end is kept in `left_behind`."""
        self._made += 1
        named: dict[str, object] = {"name": f"quality {name}", "slug": f"quality-{self._made}"}
        session = Session(self._wire, self._spec, name, tenant=name, role="first", values=named)
        for step in self._spec.tenant_steps:
            reply = await self._by(step, session).must(step, **session.values)
            session.values |= {given: found[0] for given in reply.gives if (found := reply.every(given))}
        await session.sign_in()
        tenant = TargetTenant(session, self._spec)
        try:
            yield tenant
        finally:
            await self._end(tenant)

    def _by(self, step: str, session: Session) -> Session:
        if self._spec.operations[step].caller is not Caller.OPERATOR:
            return session
        if self._operator is None:
            raise WrongTarget(f"{step} is an operator's, and the target file gives no `operator`.")
        return self._operator

    async def _end(self, tenant: TargetTenant) -> None:
        """End the tenant, or where that is not to be had delete what was put into it."""
        session = tenant.session
        if self._operator is not None and self._spec.has("tenant_delete"):
            replies = [
                await self._operator.call("tenant_delete", **{"reason": "The measurement is over.", **session.values})
            ]
        elif self._spec.has("delete"):
            replies = [await session.call("delete", document_id=each) for each, _ in tenant.documents]
        else:
            self.left_behind.append(f"{session.tenant}: the target file has neither `tenant_delete` nor `delete`")
            return
        self.left_behind += [
            f"{session.tenant}: {each.route} answered {each.status}" for each in replies if not each.done
        ]


def _lacking(spec: TargetSpec) -> Iterator[str]:
    """Yield what a target file would have to say besides."""
    for name, given in NEEDS.items():
        if not spec.has(name):
            yield f"operation `{name}`"
        else:
            yield from (f"`{one}` that `{name}` gives" for one in sorted(given - set(spec.operations[name].gives)))
    if not spec.tenant_steps:
        yield "steps that make a tenant"


def _together(reply: Reply, first: str, second: str) -> list[tuple[str, str]]:
    """Return two values of each of several things; raises GaveNothing if one of them lacks one."""
    ones, others = reply.every(first), reply.every(second)
    if len(ones) != len(others):
        raise GaveNothing(f"{reply.route} gives {len(ones)} of {first!r} and {len(others)} of {second!r}.")
    return [(str(one), str(other)) for one, other in zip(ones, others, strict=True)]
