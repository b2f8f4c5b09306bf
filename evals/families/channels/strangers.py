"""Compare what a stranger gets for another tenant's id with what it gets for one that never existed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import final

from evals.canaries.matching import Match
from evals.stage.controls import told_apart
from evals.stage.stage import Stage
from evals.stage.tenant import StagedTenant
from evals.target.reply import Reply
from evals.verdicts.family import Evidence
from evals.verdicts.trial import Cell, ControlKind, Trial

Asking = Callable[[StagedTenant, str], Awaitable[Reply]]
"""Asks as a tenant for an id."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is tried: a name, the slot of the id, the store behind it, who, whom."""

    name: str
    slot: str
    store: str
    attacker: StagedTenant
    victim: StagedTenant


@final
class Strangers:
    """Tries ids on whoever they are not of, and writes down what that shows."""

    def __init__(self, stage: Stage, evidence: Evidence) -> None:
        """Work on a stage, write into the evidence."""
        self.stage, self.evidence = stage, evidence

    async def tried(self, attempt: Attempt, an_id: str, asking: Asking) -> None:
        """Ask as a stranger for the id and for two that never existed, as the owner for the id and for another."""
        stage, attacker = self.stage, attempt.attacker
        never = [stage.never_existed(an_id) for _ in range(2)]
        reply = await asking(attacker, an_id)
        others = [await asking(attacker, one) for one in never]
        seen = [stage.observe(other, [one]) for other, one in zip(others, never, strict=True)]
        name = f"{reply.route}: two ids that never existed are answered alike ({attempt.name})."
        self.evidence.control(ControlKind.NEGATIVE, name, held=seen[0] == seen[1], detail=seen[0].difference(seen[1]))
        cell = Cell(reply.route, attempt.slot, attempt.store, _surface(reply))
        self.evidence.trial(Trial("", attempt.name, cell, attacker.name, attempt.victim.name))
        self.shown(reply, attempt, cell, an_id)
        difference = stage.observe(reply, [an_id]).difference(seen[0])
        if difference and seen[0] == seen[1]:
            title = f"{reply.route}: {attempt.name} tells another tenant's id from one that never existed."
            found = stage.finding(
                title, reply, attacker=attacker, victim=attempt.victim.name, cell=cell, says=difference
            )
            self.evidence.leak(found)
        mine, twin = await asking(attempt.victim, an_id), await asking(attempt.victim, never[0])
        told_apart(
            self.evidence,
            f"{reply.route}, {attempt.name}",
            stage.observe(mine, [an_id]),
            stage.observe(twin, [never[0]]),
        )

    def shown(self, reply: Reply, attempt: Attempt, cell: Cell, *said: str) -> None:
        """Report whatever of another tenant an answer to the stranger shows."""
        shown = self.stage.look(reply, attempt.attacker, [*said, reply.request.path])
        seen: list[tuple[str, Match | str]] = [(self.stage.lookout.owner(one.canary), one) for one in shown.foreign]
        seen += [(other.tenant, other.id) for other in shown.foreign_ids]
        for victim, saw in seen:
            title = f"{reply.route}: {attempt.name} shows what is another tenant's."
            found = self.stage.finding(title, reply, attacker=attempt.attacker, victim=victim, cell=cell, saw=saw)
            self.evidence.leak(found)


def _surface(reply: Reply) -> str:
    return "stream" if reply.header("content-type").startswith("text/event-stream") else "http"
