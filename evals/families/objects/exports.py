"""Exports: what a tenant has, made out to the key that the tenant gave, and to nobody who only asks for it.

An operator may fetch a tenant's export, naming a key of its own or not: the tenant's key alone opens it.
"""

from dataclasses import dataclass
from typing import Final

import pyrage
from pyrage import x25519

from evals.stage.scripts import PLANS
from evals.stage.sightings import Sighting
from evals.stage.stage import Stage
from evals.stage.tenant import StagedTenant
from evals.target.reply import Reply
from evals.verdicts.family import Evidence
from evals.verdicts.trial import Cell, ControlKind, Trial

_OPERATIONS: Final = ("export", "tenant_export", "settings_patch")
_REASON: Final = "An export is tried."


@dataclass(frozen=True, slots=True)
class _Scene:
    """Whose export it is, in whose hands it should be worth nothing, and the key of each."""

    stage: Stage
    evidence: Evidence
    attacker: StagedTenant
    victim: StagedTenant
    own: x25519.Identity
    other: x25519.Identity

    def looked(self, reply: Reply, variant: str) -> None:
        """Look into an export as it came, and with the attacker's key."""
        cell = Cell(reply.route, "body:recipient", "documents", "http")
        self.evidence.trial(Trial("", f"an export {variant}", cell, self.attacker.name, self.victim.name))
        for content in (reply.body, _opened(reply, self.other)):
            shown = self.stage.look(content, self.attacker, [reply.request.path])
            if shown.leaks:
                saw = shown.foreign[0] if shown.foreign else shown.foreign_ids[0].id
                title = f"{reply.route} gives an export {variant} that others than its tenant can read."
                attacker, victim = self.attacker, self.victim.name
                found = self.stage.finding(title, reply, attacker=attacker, victim=victim, cell=cell, saw=saw)
                self.evidence.leak(found)


async def others_exports(stage: Stage, evidence: Evidence) -> None:
    """Fetch a tenant's exports as that tenant, as an operator and as another tenant, where the target has such."""
    if stage.operator is None or not stage.spec.tenant_steps or not stage.serves(*_OPERATIONS):
        return
    victim, own = await stage.fresh_tenant("exports-victim", PLANS[:1]), x25519.Identity.generate()
    scene = _Scene(stage, evidence, stage.tenants[0], victim, own, x25519.Identity.generate())
    keys = {"own": str(own.to_public()), "other": str(scene.other.to_public())}
    whose = {"tenant_id": victim.ids["tenant"][0], "reason": _REASON}
    made = {"made out to a key that its tenant sends": await victim.session.call("export", recipient=keys["own"])}
    await victim.session.must("settings_patch", export_recipient=keys["own"])
    made["that an operator fetches"] = await stage.operator.call("tenant_export", **whose)
    named = await stage.operator.call("tenant_export", **whose, recipient=keys["other"])
    for variant, reply in {**made, "for which an operator names its own key": named}.items():
        scene.looked(reply, variant)
    scene.looked(await scene.attacker.session.call("export", recipient=keys["other"]), "that another tenant asks for")
    _controls(scene, [_seen(scene, reply) for reply in made.values()])


def _seen(scene: _Scene, reply: Reply) -> Sighting | None:
    """Return what an export shows to its tenant; None where its key does not open it."""
    content = _opened(reply, scene.own)
    return scene.stage.look(content, scene.victim) if content else None


def _controls(scene: _Scene, seen: list[Sighting | None]) -> None:
    opened = [one for one in seen if one is not None]
    name = "A tenant's key opens its exports, and what it holds is in them."
    held = len(opened) == len(seen) and all(one.own for one in opened)
    scene.evidence.control(ControlKind.POSITIVE, name, held=held, detail=f"{len(opened)} of {len(seen)} opened")
    name = "Nothing that was never planted, and nothing of other tenants, is in a tenant's exports."
    scene.evidence.control(
        ControlKind.NEGATIVE, name, held=bool(opened) and not any(one.leaks or one.unplanted for one in opened)
    )


def _opened(reply: Reply, identity: x25519.Identity) -> bytes:
    """Return what an identity reads of an export, which is nothing where it is made out to others."""
    try:
        return bytes(pyrage.decrypt(reply.body, [identity]))
    except pyrage.DecryptError:
        return b""
