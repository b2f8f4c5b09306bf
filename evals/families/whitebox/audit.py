"""W4: the audit of a tenant is complete: every access and every change, by whomever, and nothing that nobody did.

The trail is read newest first before and after each thing that is done, and nothing else is done in between: what it
has gained beyond what its own reading adds must tell of that thing. What another tenant tried and was refused stands in
that tenant's own trail, and never in the victim's. What the operator looks at stands in the tenant's trail and, where
operators have one of their own, in that as well.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from evals.families.registry import AISVS, Family
from evals.stage.controls import no_unplanted
from evals.stage.populate import made_role
from evals.stage.sightings import Sighting
from evals.stage.stage import Stage
from evals.stage.tenant import StagedTenant
from evals.target.reply import Reply
from evals.target.session import Session
from evals.verdicts.family import Evidence
from evals.verdicts.trial import Cell, ControlKind, Trial

_STANDARDS: Final = (AISVS, "L23", "L49")
_PAGE: Final = 100
_PAGES: Final = 5
Entries = Counter[tuple[str, str]]
"""Entries by action and resource."""


@dataclass(frozen=True, slots=True)
class _Deed:
    """What was done, to what (the id that an entry names; none where it is known to no caller), and the answer."""

    what: str
    resource: str | None
    reply: Reply


async def run(stage: Stage, evidence: Evidence) -> None:
    """Read, ask and change as each tenant, as its operator and as a stranger; read the trail before and after."""
    for victim in stage.pick(stage.tenants, max(1, stage.trials // 10)):
        await _Trail(stage, evidence, victim).follow()


class _Trail:
    def __init__(self, stage: Stage, evidence: Evidence, tenant: StagedTenant) -> None:
        self._stage, self._evidence, self._tenant = stage, evidence, tenant
        self._seen: list[Sighting] = []

    async def follow(self) -> None:
        """Do each thing, then look for it in what the trail has gained."""
        await self._entries(self._tenant, _PAGES)
        noise = await self._entries(self._tenant)
        noise = await self._entries(self._tenant) - noise
        await self._refused(noise)
        first = after = await self._entries(self._tenant)
        for do in _DEEDS:
            async for deed in do(self._stage, self._tenant):
                earlier, after = after, await self._entries(self._tenant)
                self._judge(deed, self._tenant, _told(after - earlier, noise, deed.resource))
        name = f"The trail of {self._tenant.name} grows with what is done."
        self._evidence.control(ControlKind.POSITIVE, name, held=bool(_told(after - first, noise, None)))
        no_unplanted(self._evidence, self._seen)
        await self._operations()
        await self._verified()

    async def _refused(self, noise: Entries) -> None:
        """Let a stranger try what it is refused, and look into both trails."""
        if not self._stage.serves("delete"):
            return
        stranger = self._stage.rng.choice(self._stage.others(self._tenant))
        document = self._tenant.documents[0].document_id
        own, theirs = await self._entries(self._tenant), await self._entries(stranger)
        reply = await stranger.session.call("delete", document_id=document)
        held = not _told(await self._entries(self._tenant) - own, noise, None)
        name = f"A change that was refused to a stranger does not stand in the trail of {self._tenant.name}."
        self._evidence.control(ControlKind.NEGATIVE, name, held=held)
        tried = _Deed("a document of somebody else's was asked for and denied", None, reply)
        self._judge(tried, stranger, _told(await self._entries(stranger) - theirs, noise, None))

    def _judge(self, deed: _Deed, tenant: StagedTenant, entries: int) -> None:
        cell = Cell(deed.reply.route, "", "audit", "http")
        self._evidence.trial(Trial("", deed.what, cell, deed.reply.principal, tenant.name))
        if not entries:
            self._leak(f"What was done does not stand in the audit: {deed.what}.", deed.reply)

    async def _operations(self) -> None:
        """Look at the tenant as its operator, and into the operators' own trail before and after."""
        operator = self._stage.operator
        if operator is None or not self._stage.serves("operators_audit", "tenant_get"):
            return
        for tenant_id in self._tenant.ids.get("tenant", ()):
            before = await self._operators_entries(operator)
            reply = await operator.must("tenant_get", tenant_id=tenant_id)
            gained = await self._operators_entries(operator) - before
            looked = _Deed("the operator looked at the tenant (operators' own trail)", tenant_id, reply)
            self._judge(looked, self._tenant, _told(gained, Entries(), tenant_id))

    async def _operators_entries(self, operator: Session) -> Entries:
        reply = await operator.must("operators_audit", limit=_PAGE)
        if self._stage.detector.find(reply.raw):
            self._leak("The operators' trail shows a word of a tenant's.", reply)
        return _counted(reply)

    async def _verified(self) -> None:
        """Let the target check its own chain, where it can."""
        if self._stage.serves("audit_verify"):
            reply = await self._tenant.session.must("audit_verify")
            if reply.every("intact") != [True]:
                self._leak("The audit says of itself that it is not intact.", reply)

    async def _entries(self, tenant: StagedTenant, pages: int = 1) -> Entries:
        """Return the newest entries of a trail, by action and resource, from so many pages at most."""
        found = Entries()
        cursor: dict[str, object] = {}
        for _ in range(pages):
            reply = await tenant.session.must("audit", limit=_PAGE, **cursor)
            shown = self._stage.look(reply, tenant)
            self._seen.append(shown)
            if shown.leaks:
                self._leak("The audit shows a thing of another tenant.", reply)
            found += _counted(reply)
            following = [one for one in reply.every("next_cursor") if one]
            if not following:
                break
            cursor = {"cursor": following[0]}
        return found

    def _leak(self, title: str, reply: Reply) -> None:
        cell = Cell(reply.route, "", "audit", "http")
        name = self._tenant.name
        self._evidence.leak(
            self._stage.finding(title, reply, attacker=self._tenant, victim=name, cell=cell, says=title)
        )


