"""One tenant uses a limit of its own up; another one, under an equal limit, is let in all the same.

The operator gives two new tenants the same small limit. One of them asks, many at a time, until it is refused, and goes
on; meanwhile the other asks a few questions, which its own limit has room for.
"""

import asyncio
from collections.abc import Mapping
from typing import Final, final

from evals.families.channels.asking import ask, asking, cell_of
from evals.stage.abreast import abreast
from evals.stage.stage import Stage
from evals.stage.tenant import StagedTenant
from evals.target.reply import Reply
from evals.target.session import Session
from evals.verdicts.family import Evidence
from evals.verdicts.trial import ControlKind, Trial

LIMITS: Final[Mapping[str, str]] = {
    "limit_at_once": "requests at once",
    "limit_requests": "requests",
    "limit_spending": "what may be spent",
}
"""The operations that set a small limit, and on what."""
_ABREAST: Final = 16
_MOST: Final = 100
"""How often each of those who ask abreast does so, if it is never refused."""
_QUESTIONS: Final = 20
_QUESTION: Final = "What is there to know about the harbour?"


async def used_up(stage: Stage, evidence: Evidence) -> None:
    """Use up every limit that the operator can set."""
    operator = stage.operator
    if not asking(stage) or operator is None or not stage.spec.tenant_steps:
        return
    for limit in (one for one in LIMITS if stage.serves(one)):
        greedy = await stage.fresh_tenant(f"{limit}-greedy", plans=())
        modest = await stage.fresh_tenant(f"{limit}-modest", plans=())
        await _Limit(stage, evidence, limit, greedy, modest).play(operator)


@final
class _Limit:
    def __init__(
        self, stage: Stage, evidence: Evidence, limit: str, greedy: StagedTenant, modest: StagedTenant
    ) -> None:
        self.stage, self.evidence, self.limit = stage, evidence, limit
        self.greedy, self.modest = greedy, modest
        self.operation = asking(stage)[0]
        self.over, self.told = asyncio.Event(), asyncio.Event()
        self.refusals: set[int] = set()

    async def play(self, operator: Session) -> None:
        """Ask as both before there is a limit; set it; ask as the modest one while the greedy one is refused."""
        before = [await self._ask(one) for one in (self.greedy, self.modest)]
        for tenant in (self.greedy, self.modest):
            await operator.must(self.limit, tenant_id=tenant.ids["tenant"][0])
        flood = asyncio.create_task(self._flood())
        try:
            await self.told.wait()
            replies = [await self._ask(self.modest) for _ in range(_QUESTIONS)]
        finally:
            self.over.set()
            await flood
        self._judge(before, replies)

    async def _ask(self, tenant: StagedTenant) -> Reply:
        return await ask(tenant.session, self.operation, _QUESTION)

    async def _flood(self) -> None:
        """Ask many at a time until it is over; also where none of it is ever refused, it is told in the end."""
        try:
            await abreast((self._ask_on() for _ in range(_ABREAST)), at_once=_ABREAST)
        finally:
            self.told.set()

    async def _ask_on(self) -> None:
        """Ask until it is over, whether refused or not."""
        for _ in range(_MOST):
            if self.over.is_set():
                return
            reply = await self._ask(self.greedy)
            if not reply.done:
                self.refusals.add(reply.status)
                self.told.set()

    def _judge(self, before: list[Reply], replies: list[Reply]) -> None:
        """Judge what the modest tenant was told by what the greedy one was refused with."""
        what = LIMITS[self.limit]
        for number, reply in enumerate(replies):
            cell = cell_of(self.stage, self.operation, reply, "capacity")
            self.evidence.trial(Trial("", f"{what} {number}", cell, self.greedy.name, self.modest.name))
            if not reply.done and reply.status in self.refusals:
                title = f"{reply.route} refuses a tenant because another one has used up its own limit of {what}."
                says = f"status {reply.status} at question {number + 1}"
                found = self.stage.finding(
                    title, reply, attacker=self.greedy, victim=self.modest.name, cell=cell, says=says
                )
                self.evidence.leak(found)
        self.evidence.control(
            ControlKind.NEGATIVE,
            f"Before its limit of {what} is set, neither of the two is refused.",
            held=all(reply.done for reply in before),
        )
        self.evidence.control(
            ControlKind.POSITIVE,
            f"Whoever goes beyond its limit of {what} is refused.",
            held=bool(self.refusals),
            detail=", ".join(map(str, sorted(self.refusals))),
        )
