"""A14: what is left of a deleted document, and of an erased tenant, on every surface, and for how long.

From the answer to the deletion on nothing may show it: not to its owner, not to another tenant, not to a new tenant of
the same name. What shows it is asked again until it is silent, so that the report says how long it stayed.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from evals.canaries.forms import Form
from evals.families.life.access import ended_access
from evals.families.life.looking import Look, looks_at, residue
from evals.families.registry import AISVS, CANARIES, LLM09, Family
from evals.stage.controls import found_its_own, no_unplanted
from evals.stage.populate import made_tenant
from evals.stage.scripts import Plan
from evals.stage.sightings import Sighting
from evals.stage.stage import Stage
from evals.stage.tenant import Planted, StagedTenant
from evals.target.pacing import NotInTime, until
from evals.target.reply import Reply
from evals.target.session import Refused, Session
from evals.verdicts.family import Evidence
from evals.verdicts.trial import Cell, Measurement, Trial

PLANS: Final = tuple(
    Plan(f"ledger-{number}", ending, f"Ledger of year {number}", forms)
    for number, ending, forms in (
        (1, ".txt", (Form.TOKEN, Form.FACT, Form.ENTITY)),
        (2, ".md", (Form.TABLE_CELL, Form.NUMBER, Form.TOKEN)),
        (3, ".txt", (Form.FACT, Form.TOKEN, Form.LANGUAGE)),
        (4, ".txt", (Form.TOKEN, Form.FACT, Form.NUMBER)),
    )
)
"""One document to keep, one to lose with the tenant, the others to be deleted one by one."""
_KEPT: Final = 2
_PATIENCE: Final = 3.0
"""Seconds for which a surface is watched; each surface once, for the rest says the same."""
_STANDARDS: Final = (AISVS, CANARIES, LLM09, "L42", "L07", "L03")


async def run(stage: Stage, evidence: Evidence) -> None:
    """Delete documents one by one, then the tenant, and look everywhere each time."""
    erasing = _Erasing(stage, evidence)
    tenant = await stage.fresh_tenant("erased", plans=()) if stage.spec.tenant_steps else stage.tenants[0]
    documents = await stage.populate.plant(tenant, PLANS)
    await erasing.documents(tenant, documents[_KEPT:])
    await erasing.kept(tenant, documents[:_KEPT])
    if tenant.made and stage.operator is not None and stage.serves("tenant_delete"):
        await erasing.whole(tenant, documents[:_KEPT])
    elif "tenant_delete" not in stage.spec.absent:
        evidence.doubt("No tenant could be erased: the target file neither has `tenant_delete` nor declares it absent.")
    await ended_access(stage, evidence)
    erasing.settle()


class _Erasing:
    def __init__(self, stage: Stage, evidence: Evidence) -> None:
        self._stage, self._evidence = stage, evidence
        self._seen: list[Sighting] = []
        self._shown = self._tried = 0
        self._stayed: dict[str, float] = {}

    def settle(self) -> None:
        """Write down the controls and the times to zero."""
        found_its_own(self._evidence, "Before, the owner saw each on every surface.", self._shown, self._tried)
        no_unplanted(self._evidence, self._seen)
        self._evidence.measured(Measurement("Seconds until nothing was left, by surface", dict(self._stayed)))

    async def documents(self, tenant: StagedTenant, documents: Sequence[Planted]) -> None:
        """Delete documents of a tenant that stays, and look for each."""
        for document in documents:
            looks = await self._before(tenant, document)
            await tenant.session.must("delete", document_id=document.document_id)
            tenant.documents.remove(document)
            await self._after(looks, document, tenant, tenant.session, "deleted document")
            await self._others(looks, document, tenant)

    async def kept(self, tenant: StagedTenant, documents: Sequence[Planted]) -> None:
        """See that what was not deleted is still shown."""
        for document in documents:
            await self._before(tenant, document)

    async def whole(self, tenant: StagedTenant, documents: Sequence[Planted]) -> None:
        """Erase a tenant and look for what it held: with its old credentials, as others, as its namesake."""
        stage, operator = self._stage, self._stage.operator
        if operator is None:
            return
        looks = {document.document_id: await self._before(tenant, document) for document in documents}
        for tenant_id in tenant.ids.get("tenant", ()):
            reply = await operator.must("tenant_delete", tenant_id=tenant_id, reason="An erasure is tried.")
            await self._old_credentials(tenant)
            for document in documents:
                await self._after(looks[document.document_id], document, tenant, tenant.session, "erased tenant")
            self._counted(await _done(stage, operator, reply), tenant)
        again = await made_tenant(stage.props, tenant.name, stage.extras)
        for document in documents:
            await self._after(looks[document.document_id], document, tenant, again.session, "namesake")
            await self._others(looks[document.document_id], document, tenant)
        (own,) = await stage.populate.plant(again, [Plan("anew", ".txt", "Begun anew", (Form.TOKEN, Form.FACT))])
        await self._before(again, own)
        tenant.documents.clear()

    def _counted(self, receipt: Reply | None, tenant: StagedTenant) -> None:
        """See that the target itself counts nothing that is left, where it says what it counts."""
        left = [] if receipt is None else receipt.every("left")
        if receipt is None or not left:
            return
        self._evidence.trial(Trial("", "the receipt", Cell(receipt.route, "", "blobs"), "operator", tenant.name))
        if any(left):
            self._leak("What an erased tenant had is left.", receipt, "operator", tenant, f"counted: {left}")

    async def _old_credentials(self, tenant: StagedTenant) -> None:
        """Try to sign in again as the erased tenant."""
        sign_in = self._stage.spec.sign_in
        if sign_in is None:
            return
        reply = await tenant.session.call(sign_in)
        self._evidence.trial(Trial("", "erased tenant", Cell(reply.route, "", "clients"), tenant.name, tenant.name))
        if reply.done:
            self._leak("Credentials of an erased tenant are accepted.", reply, tenant.name, tenant, "it was accepted")

    async def _before(self, tenant: StagedTenant, document: Planted) -> list[Look]:
        """Return the looks that show a document to its owner: only they can prove that it is gone."""
        looks = looks_at(self._stage, document)
        replies = await asyncio.gather(*(look.ask(tenant.session) for look in looks))
        self._seen += [self._stage.look(reply, tenant, look.said) for look, reply in zip(looks, replies, strict=True)]
        shown = [look for look, reply in zip(looks, replies, strict=True) if residue(reply, look, document)]
        self._shown, self._tried = self._shown + len(shown), self._tried + len(looks)
        return shown

    async def _after(
        self, looks: Iterable[Look], document: Planted, owner: StagedTenant, session: Session, what: str
    ) -> None:
        for look in looks:
            reply = await look.ask(session)
            self._seen.append(self._stage.look(reply, owner, look.said))
            canary = look.canary.id if look.canary else ""
            cell = Cell(reply.route, "", "documents", "http")
            self._evidence.trial(Trial(canary, f"{what}, {look.operation}", cell, session.principal, owner.name))
            left, stayed = residue(reply, look, document), 0.0
            if left:
                stayed = self._stayed.get(look.operation, 0.0) or await self._stays(look, document, session)
                title = f"{reply.route} still shows what was deleted ({what})."
                self._leak(title, reply, session.principal, owner, f"{left}; seen for {stayed:.1f} s")
            self._stayed[look.operation] = max(stayed, self._stayed.get(look.operation, 0.0))

    async def _stays(self, look: Look, document: Planted, session: Session) -> float:
        """Return for how long a look goes on showing a document, at most as long as patience lasts."""
        loop = asyncio.get_running_loop()
        began = loop.time()

        async def silent() -> bool | None:
            return None if residue(await look.ask(session), look, document) else True

        try:
            await until(silent, f"{look.operation} falling silent", _PATIENCE)
        except NotInTime:
            return _PATIENCE
        return loop.time() - began

    async def _others(self, looks: Iterable[Look], document: Planted, owner: StagedTenant) -> None:
        """Let another tenant look for it the same ways."""
        other = self._stage.rng.choice(self._stage.others(owner))
        await self._after(looks, document, owner, other.session, "seen by another")

    def _leak(self, title: str, reply: Reply, who: str, victim: StagedTenant, says: str) -> None:
        attacker = next((one for one in self._stage.tenants if one.session.principal == who), victim)
        cell = Cell(reply.route, "", "documents", "http")
        self._evidence.leak(
            self._stage.finding(title, reply, attacker=attacker, victim=victim.name, cell=cell, says=says)
        )


async def _done(stage: Stage, operator: Session, asked: Reply) -> Reply | None:
    """Wait until an erasure that goes on in the background is done, where the target tells; return what it tells."""
    erasure_ids = asked.every("erasure_id")
    if not erasure_ids or not stage.spec.has("erasure_get"):
        return None

    async def state() -> Reply | None:
        reply = await operator.must("erasure_get", erasure_id=erasure_ids[0])
        if "state" not in reply.gives:
            raise Refused("`erasure_get` gives no `state`, so nobody can tell when an erasure is done.")
        return reply if reply.given("state") == "done" else None

    return await until(state, "the erasure", 60.0)


FAMILY = Family("A14", "What is left after erasure", frozenset({"ingest", "search", "delete"}), _STANDARDS, run)
