"""W4: the audit of a tenant is complete: every change, by whomever, stands in it, and nothing that nobody did.

Changes are what this looks for: reads and questions belong into an interaction log. What another tenant tried and was
refused is not the tenant's doing and must not stand there as done.
"""

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
from evals.verdicts.family import Evidence
from evals.verdicts.trial import Cell, ControlKind, Trial

_STANDARDS: Final = (AISVS, "L23", "L49")
_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class _Change:
    """A change that was made: what was done, to what (the id that an entry names), and the answer to it."""

    what: str
    resource: str
    reply: Reply


async def run(stage: Stage, evidence: Evidence) -> None:
    """Change things as each tenant, as its operator and as a stranger, and read the trail before and after."""
    for victim in stage.pick(stage.tenants, max(1, stage.trials // 10)):
        await _Trail(stage, evidence, victim).follow()


class _Trail:
    def __init__(self, stage: Stage, evidence: Evidence, tenant: StagedTenant) -> None:
        self._stage, self._evidence, self._tenant = stage, evidence, tenant
        self._seen: list[Sighting] = []

    async def follow(self) -> None:
        """Make every change, then look for each in what the trail has gained."""
        before = await self._entries()
        stranger = self._stage.rng.choice(self._stage.others(self._tenant))
        document = self._tenant.documents[0].document_id
        refused = await stranger.session.call("delete", document_id=document) if self._stage.serves("delete") else None
        quiet = await self._entries()
        name = f"A change that was refused to a stranger does not stand in the trail of {self._tenant.name}."
        held = refused is None or not self._gained(before, quiet, document)
        self._evidence.control(ControlKind.NEGATIVE, name, held=held)
        after = quiet
        for make in _CHANGES:
            async for change in make(self._stage, self._tenant):
                earlier, after = after, await self._entries()
                self._judge(change, self._gained(earlier, after, change.resource))
        name = f"The trail of {self._tenant.name} grows with what is done."
        self._evidence.control(ControlKind.POSITIVE, name, held=len(after) > len(quiet))
        no_unplanted(self._evidence, self._seen)
        await self._verified()

    def _judge(self, change: _Change, entries: int) -> None:
        cell = Cell(change.reply.route, "", "audit", "http")
        self._evidence.trial(Trial("", change.what, cell, change.reply.principal, self._tenant.name))
        if not entries:
            self._leak(f"What was done does not stand in the audit: {change.what}.", change.reply)

    async def _verified(self) -> None:
        """Let the target check its own chain, where it can."""
        if self._stage.serves("audit_verify"):
            reply = await self._tenant.session.must("audit_verify")
            if reply.every("intact") != [True]:
                self._leak("The audit says of itself that it is not intact.", reply)

    async def _entries(self) -> list[tuple[str, str]]:
        """Return every entry, as action and resource, over all pages."""
        found: list[tuple[str, str]] = []
        cursor: dict[str, object] = {}
        while True:
            reply = await self._tenant.session.must("audit", limit=_PAGE, **cursor)
            shown = self._stage.look(reply, self._tenant)
            self._seen.append(shown)
            if shown.leaks:
                self._leak("The audit shows a thing of another tenant.", reply)
            actions, resources = (map(str, reply.every(name)) for name in ("action", "resource"))
            found += zip(actions, resources, strict=True)
            following = [one for one in reply.every("next_cursor") if one]
            if not following:
                return found
            cursor = {"cursor": following[0]}

    def _gained(self, before: list[tuple[str, str]], after: list[tuple[str, str]], resource: str) -> int:
        """Return how many entries about something came between two readings."""
        counts = [sum(resource == about for _, about in entries) for entries in (before, after)]
        return counts[1] - counts[0]

    def _leak(self, title: str, reply: Reply) -> None:
        cell = Cell(reply.route, "", "audit", "http")
        name = self._tenant.name
        self._evidence.leak(
            self._stage.finding(title, reply, attacker=self._tenant, victim=name, cell=cell, says=title)
        )


async def _documents(stage: Stage, tenant: StagedTenant) -> AsyncIterator[_Change]:
    spare = await stage.disposable(tenant)
    uploaded = await tenant.session.must("get", document_id=spare.document_id)
    yield _Change("a document was put in", spare.document_id, uploaded)
    if stage.serves("delete"):
        deleted = await tenant.session.must("delete", document_id=spare.document_id)
        tenant.disown(spare.document_id)
        yield _Change("a document was deleted", spare.document_id, deleted)


async def _clients(stage: Stage, tenant: StagedTenant) -> AsyncIterator[_Change]:
    if stage.spec.roles and stage.serves("client_list", "client_revoke"):
        session = await made_role(stage.props, tenant, next(iter(stage.spec.roles)))
        client = str(session.values["client_id"])
        yield _Change("a client was made", client, await tenant.session.must("client_list"))
        yield _Change("a client was revoked", client, await tenant.session.must("client_revoke", client_id=client))


async def _operators(stage: Stage, tenant: StagedTenant) -> AsyncIterator[_Change]:
    """Change the tenant as the operator, who has to be seen by it."""
    if stage.operator is None or not tenant.made:
        return
    for tenant_id in tenant.ids.get("tenant", ()):
        if stage.serves("tenant_patch"):
            reply = await stage.operator.must("tenant_patch", tenant_id=tenant_id)
            yield _Change("the operator changed limits", tenant_id, reply)
        if stage.serves("tenant_suspend", "tenant_resume"):
            values = {"tenant_id": tenant_id, "reason": "The audit is tried."}
            await stage.operator.must("tenant_suspend", **values)
            reply = await stage.operator.must("tenant_resume", **values)
            yield _Change("the operator suspended and resumed", tenant_id, reply)


_CHANGES: Final[tuple[Callable[[Stage, StagedTenant], AsyncIterator[_Change]], ...]] = (
    _documents,
    _clients,
    _operators,
)

FAMILY = Family("W4", "Completeness of the audit", frozenset({"ingest", "get", "audit"}), _STANDARDS, run)
