"""A2: the name of another tenant in every place of a request that some service has taken for the truth.

Whoever asks with its own credentials stays who it is: each answer is the one without the spoof, or a refusal that is
the same for a tenant that never existed; and nothing happens in the tenant that was named.
"""

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from evals.canaries.matching import Match
from evals.families.objects.credentials import wrong_credentials
from evals.families.objects.exports import others_exports
from evals.families.objects.people import forged_people
from evals.families.objects.places import COMMON, PLACES, Place
from evals.families.objects.spoils import Spoils
from evals.families.registry import AISVS, LLM09, Family
from evals.families.requesting import placed, request_for
from evals.stage.abreast import abreast
from evals.stage.populate import own_values
from evals.stage.sightings import Sighting
from evals.stage.stage import Pair, Stage
from evals.stage.tenant import StagedTenant
from evals.target.extract import found_at
from evals.target.masks import Observable
from evals.target.openapi import Route, Slot
from evals.target.operation import Request
from evals.target.reply import Reply
from evals.target.session import Session
from evals.verdicts.family import Evidence
from evals.verdicts.trial import Cell, ControlKind, Trial

_STANDARDS: Final = (AISVS, LLM09, "L01", "L02", "L03", "L04", "L05", "L49")
_FEW_TRIALS: Final = 100
_REFUSED: Final = 400


@dataclass(frozen=True, slots=True)
class _Scene:
    """One route under attack: who, whom, the request without a spoof, and the answer to that if it is steady."""

    attacker: StagedTenant
    victim: StagedTenant
    route: Route
    request: Request
    plain: Observable | None
    shown: frozenset[str] = frozenset()
    """Ids that the answer shows also without a spoof, which is no matter of this family."""
    changing: bool = False
    ingests: bool = False


@dataclass(frozen=True, slots=True)
class _Spoof:
    """One place, and what it says there of the victim: by which of its names, and the name."""

    place: Place
    said: str
    name: str


async def run(stage: Stage, evidence: Evidence) -> None:
    """Spoof on every route, in every place."""
    attack = _Attack(stage, evidence)
    pairs = stage.pairs()
    for tenant in stage.tenants:
        await attack.spoils.remember(tenant)
    for number, route in enumerate(stage.surface.routes):
        await attack.route(route, pairs[number % len(pairs)])
    await attack.signing_in(pairs[0])
    await wrong_credentials(stage, evidence, pairs[0])
    await forged_people(stage, evidence)
    await others_exports(stage, evidence)
    await _controls(stage, evidence, attack.steady)


