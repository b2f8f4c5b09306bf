"""Prompts that an operator's key pays for: of tenants that agreed to where they go, sent to no other address.

An operator offers the tenants of a plan a provider. One tenant agrees to its host and has entered an address of its
own, without a key; one has agreed to nothing; one has a key of its own. Each asks, and what reaches which address is
read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from evals.canaries.derive import Canary
from evals.launch.model import Model, Prompt, running_model
from evals.stage.controls import found_its_own, no_unplanted
from evals.stage.modelled import key_of
from evals.stage.populate import made_tenant
from evals.stage.scripts import PLANS
from evals.stage.sightings import Sighting
from evals.stage.stage import Stage
from evals.stage.tenant import StagedTenant
from evals.target.reply import Reply
from evals.target.session import Session
from evals.verdicts.family import Evidence
from evals.verdicts.finding import shortened
from evals.verdicts.trial import Cell, Trial

OPERATORS_KEY: Final = "sk-void-operator"
_OPERATIONS: Final = ("offer_set", "offer_remove", "settings_patch")
_PLAN: Final = "dedicated"
_REASON: Final = "So that what is sent there can be read by an evaluation."
_AGREES, _SILENT, _OWN = "offered-agrees", "offered-silent", "offered-own"
_STRAY: Final = "A prompt went to an address that a tenant has entered without a key."
_WRONG: Final = {
    _AGREES: "The operator's provider was asked with somebody else's key.",
    _SILENT: "A tenant's text went to the operator's provider, to which it has not agreed.",
    _OWN: "The text of a tenant with a key of its own was sent with another.",
}
_PAYS: Final = {_AGREES: OPERATORS_KEY, _SILENT: None, _OWN: key_of(_OWN)}


@dataclass(frozen=True, slots=True)
class _Scene:
    """The operator's provider, the address that a tenant has entered, and the tenants."""

    stage: Stage
    evidence: Evidence
    model: Model
    elsewhere: Model
    tenants: Sequence[StagedTenant]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as it was answered, and the prompts that came of it at either address."""

    tenant: StagedTenant
    canary: Canary
    reply: Reply
    sent: Sequence[Prompt]
    stray: Sequence[Prompt]


async def offered_prompts(stage: Stage, evidence: Evidence) -> None:
    """Ask as tenants of a plan for which an operator offers a provider, where the target has such."""
    operator, model = stage.operator, stage.model
    if operator is None or model is None or not stage.serves(*_OPERATIONS):
        return
    with running_model() as elsewhere:
        tenants = [await _tenant(stage, model, name) for name in _PAYS]
        host = urlsplit(model.base_url).hostname
        await tenants[0].session.must(
            "settings_patch", platform_provider_host=host, provider_base_url=elsewhere.base_url
        )
        await _offered(_Scene(stage, evidence, model, elsewhere, tenants), operator)


async def _tenant(stage: Stage, model: Model, name: str) -> StagedTenant:
    own = {"model_url": model.base_url, "model_key": key_of(name), "model_name": "stand-in"} if name == _OWN else {}
    made = await made_tenant(stage.props, name, stage.extras, {"plan": _PLAN, **own})
    await stage.populate.plant(made, PLANS[:2])
    return made


async def _offered(scene: _Scene, operator: Session) -> None:
    """Offer the provider, ask and look, and offer it no more."""
    offer = {"provider_key": OPERATORS_KEY, "provider_base_url": scene.model.base_url, "model": "stand-in"}
    await operator.must("offer_set", plan=_PLAN, reason=_REASON, **offer)
    try:
        asked = [one for tenant in scene.tenants for one in await _questions(scene, tenant)]
    finally:
        await operator.must("offer_remove", plan=_PLAN, reason=_REASON)
    seen = [told for one in asked for told in _looked(scene, one)]
    ours = [told for name, told in seen if name == _AGREES]
    found_its_own(
        scene.evidence,
        "The operator's provider is sent what belongs to the tenant that agreed.",
        sum(bool(told.own) for told in ours),
        max(1, len(ours)),
    )
    no_unplanted(scene.evidence, [told for _, told in seen])


async def _questions(scene: _Scene, tenant: StagedTenant) -> list[_Asked]:
    asked = []
    for canary in scene.stage.pick(tenant.canaries, max(3, scene.stage.trials // 10)):
        before, strays = len(scene.model.prompts), len(scene.elsewhere.prompts)
        reply = await tenant.session.must("ask", question=canary.question)
        sent, stray = scene.model.prompts[before:], scene.elsewhere.prompts[strays:]
        asked.append(_Asked(tenant, canary, reply, sent, stray))
    return asked


def _looked(scene: _Scene, asked: _Asked) -> list[tuple[str, Sighting]]:
    """Look at the prompts of one question; return what each shows of whom."""
    name = asked.tenant.name
    scene.evidence.trial(Trial(asked.canary.id, "with a provider on offer", _cell(asked), name, name))
    for prompt in asked.stray:
        _leak(scene, asked, _STRAY, prompt)
    for prompt in asked.sent:
        if prompt.key != _PAYS[name]:
            _leak(scene, asked, _WRONG[name], prompt)
    told = [scene.stage.look(each.text.encode(), asked.tenant, [asked.canary.question]) for each in asked.sent]
    return [(name, each) for each in told]


def _cell(asked: _Asked) -> Cell:
    return Cell(asked.reply.route, "body:question", "settings", "prompt")


def _leak(scene: _Scene, asked: _Asked, title: str, prompt: Prompt) -> None:
    finding = scene.stage.finding(
        title, asked.reply, attacker=asked.tenant, victim=asked.tenant.name, cell=_cell(asked),
        says=f"paid with {shortened(prompt.key)}",
    )  # fmt: skip
    scene.evidence.leak(finding)
