"""Answers kept under a key that the asker chooses: who comes with another tenant's key gets its own, and no sign."""

from dataclasses import replace

from evals.families.channels.asking import TOP, asking, cell_of
from evals.families.leaves import unlike
from evals.stage.stage import Pair, Stage
from evals.stage.tenant import StagedTenant
from evals.target.reply import Reply
from evals.verdicts.family import Evidence
from evals.verdicts.trial import ControlKind, Trial

HEADER = "Idempotency-Key"


async def replays(stage: Stage, evidence: Evidence, pair: Pair) -> None:
    """Use a victim's keys with its own question and with another, in every operation that keeps answers by keys."""
    for operation in asking(stage):
        questions = [canary.question for canary in stage.pick(pair[1].canaries, 2)]
        for variant, question in zip(("the same question", "another question"), questions, strict=False):
            await _replayed(stage, evidence, pair, operation, variant, (questions[0], question))


async def _replayed(
    stage: Stage, evidence: Evidence, pair: Pair, operation: str, variant: str, questions: tuple[str, str]
) -> None:
    """Let a victim use a key for the first question, and the attacker the same key for the second."""
    (attacker, victim), (first, second) = pair, questions
    key, *unused = (f"key-{stage.rng.getrandbits(64):016x}" for _ in range(5))
    await _asked(stage, victim, operation, first, key)
    other = f"{first} Or what else?"
    plain = [await _asked(stage, victim, operation, other, one) for one in unused[:2]]
    again = await _asked(stage, victim, operation, other, key)
    heeded = unlike(again, plain, stage.spec.masks.headers)
    if not heeded:
        return  # it keeps nothing under keys
    name = f"{again.route}: a key that its owner has used already is noticed."
    evidence.control(ControlKind.POSITIVE, name, held=True, detail=heeded)
    before = await _asked(stage, attacker, operation, second, unused[2])
    reply = await _asked(stage, attacker, operation, second, key)
    after = await _asked(stage, attacker, operation, second, unused[3])
    cell = replace(cell_of(stage, operation, reply, "answers"), slot=f"header:{HEADER}")
    evidence.trial(Trial("", f"the victim's key, {variant}", cell, attacker.name, victim.name))
    shown = stage.look(reply, attacker, [second])
    difference = unlike(reply, [before, after], stage.spec.masks.headers)
    if shown.leaks or difference:
        saw = next(iter(shown.foreign), None) or next((one.id for one in shown.foreign_ids), "")
        title = f"{reply.route} knows a key that only another tenant has used ({variant})."
        found = stage.finding(title, reply, attacker=attacker, victim=victim.name, cell=cell, saw=saw, says=difference)
        evidence.leak(found)


async def _asked(stage: Stage, caller: StagedTenant, operation: str, question: str, key: str) -> Reply:
    values: dict[str, object] = {"query": question, "question": question, "top_k": TOP}
    described = stage.spec.operations[operation]
    request = described.filled({**caller.session.values, **values})
    headers = {**request.headers, HEADER: key} if key else request.headers
    return await caller.session.send(replace(request, headers=headers), operation=described)
