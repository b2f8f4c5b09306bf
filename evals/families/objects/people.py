"""Tokens of people whom a tenant's own identity provider names, forged in the ways that services have believed.

Two tenants are customers of one provider, as happens; a third has named a provider that no operator has agreed to. A
forged token opens nothing, and an honest one opens its own tenant, whatever else it says.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from evals.launch.issuer import AUDIENCE, CLAIM, Issuer, running_issuer
from evals.stage.populate import own_values
from evals.stage.scripts import PLANS
from evals.stage.sightings import Sighting
from evals.stage.stage import Stage
from evals.stage.tenant import StagedTenant
from evals.target.reply import Reply
from evals.target.session import Session
from evals.verdicts.family import Evidence
from evals.verdicts.trial import Cell, ControlKind, Trial

_OPERATIONS: Final = ("issuer_propose", "issuer_agree", "list")
_LONG_AGO: Final = 7_200
_REASON: Final = "Tokens of people are tried."


@dataclass(frozen=True, slots=True)
class _Scene:
    """Who takes part: a provider with two customers, and a third tenant with a provider that is a stranger."""

    stage: Stage
    evidence: Evidence
    issuer: Issuer
    stranger: Issuer
    attacker: StagedTenant
    victim: StagedTenant
    candidate: StagedTenant

    async def looks(self, token: str, holder: StagedTenant) -> list[Reply]:
        """Return what somebody with a token gets who looks for the victim's things; `holder` is whose it should be."""
        values = {**holder.session.values, "token": token}
        name = f"{holder.name}-person"
        person = Session(self.stage.wire, self.stage.spec, name, tenant=holder.name, role="person", values=values)
        asked = [one for one in ("list", "search") if self.stage.serves(one)]
        return [await person.call(operation, **own_values(self.victim)) for operation in asked]

    def sighting(self, reply: Reply, holder: StagedTenant) -> Sighting:
        """Return what a reply shows to whoever should be in the holder's tenant."""
        return self.stage.look(reply, holder, [str(own_values(self.victim)["query"])])

    def cell(self, reply: Reply) -> Cell:
        """Return the place that a token attacks."""
        return Cell(reply.route, "header:Authorization", "documents", "http")

    def leak(self, title: str, reply: Reply, holder: StagedTenant, victim: StagedTenant, shown: Sighting) -> None:
        """Write a leak down, with a secret that it showed if it showed one."""
        saw = shown.foreign[0] if shown.foreign else ""
        cell, stage = self.cell(reply), self.stage
        self.evidence.leak(stage.finding(title, reply, attacker=holder, victim=victim.name, cell=cell, saw=saw))


async def forged_people(stage: Stage, evidence: Evidence) -> None:
    """Come as people of a tenant's own provider, honestly and not, where the target has such."""
    if stage.operator is None or not stage.spec.tenant_steps or not stage.serves(*_OPERATIONS):
        return
    with running_issuer() as issuer, running_issuer() as stranger:
        made = [await stage.fresh_tenant(f"people-{name}", PLANS[:1]) for name in ("attacker", "victim", "candidate")]
        scene = _Scene(stage, evidence, issuer, stranger, *made)
        if not (await _agreed(scene, scene.attacker) and await _agreed(scene, scene.victim)):
            return
        await _honest(scene)
        for variant, token in _forged(scene):
            await _refused(scene, variant, token, scene.attacker)
        for variant, token in _overreaching(scene):
            await _kept(scene, variant, token)
        await _only_proposed(scene)


async def _proposed(tenant: StagedTenant, issuer: Issuer, organisation: str) -> bool:
    """Name a provider as a tenant; tell whether that was taken."""
    wish = {"issuer": issuer.url, "audience": AUDIENCE, "claim": CLAIM, "organisation": organisation}
    return (await tenant.session.call("issuer_propose", **wish)).done


async def _agreed(scene: _Scene, tenant: StagedTenant) -> bool:
    """Bring the provider into force for a tenant; without it nothing can be shown, which is said."""
    wish = {"issuer": scene.issuer.url, "audience": AUDIENCE, "claim": CLAIM, "organisation": tenant.name}
    taken, operator = await _proposed(tenant, scene.issuer, tenant.name), scene.stage.operator
    whose = {"tenant_id": tenant.ids["tenant"][0], "reason": _REASON}
    if taken and operator is not None and (await operator.call("issuer_agree", **wish, **whose)).done:
        return True
    refusal = scene.stage.wire.log[-1]
    scene.evidence.doubt(
        f"No provider of people came into force: {refusal.route} answered {refusal.status}. Let the target reach "
        "addresses on this machine, or declare issuer_propose absent."
    )
    return False