def _counted(reply: Reply) -> Entries:
    return Entries(zip(*(map(str, reply.every(name)) for name in ("action", "resource")), strict=True))


def _told(gained: Entries, noise: Entries, resource: str | None) -> int:
    """Return how many entries tell of a thing: about it, or, where it has no name, beyond what reading itself adds."""
    if resource is not None:
        return sum(count for (_, about), count in gained.items() if about == resource)
    usual = {action for action, _ in noise}
    return sum(count for (action, _), count in gained.items() if action not in usual)


async def _documents(stage: Stage, tenant: StagedTenant) -> AsyncIterator[_Deed]:
    spare = await stage.disposable(tenant)
    document = {"document_id": spare.document_id}
    uploaded = await tenant.session.must("get", **document)
    yield _Deed("a document was put in", spare.document_id, uploaded)
    for operation, what in _READINGS.items():
        if stage.serves(operation):
            yield _Deed(what, spare.document_id, await tenant.session.must(operation, **document))
    if stage.serves("delete"):
        deleted = await tenant.session.must("delete", **document)
        tenant.disown(spare.document_id)
        yield _Deed("a document was deleted", spare.document_id, deleted)


async def _questions(stage: Stage, tenant: StagedTenant) -> AsyncIterator[_Deed]:
    canary = stage.rng.choice(tenant.canaries)
    for operation, name, what in (
        ("search", "query", "a search was made"),
        ("ask", "question", "a question was asked"),
    ):
        if stage.serves(operation):
            yield _Deed(what, None, await tenant.session.must(operation, **{name: canary.question}))


async def _clients(stage: Stage, tenant: StagedTenant) -> AsyncIterator[_Deed]:
    if stage.spec.roles and stage.serves("client_list", "client_revoke"):
        session = await made_role(stage.props, tenant, next(iter(stage.spec.roles)))
        client = str(session.values["client_id"])
        yield _Deed("a client was made", client, await tenant.session.must("client_list"))
        yield _Deed("a client was revoked", client, await tenant.session.must("client_revoke", client_id=client))


async def _operators(stage: Stage, tenant: StagedTenant) -> AsyncIterator[_Deed]:
    """Look at the tenant and change it as the operator, who has to be seen by it."""
    if stage.operator is None or not tenant.made:
        return
    for tenant_id in tenant.ids.get("tenant", ()):
        if stage.serves("tenant_get"):
            reply = await stage.operator.must("tenant_get", tenant_id=tenant_id)
            yield _Deed("the operator looked at the tenant", tenant_id, reply)
        if stage.serves("tenant_patch"):
            reply = await stage.operator.must("tenant_patch", tenant_id=tenant_id)
            yield _Deed("the operator changed limits", tenant_id, reply)
        if stage.serves("tenant_suspend", "tenant_resume"):
            values = {"tenant_id": tenant_id, "reason": "The audit is tried."}
            await stage.operator.must("tenant_suspend", **values)
            reply = await stage.operator.must("tenant_resume", **values)
            yield _Deed("the operator suspended and resumed", tenant_id, reply)


_READINGS: Final = {
    "get": "a document was looked up",
    "content": "an original was read",
    "chunks": "a document's text was read",
}
_DEEDS: Final[tuple[Callable[[Stage, StagedTenant], AsyncIterator[_Deed]], ...]] = (
    _documents,
    _questions,
    _clients,
    _operators,
)

FAMILY = Family("W4", "Completeness of the audit", frozenset({"ingest", "get", "audit"}), _STANDARDS, run)
