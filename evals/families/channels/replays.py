"""Answers kept under a key that the asker chooses: another tenant with the same key gets its own answer, and no sign."""

from dataclasses import replace

from evals.families.channels.asking import TOP, asking, cell_of
from evals.stage.stage import Pair, Stage
from evals.stage.tenant import StagedTenant
from evals.target.reply import Reply
from evals.verdicts.family import Evidence
from evals.verdicts.trial import ControlKind, Trial

HEADER = "Idempotency-Key"


async def replays(stage: Stage, evidence: Evidence, pair: Pair) -> None:
    """Use a victim's key with its own question and with another, in every operation that keeps answers by keys."""
    attacker, victim = pair
    first, second = (canary.question for canary in stage.pick(victim.canaries, 2))
    for operation in asking(stage):
        key, unused = (f"key-{stage.rng.getrandbits(64):016x}" for _ in range(2))
        await _asked(stage, victim, operation, first, key)
        plain = await _asked(stage, victim, operation, second, "")
        again = await _asked(stage, victim, operation, second, key)
        heeded = stage.observe(plain).difference(stage.observe(again))
        if not heeded:
            continue  # it keeps nothing under keys
        name = f"{again.route}: a key that its owner has used already is noticed."
        evidence.control(ControlKind.POSITIVE, name, held=True, detail=heeded)
        cell = replace(cell_of(stage, operation, again, "answers"), slot=f"header:{HEADER}")
        for variant, question in (("the same question", first), ("another question", second)):
            reply = await _asked(stage, attacker, operation, question, key)
            other = await _asked(stage, attacker, operation, question, f"{unused}-{variant[:3]}")
            evidence.trial(Trial("", f"the victim's key, {variant}", cell, attacker.name, victim.name))
            shown = stage.look(reply, attacker, [question])
            difference = stage.observe(reply).difference(stage.observe(other))
            if shown.leaks or difference:
                saw = next(iter(shown.foreign), None) or next((one.id for one in shown.foreign_ids), "")
                title = f"{reply.route} knows a key that only another tenant has used ({variant})."
                evidence.leak(
                    stage.finding(
                        title, reply, attacker=attacker, victim=victim.name, cell=cell, saw=saw, says=difference
                    )
                )


async def _asked(stage: Stage, caller: StagedTenant, operation: str, question: str, key: str) -> Reply:
    values: dict[str, object] = {"query": question, "question": question, "top_k": TOP}
    described = stage.spec.operations[operation]
    request = described.filled({**caller.session.values, **values})
    headers = {**request.headers, HEADER: key} if key else request.headers
    return await caller.session.send(replace(request, headers=headers), operation=described)