async def _honest(scene: _Scene) -> None:
    """Show that honest people are let in, each to the tenant whose customer number the provider gives them."""
    issuer, attacker, victim = scene.issuer, scene.attacker, scene.victim
    theirs = await scene.looks(issuer.signed(issuer.claims(victim.name)), victim)
    noticed = [scene.sighting(reply, attacker).leaks for reply in theirs if reply.done]
    name = "A person of a tenant's own provider is let in, and what it sees would be noticed in other hands."
    held = len(noticed) == len(theirs) and any(noticed)
    scene.evidence.control(ControlKind.POSITIVE, name, held=held, detail=f"{len(noticed)} of {len(theirs)} done")
    mine = await scene.looks(issuer.signed(issuer.claims(attacker.name)), attacker)
    shown = [scene.sighting(reply, attacker) for reply in mine]
    name = "A person of another customer of the same provider is let in, and sees nothing that is not its own tenant's."
    held = all(reply.done for reply in mine) and not any(one.leaks or one.unplanted for one in shown)
    scene.evidence.control(ControlKind.NEGATIVE, name, held=held)


def _forged(scene: _Scene) -> Iterator[tuple[str, str]]:
    """Yield tokens that open nothing: how each is wrong, and the token."""
    issuer, stranger, name = scene.issuer, scene.stranger, scene.victim.name
    good, now = issuer.claims(name), int(time.time())

    def said(**changed: object) -> str:
        return issuer.signed(issuer.claims(name, **changed))

    yield "for another application", said(aud="https://another.example.com")
    yield "for this application among others", said(aud=[AUDIENCE, "https://another.example.com"])
    yield "for no application", said(aud=None)
    yield "without an organisation", said(**{CLAIM: None})
    yield "of an organisation in capitals", said(**{CLAIM: name.upper()})
    yield "of two organisations", said(**{CLAIM: [name, "another"]})
    yield "whose organisation stands where its holder writes it", said(**{CLAIM: None, "nickname": name})
    yield "that has expired", said(iat=now - _LONG_AGO, exp=now - _LONG_AGO // 2)
    yield "without an end", said(exp=None)
    yield "that gives itself roles", said(groups=None, roles=["admin"], scope="admin")
    yield "signed by a stranger", stranger.signed(good)
    yield "signed by a stranger whose keys it points at", stranger.signed(good, jku=stranger.keys)
    yield "of a stranger", stranger.signed(stranger.claims(name))
    yield "signed with the public key", issuer.signed_by_all(good)
    yield "without a signature", issuer.unsigned(good)


def _overreaching(scene: _Scene) -> Iterator[tuple[str, str]]:
    """Yield tokens of the attacker's own people that say more than they may: what each says, and the token."""
    issuer, own, victim = scene.issuer, scene.attacker.name, scene.victim
    for claim in ("tid", "tenant", "tenant_id", "cid"):
        yield f"names it in {claim!r}", issuer.signed(issuer.claims(own, **{claim: victim.ids["tenant"][0]}))
    yield "names its organisation in another claim", issuer.signed(issuer.claims(own, customer=victim.name))
    yield "names its people", issuer.signed(issuer.claims(own, sub=f"ada@{victim.name}", email=f"ada@{victim.name}"))


async def _refused(scene: _Scene, variant: str, token: str, holder: StagedTenant) -> None:
    """Come with a forged token, which opens nothing."""
    for reply in await scene.looks(token, holder):
        trial = Trial("", f"a person's token: {variant}", scene.cell(reply), holder.name, scene.victim.name)
        scene.evidence.trial(trial)
        shown = scene.sighting(reply, holder)
        if reply.done or shown.leaks:
            scene.leak(f"{reply.route} is done with a person's token {variant}.", reply, holder, scene.victim, shown)


async def _kept(scene: _Scene, variant: str, token: str) -> None:
    """Come with a token of the attacker's own person, which opens the attacker's tenant or nothing."""
    attacker, victim = scene.attacker, scene.victim
    for reply in await scene.looks(token, attacker):
        trial = Trial("", f"a person's token {variant}", scene.cell(reply), attacker.name, victim.name)
        scene.evidence.trial(trial)
        shown = scene.sighting(reply, attacker)
        if shown.leaks:
            title = f"{reply.route} shows a tenant's things to somebody whose token {variant}."
            scene.leak(title, reply, attacker, victim, shown)


async def _only_proposed(scene: _Scene) -> None:
    """Name providers as a tenant to which no operator agrees: its people get nothing, and nobody else's come to it."""
    candidate, victim, stranger = scene.candidate, scene.victim, scene.stranger
    if await _proposed(candidate, stranger, candidate.name):
        token = stranger.signed(stranger.claims(candidate.name))
        await _refused(scene, "of a provider that no operator has agreed to", token, candidate)
    await _proposed(candidate, scene.issuer, victim.name)
    done = 0
    for reply in await scene.looks(scene.issuer.signed(scene.issuer.claims(victim.name)), victim):
        trial = Trial("", "somebody else's provider, named", scene.cell(reply), candidate.name, victim.name)
        scene.evidence.trial(trial)
        done += reply.done
        shown = scene.sighting(reply, victim)
        if shown.leaks:
            title = f"{reply.route} shows a tenant's people the things of one that has named their provider."
            scene.leak(title, reply, victim, candidate, shown)
    name = "A tenant's people are let in also while another tenant names their provider."
    scene.evidence.control(ControlKind.POSITIVE, name, held=done > 0)
