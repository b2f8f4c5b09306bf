"""A8: whether another tenant holds a thing, told by its id, its bytes, its name, or a question about what is in it.

A thing that another tenant holds has to be answered like one that nobody holds.
"""

from typing import Final

from evals.families.leaves import unlike
from evals.families.objects.membership import membership
from evals.families.registry import AISVS, LLM09, Family
from evals.stage.abreast import abreast
from evals.stage.controls import alike, told_apart
from evals.stage.populate import own_values
from evals.stage.stage import Pair, Stage
from evals.stage.tenant import StagedTenant
from evals.target.operation import Caller, Operation
from evals.target.reply import Reply
from evals.verdicts.family import Evidence
from evals.verdicts.trial import Cell, ControlKind, Trial

_STANDARDS: Final = (AISVS, LLM09, "L11", "L27", "L31")
_MOST_IDS: Final = 6
_UNHELD: Final = 3


async def run(stage: Stage, evidence: Evidence) -> None:
    """Ask for ids, put the same bytes and names in, and rank what is held among what is not."""
    pairs = stage.pairs()
    for number, operation in enumerate(_by_id(stage)):
        for pair in pairs[number % len(pairs) :][: max(1, stage.trials // 40)]:
            await _ids(stage, evidence, operation, pair)
    for pair in pairs[: max(1, stage.trials // 100)]:
        await _uploads(stage, evidence, pair)
    await membership(stage, evidence, pairs)


# By id


def _by_id(stage: Stage) -> list[tuple[Operation, str]]:
    """Return the operations that only read and take an id of which some are known, each with that kind of id."""
    known = {kind for tenant in stage.tenants for kind in tenant.ids}
    return [
        (one, kind)
        for one in stage.spec.operations.values()
        if one.caller is Caller.TENANT and not one.changes and stage.serves(one.name)
        for kind in sorted(known)
        if f"{kind}_id" in one.needs
    ]


async def _ids(stage: Stage, evidence: Evidence, by: tuple[Operation, str], pair: Pair) -> None:
    """Ask for ids of another tenant and, each beside it in random order, for ids that never existed."""
    (operation, kind), (attacker, victim) = by, pair
    mine = attacker.ids.get(kind, ())
    theirs = [one for one in victim.ids.get(kind, ()) if one not in mine]
    if not theirs:
        return
    slot = f"{operation.name} {kind}_id"
    never = [stage.never_existed(theirs[0]) for _ in range(2)]
    empty = [stage.observe(await _ask(attacker, operation, kind, one), [one]) for one in never]
    if not alike(evidence, slot, *empty):
        return
    own = await _ask(victim, operation, kind, theirs[0])
    told_apart(evidence, slot, stage.observe(own, [theirs[0]]), empty[0])
    foreigners = stage.pick(theirs, _MOST_IDS)
    beside = [[foreign, stage.never_existed(foreign)] for foreign in foreigners]
    for asked in beside:
        stage.rng.shuffle(asked)
    every = [one for asked in beside for one in asked]
    sent = await abreast(_ask(attacker, operation, kind, one) for one in every)
    replies = dict(zip(every, sent, strict=True))
    for number, (foreign, asked) in enumerate(zip(foreigners, beside, strict=True)):
        reply = replies[foreign]
        twin = next(one for one in asked if one != foreign)
        cell = Cell(reply.route, f"{kind}_id", f"{kind}s", "http")
        evidence.trial(Trial("", f"id {number}", cell, attacker.name, victim.name))
        difference = stage.observe(reply, [foreign]).difference(stage.observe(replies[twin], [twin]))
        if difference:
            title = f"{reply.route} tells that another tenant holds a {kind}."
            evidence.leak(
                stage.finding(title, reply, attacker=attacker, victim=victim.name, cell=cell, says=difference)
            )


async def _ask(caller: StagedTenant, operation: Operation, kind: str, one: str) -> Reply:
    return await caller.session.call(operation.name, **{**own_values(caller), f"{kind}_id": one})


# By what is put in


async def _uploads(stage: Stage, evidence: Evidence, pair: Pair) -> None:
    """Put in what the victim holds, by its bytes and by its name, and what nobody holds; none of it is a secret."""
    attacker, victim = pair
    held = _Note(stage)
    theirs = await _put(stage, victim, held.name, held.text)
    unheld = [_Note(stage) for _ in range(_UNHELD + 1)]
    never = [await _put(stage, attacker, one.name, one.text) for one in unheld]
    cell = Cell(theirs.route, "body:file", "documents", "http")
    noise = unlike(never[-1], never[:-1], stage.spec.masks.headers)
    name = "Putting in what nobody holds is answered alike each time."
    evidence.control(ControlKind.NEGATIVE, name, held=not noise, detail=noise)
    for variant, note in (
        ("the same bytes", (_Note(stage).name, held.text)),
        ("the same name", (held.name, _Note(stage).text)),
        ("the same file", (held.name, held.text)),
    ):
        reply = await _put(stage, attacker, *note)
        evidence.trial(Trial("", variant, cell, attacker.name, victim.name))
        difference = unlike(reply, never, stage.spec.masks.headers)
        shown = stage.look(reply, attacker)
        if shown.leaks or (difference and variant != "the same file"):  # its bytes are the attacker's own by then
            title = f"{reply.route} tells that another tenant holds {variant}."
            seen = next((one.id for one in shown.foreign_ids), "")
            evidence.leak(
                stage.finding(title, reply, attacker=attacker, victim=victim.name, cell=cell, saw=seen, says=difference)
            )


class _Note:
    """A note without a secret, as long as every other: its name and its text differ in a number only."""

    def __init__(self, stage: Stage) -> None:
        number = f"{stage.rng.getrandbits(64):016x}"
        self.name, self.text = f"note-{number}.txt", f"Note {number}: the shelf in the corridor was put up.\n"


async def _put(stage: Stage, tenant: StagedTenant, name: str, text: str) -> Reply:
    """Put a note in, wait for it, and remember that it was put in unless the answer shows another's document."""
    reply = await tenant.session.must("ingest", name=name, content=text)
    one = reply.given("document_id")
    if not any(one in other.put_in for other in stage.others(tenant)):
        tenant.put_in.append(one)
        tenant.own("document", [one])
        await stage.populate.ready(tenant, one, name)
    return reply


FAMILY = Family("A8", "Existence and membership", frozenset({"ingest"}), _STANDARDS, run)
