"""Jobs, for A12: the events of another tenant's document, a retry of it, lists of what is being worked on."""

import asyncio
from typing import Final

from evals.canaries.forms import Form
from evals.families.channels.strangers import Asking, Attempt, Strangers
from evals.stage.scripts import Plan
from evals.stage.stage import Stage
from evals.stage.tenant import StagedTenant
from evals.target.reply import Reply
from evals.verdicts.trial import Cell, ControlKind, Trial

OPERATIONS: Final = ("events", "retry", "jobs")
_PLANS: Final = tuple(Plan(f"late-{word}", ".txt", f"Late {word}", (Form.TOKEN,)) for word in ("news", "mail", "post"))


async def attack(stage: Stage, strangers: Strangers) -> None:
    """Attack every surface of jobs that the target has."""
    pairs = stage.pairs()[: max(1, min(12, stage.trials // 10))]
    for attacker, victim in pairs:
        before = await stage.view(victim)
        for operation in ("events", "retry"):
            if stage.serves(operation):
                document = stage.rng.choice(victim.documents)
                attempt = Attempt(f"{operation} of a document", "path:document_id", "jobs", attacker, victim)
                await strangers.tried(attempt, document.document_id, _of(operation))
        held = await stage.view(victim) == before
        name = f"What {victim.name} sees of its own is the same after a stranger's tries."
        strangers.evidence.control(ControlKind.NEGATIVE, name, held=held or strangers.evidence.leaks > 0)
        if stage.serves("jobs"):
            await _listed(stage, strangers, attacker, victim)
    if stage.serves("events"):
        for plan, (attacker, victim) in zip(_PLANS, pairs, strict=False):
            await _live(stage, strangers, plan, (attacker, victim))


def _of(operation: str) -> Asking:
    async def asking(caller: StagedTenant, document_id: str) -> Reply:
        return await caller.session.call(operation, document_id=document_id)

    return asking


async def _listed(stage: Stage, strangers: Strangers, attacker: StagedTenant, victim: StagedTenant) -> None:
    """Look at a list of jobs as a stranger, and with a stranger's eyes at the victim's own."""
    reply = await attacker.session.call("jobs")
    attempt = Attempt("the list of jobs", "", "jobs", attacker, victim)
    cell = Cell(reply.route, "", "jobs", "http")
    strangers.evidence.trial(Trial("", attempt.name, cell, attacker.name, victim.name))
    strangers.shown(reply, attempt, cell)
    own = stage.look(await victim.session.call("jobs"), attacker)
    name = f"{reply.route}: a job of {victim.name} would be noticed."
    strangers.evidence.control(ControlKind.POSITIVE, name, held=own.leaks)


async def _live(stage: Stage, strangers: Strangers, plan: Plan, pair: tuple[StagedTenant, StagedTenant]) -> None:
    """Put a document in as both, and listen to both at once while they are worked on."""
    attacker, victim = pair
    theirs, mine = [await _begun(stage, tenant, plan) for tenant in (victim, attacker)]
    never = stage.never_existed(theirs)
    asks = [(attacker, mine), (attacker, theirs), (attacker, never), (victim, theirs)]
    replies = await asyncio.gather(*(who.session.call("events", document_id=one) for who, one in asks))
    attempt = Attempt("events while it is worked on", "path:document_id", "jobs", attacker, victim)
    cell = Cell(replies[0].route, "path:document_id", "jobs", "stream")
    strangers.evidence.trial(Trial("", f"{attempt.name}, {plan.key}", cell, attacker.name, victim.name))
    for reply, said in zip(replies[:3], (mine, theirs, never), strict=True):
        strangers.shown(reply, attempt, cell, said)
    difference = stage.observe(replies[1], [theirs]).difference(stage.observe(replies[2], [never]))
    if difference:
        title = f"{replies[1].route}: {attempt.name} tells a document of another tenant from one that never existed."
        found = stage.finding(title, replies[1], attacker=attacker, victim=victim.name, cell=cell, says=difference)
        strangers.evidence.leak(found)
    name = "While its document is worked on, its owner hears of it."
    heard = bool(stage.observe(replies[3], [theirs]).difference(stage.observe(replies[2], [never])))
    strangers.evidence.control(ControlKind.POSITIVE, name, held=heard)
    for tenant, one in ((victim, theirs), (attacker, mine)):
        await stage.populate.ready(tenant, one, plan.key)


async def _begun(stage: Stage, tenant: StagedTenant, plan: Plan) -> str:
    """Put a document in without waiting; return its id."""
    one = stage.populate.script(tenant, plan)
    reply = await tenant.session.must("ingest", name=one.name, content=one.content)
    tenant.learn(reply)
    document_id = reply.given("document_id")
    tenant.put_in.append(document_id)
    return document_id
