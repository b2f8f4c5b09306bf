"""A1: ids of another tenant, of every kind, in every slot of every route and verb.

An id of another tenant has to be answered like one that never existed, byte for byte once the asked id is masked; the
answer holds nothing of the other tenant, and the other tenant's things stay as they are.
"""

from collections.abc import Mapping
from typing import Final

from evals.families.objects.spoils import Spoils
from evals.families.registry import AISVS, LLM09, Family
from evals.families.requesting import placed, request_for
from evals.stage.controls import alike, told_apart
from evals.stage.populate import own_values
from evals.stage.stage import Stage
from evals.stage.tenant import StagedTenant
from evals.target.masks import Observable
from evals.target.openapi import Route, Slot, kind_of
from evals.target.reply import Reply
from evals.verdicts.family import Evidence
from evals.verdicts.trial import Cell, ControlKind, Trial

_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NOT_THEIRS: Final = frozenset({401, 403})
_STANDARDS: Final = (AISVS, LLM09, "L11", "L15", "L16")


async def run(stage: Stage, evidence: Evidence) -> None:
    """Attack every slot; prove in each that an existing id would have been told apart."""
    attack = _Attack(stage, evidence)
    if not attack.slots:
        evidence.doubt("The served OpenAPI has no slot that takes an id.")
        return
    unknown = [tenant.name for tenant in stage.tenants if not tenant.ids]
    if unknown:
        evidence.doubt(f"No id of {' and '.join(unknown)} is known, so none can be attacked.")
        return
    before = [await _planted(stage, tenant, attack.spoils) for tenant in stage.tenants]
    for route, slot in attack.slots:
        await attack.slot(route, slot)
    for tenant, planted in zip(stage.tenants, before, strict=True):
        held = await attack.spoils.unchanged(tenant) and planted <= await _by_document(stage, tenant)
        name = f"What {tenant.name} sees of its own stays the same while nobody succeeds."
        evidence.control(ControlKind.NEGATIVE, name, held=held or bool(evidence.leaks))