class _Attack:
    def __init__(self, stage: Stage, evidence: Evidence) -> None:
        self.stage, self.evidence, self.spoils = stage, evidence, Spoils(stage)
        self.places = PLACES if stage.trials >= _FEW_TRIALS else COMMON
        self.steady = 0
        self.arrived: set[str] = set()

    async def route(self, route: Route, pair: Pair) -> None:
        scene = await self._scene(route, *pair)
        self.steady += scene.plain is not None
        places = [place for place in self.places if route.media or place.kind != "body"]
        spoofs = [
            _Spoof(place, said, name)
            for place in places
            for said, name in _names(scene.victim)[: 2 if place in COMMON else 1]
        ]
        made = await abreast(self._made(scene, one) for one in spoofs)
        for one, (reply, shown) in zip(spoofs, made, strict=True):
            await self._judge(scene, one, reply, shown)
        await self._settle(scene.attacker)
        if scene.changing and not await self.spoils.unchanged(scene.victim):
            await self._find_what_changed(scene, places)

    async def _settle(self, attacker: StagedTenant) -> None:
        """Wait for what the attacker put into itself on the way, or its own things would go on changing."""
        while self.arrived:
            document_id = self.arrived.pop()
            attacker.put_in.append(document_id)
            how = self.stage.spec.ready
            if how is not None and (await attacker.session.call(how.operation, document_id=document_id)).done:
                await self.stage.populate.ready(attacker, document_id)

    async def _find_what_changed(self, scene: _Scene, places: list[Place]) -> None:
        """Spoof in one place after the other until the victim's things change again."""
        for place in places:
            for _, name in _names(scene.victim):
                self.spoils.spent(scene.victim)
                again = await self._scene(scene.route, scene.attacker, scene.victim)
                reply = await scene.attacker.session.send(_with(again.request, place, name))
                if not await self.spoils.unchanged(scene.victim):
                    title = f"{scene.route.name} changes the things of the tenant that {place.label} names."
                    self._leak(again, title, reply, Cell(scene.route.name, place.label, "", "http"))
                    return
        self.evidence.doubt(f"{scene.route.name}: the things of {scene.victim.name} changed, and not again when tried.")

    async def _scene(self, route: Route, attacker: StagedTenant, victim: StagedTenant) -> _Scene:
        operation = self.stage.operation_of(route)
        changing = operation.changes if operation else route.method not in {"GET", "HEAD", "OPTIONS"}
        ids = await self.spoils.ids(victim, changing=True) if changing else attacker.ids
        slots = [slot.name for slot in route.slots if slot.place == "path"]
        path = {name: ids[kind][0] for name in slots if (kind := name.removesuffix("_id")) in ids}
        note = f"A spoof, number {self.stage.rng.getrandbits(64):x}.\n"
        values = {**own_values(attacker), **attacker.session.values, "name": "spoof.txt", "content": note}
        request = request_for(self.stage, route, values, path)
        if changing:
            await self.spoils.remember(victim)
            ingests = operation is not None and operation.name == "ingest"
            return _Scene(attacker, victim, route, request, None, changing=True, ingests=ingests)
        replies = [await attacker.session.send(request) for _ in range(2)]
        first, second = (self.stage.observe(reply) for reply in replies)
        shown = frozenset(one.id for one in self.stage.look(replies[0], attacker).foreign_ids)
        return _Scene(attacker, victim, route, request, first if first == second else None, shown=shown)

    async def _made(self, scene: _Scene, spoof: _Spoof) -> tuple[Reply, Sighting]:
        """Name the victim in one place; return the answer and what it shows."""
        reply = await scene.attacker.session.send(_with(scene.request, spoof.place, spoof.name))
        return reply, self.stage.look(reply, scene.attacker, [spoof.name, scene.request.path])

    async def _judge(self, scene: _Scene, spoof: _Spoof, reply: Reply, shown: Sighting) -> None:
        """Judge what came of naming the victim; where it is not the plain answer, name nobody there and compare."""
        stage, attacker, place, name = self.stage, scene.attacker, spoof.place, spoof.name
        cell = Cell(scene.route.name, place.label, "", "http")
        self.evidence.trial(Trial("", f"{place.label} says {spoof.said}", cell, attacker.name, scene.victim.name))
        if scene.ingests and reply.done:
            self.arrived |= {
                str(one) for one in found_at(stage.spec.operations["ingest"].gives["document_id"], reply.json)
            }
        ids = [one.id for one in shown.foreign_ids if one.id not in scene.shown]
        if shown.foreign or ids:
            saw = shown.foreign[0] if shown.foreign else ids[0]
            title = f"{scene.route.name} shows things of the tenant that {place.label} names."
            self._leak(scene, title, reply, cell, saw)
        elif scene.plain is not None and stage.observe(reply, [name]) != scene.plain:
            nobody = stage.never_existed(name)
            other = await attacker.session.send(_with(scene.request, place, nobody))
            difference = stage.observe(reply, [name]).difference(stage.observe(other, [nobody]))
            if difference or (reply.status < _REFUSED and place.kind != "path"):
                title = f"{scene.route.name} answers otherwise when {place.label} names another tenant."
                self._leak(scene, title, reply, cell, says=difference or "It differs from the answer without it.")

    async def signing_in(self, pair: Pair) -> None:
        """Spoof where credentials are exchanged, and see whose things the token opens."""
        stage, (attacker, victim) = self.stage, pair
        if stage.spec.sign_in is None or not stage.serves("list"):
            return
        operation = stage.spec.operations[stage.spec.sign_in]
        plain = stage.observe(await attacker.session.call("list"))
        for place in (one for one in self.places if one.kind != "path"):
            (said, name), *_ = _names(victim)
            spoofed = _with(operation.filled(attacker.session.values), place, name)
            reply = await attacker.session.send(spoofed, operation=operation)
            cell = Cell(reply.route, place.label, "", "http")
            self.evidence.trial(Trial("", f"{place.label} says {said}, signing in", cell, attacker.name, victim.name))
            given = {key: found[0] for key in reply.gives if (found := reply.every(key))}
            if not reply.done or not given:
                continue
            opened = Session(stage.wire, stage.spec, attacker.session.principal, values=attacker.session.values | given)
            if stage.observe(await opened.call("list")) != plain:
                title = f"A token that was asked for with {place.label} opens other things."
                self.evidence.leak(stage.finding(title, reply, attacker=attacker, victim=victim.name, cell=cell))

    def _leak(self, scene: _Scene, title: str, reply: Reply, cell: Cell, saw: Match | str = "", says: str = "") -> None:
        found = self.stage.finding(
            title, reply, attacker=scene.attacker, victim=scene.victim.name, cell=cell, saw=saw, says=says
        )
        self.evidence.leak(found)


def _names(victim: StagedTenant) -> list[tuple[str, str]]:
    """Return what a victim goes by: its tenant id if it is known, the name it was made with or goes by."""
    ids = [("its id", one) for one in victim.ids.get("tenant", ())[:1]]
    return [*ids, ("its name", str(victim.session.values.get("name") or victim.name))]


def _with(request: Request, place: Place, name: str) -> Request:
    if place.kind == "path":
        return replace(request, path=place.name.format(tenant=quote(name, safe="")) + request.path)
    return placed(request, Slot(place.kind, place.name), name)


async def _controls(stage: Stage, evidence: Evidence, steady: int) -> None:
    """Show that a victim's things would have been noticed, and that without a spoof nothing is."""
    alpha, beta = stage.tenants[:2]
    operation = "search" if stage.serves("search") else next(iter(stage.spec.operations))
    mine = await beta.session.call(operation, **own_values(beta))
    evidence.control(
        ControlKind.POSITIVE,
        "What a tenant gets for itself would be noticed in the hands of another.",
        held=stage.look(mine, alpha).leaks,
    )
    evidence.control(
        ControlKind.POSITIVE,
        "Some routes answer the same twice, so that a difference means something.",
        held=steady > 0,
        detail=f"{steady} routes",
    )
    plain = await alpha.session.call(operation, **own_values(alpha))
    shown = stage.look(plain, alpha)
    evidence.control(
        ControlKind.NEGATIVE,
        "Without a spoof nothing of another tenant is noticed.",
        held=not shown.leaks and not shown.unplanted,
    )


FAMILY = Family("A2", "Tenant spoofing in every place", frozenset({"ingest"}), _STANDARDS, run)