class _Attack:
    def __init__(self, stage: Stage, evidence: Evidence) -> None:
        self.stage, self.evidence = stage, evidence
        self.spoils = Spoils(stage)
        self.slots = [(route, slot) for route in stage.surface.routes for slot in _slots(route, stage)]
        self.kinds = sorted({kind for tenant in stage.tenants for kind in tenant.ids})

    async def slot(self, route: Route, slot: Slot) -> None:
        """Attack one slot of one route: ids of every kind, of as many victims as the budget of trials gives."""
        stage, changing = self.stage, route.method not in _READS
        pairs = stage.pairs()[: max(1, stage.trials // max(1, len(self.slots) * len(self.kinds)))]
        for attacker, victim in pairs:
            never = [await self._ask(attacker, route, slot, self._never(victim)) for _ in range(2)]
            seen = [stage.observe(reply, [asked]) for reply, asked in never]
            if not alike(self.evidence, f"{route.name} {slot.label}", *seen):
                return
            ids = await self.spoils.ids(victim, changing=changing)
            mine = attacker.rightful(stage.others(attacker))  # a name may be an id in many tenants
            refused = all(reply.status in _NOT_THEIRS for reply, _ in never)
            for kind, found in ids.items():
                theirs = [one for one in found if one not in mine]
                for number, one in enumerate(stage.pick(theirs, 2)):
                    variant = f"{kind} id {number}"
                    await self._attempt(attacker, victim, route, slot, (variant, one))
                    if ids.get(kind_of(route, slot)) or refused:  # else the slot was never given what it takes
                        self.evidence.trial(Trial("", variant, _cell(route, slot), attacker.name, victim.name))
            if changing and not await self.spoils.unchanged(victim):
                await self._took(attacker, victim, route, slot, ids)
            await self._control(victim, route, slot, ids)

    def _never(self, victim: StagedTenant) -> str:
        """Return the twin of one of a victim's ids, of whatever kind it has."""
        known = victim.ids.get("document") or next(iter(victim.ids.values()), ("id-of-nobody",))
        return self.stage.never_existed(known[0])

    async def _ask(self, caller: StagedTenant, route: Route, slot: Slot, asked: str) -> tuple[Reply, str]:
        values = {**own_values(caller), **caller.session.values}
        request = request_for(self.stage, route, values, {slot.name: asked} if slot.place == "path" else {})
        request = request if slot.place == "path" else placed(request, slot, asked)
        return await caller.session.send(request), asked

    async def _attempt(
        self, attacker: StagedTenant, victim: StagedTenant, route: Route, slot: Slot, what: tuple[str, str]
    ) -> None:
        """Ask for an id of the victim's and for its never-existing twin, in random order, and compare."""
        stage, (variant, foreign) = self.stage, what
        asked = [foreign, stage.never_existed(foreign)]
        stage.rng.shuffle(asked)
        replies = {one: (await self._ask(attacker, route, slot, one))[0] for one in asked}
        reply = replies.pop(foreign)
        (twin, other), *_ = replies.items()
        cell = _cell(route, slot)
        shown = stage.look(reply, attacker, [foreign, reply.request.path])
        difference = stage.observe(reply, [foreign]).difference(stage.observe(other, [twin]))
        if difference or shown.leaks:
            kind = variant.split()[0]
            title = f"{route.name} tells a foreign {kind} id from one that never existed."
            if shown.leaks:
                title = f"{route.name} shows a thing of another tenant for its {kind} id."
            saw = next(iter(shown.foreign), None) or next((one.id for one in shown.foreign_ids), "")
            self.evidence.leak(
                stage.finding(
                    title,
                    reply,
                    attacker=attacker,
                    victim=victim.name,
                    cell=cell,
                    saw=saw,
                    says=difference,
                )
            )

    async def _took(
        self, attacker: StagedTenant, victim: StagedTenant, route: Route, slot: Slot, ids: Mapping[str, tuple[str, ...]]
    ) -> None:
        """Report that a victim's things changed, and see them anew."""
        one = (ids.get(kind_of(route, slot)) or next(iter(ids.values())))[0]
        reply, _ = await self._ask(attacker, route, slot, one)
        title = f"{route.name} changes the things of another tenant."
        cell = _cell(route, slot)
        self.evidence.leak(self.stage.finding(title, reply, attacker=attacker, victim=victim.name, cell=cell))
        self.spoils.spent(victim)
        await self.spoils.remember(victim)

    async def _control(self, owner: StagedTenant, route: Route, slot: Slot, ids: Mapping[str, tuple[str, ...]]) -> None:
        """Show that the owner's id would have been told apart, where the slot takes what the owner has."""
        kind = kind_of(route, slot)
        if not ids.get(kind):
            return
        mine, asked = await self._ask(owner, route, slot, ids[kind][0])
        if mine.status in _NOT_THEIRS:
            return
        other, twin = await self._ask(owner, route, slot, self.stage.never_existed(asked))
        seen = self.stage.observe(mine, [asked]), self.stage.observe(other, [twin])
        if slot.place == "path" or seen[0] != seen[1]:  # a slot that nobody heeds shows nothing, for or against
            told_apart(self.evidence, f"{route.name} {slot.label}", *seen)
        if route.method not in _READS:
            self.spoils.spent(owner)
            await self.spoils.remember(owner)


async def _planted(stage: Stage, tenant: StagedTenant, spoils: Spoils) -> frozenset[tuple[str, Observable]]:
    """Return what a tenant sees of each document that was planted and that another document of its own leaves so."""
    before = await _by_document(stage, tenant)
    await spoils.ids(tenant, changing=True)
    return before & await _by_document(stage, tenant)


async def _by_document(stage: Stage, tenant: StagedTenant) -> frozenset[tuple[str, Observable]]:
    by_document = {name for name, one in stage.spec.operations.items() if "document_id" in one.needs}
    return frozenset(seen for seen in await stage.view(tenant) if seen[0].partition(" of ")[0] in by_document)


def _cell(route: Route, slot: Slot) -> Cell:
    return Cell(route.name, slot.label, f"{kind_of(route, slot)}s", "http")


def _slots(route: Route, stage: Stage) -> tuple[Slot, ...]:
    """Return the slots to attack; a free filter of a JSON body is one more way to name a document."""
    if route.media.startswith("multipart/"):
        return tuple(slot for slot in route.id_slots(stage.spec.id_slots) if slot.place != "body")
    also = (Slot("body", "filter.document_id"),) if Slot("body", "filter") in route.slots else ()
    return (*route.id_slots(stage.spec.id_slots), *also)


FAMILY = Family("A1", "Object access by foreign ids", frozenset({"ingest"}), _STANDARDS, run)
