"""A18: one tenant floods the service; another's questions and its one upload are answered rightly and in time.

Where the operator can set small limits, one tenant also uses each of them up, and another one is let in all the same.

Time is judged by bounds so wide that a busy machine does not reach them: a question may take 40 times what it took
before the flood, and at least 5 s more. An upload is held up if it took five times as long and a second more, and if
it was seen to wait while most of what waited before it went: that is a queue without turns.
"""

import asyncio
import time
from dataclasses import dataclass
from statistics import median
from typing import Final, final

from evals.canaries.forms import Form
from evals.families.channels.asking import ask, asking, cell_of
from evals.families.channels.exhausting import used_up
from evals.families.registry import LLM09, Family
from evals.stage.abreast import abreast
from evals.stage.scripts import Plan
from evals.stage.stage import Stage
from evals.stage.tenant import StagedTenant
from evals.target.reply import Reply
from evals.verdicts.family import Evidence
from evals.verdicts.trial import Cell, ControlKind, Measurement, Trial

_STANDARDS: Final = (LLM09, "L34", "L37")
_QUESTION_TIMES, _QUESTION_SECONDS = 40.0, 5.0
_UPLOAD_TIMES, _UPLOAD_SECONDS = 5.0, 1.0
_COUNTED, _JUDGED = 8, 4
_GONE: Final = 0.5
"""An upload is passed over if no more than this share of what waited before it is left while it still waits."""
_UPLOADS, _FEW_UPLOADS, _MANY_TRIALS = 40, 24, 100
_ASKING: Final = 16
_QUESTIONS: Final = 10
_PLANS: Final = {
    "alone": Plan("quiet-day", ".txt", "A quiet day", (Form.TOKEN, Form.ENTITY)),
    "flooded": Plan("loud-day", ".txt", "A loud day", (Form.TOKEN, Form.ENTITY)),
}


@dataclass(frozen=True, slots=True)
class _Day:
    """What the victim lived through: the time of every question, of the upload, and the answers."""

    questions: list[float]
    upload: float
    replies: list[tuple[str, Reply]]
    found: int


async def run(stage: Stage, evidence: Evidence) -> None:
    """Measure the victim alone, flood, measure again."""
    victim = stage.tenants[-1]
    flooder = await stage.fresh_tenant("flood", plans=()) if stage.spec.tenant_steps else stage.tenants[0]
    play = _Play(stage, evidence, flooder, victim)
    if not play.operations:
        evidence.doubt("The target has no operation that takes a question.")
        return
    alone = await play.day("alone")
    flood = _Flood(stage, flooder)
    await flood.upload()
    asking_flood = asyncio.create_task(flood.ask_on(play.operations))
    try:
        await flood.under_way.wait()
        waiting = await flood.waiting()
        watching = asyncio.create_task(play.seen_ahead(flood))
        try:
            flooded = await play.day("flooded")
        finally:
            flood.over.set()
            ahead = await watching
    finally:
        flood.over.set()
        await asking_flood
    await flood.take_back()
    play.judge(alone, flooded, flood, waiting, ahead)
    await used_up(stage, evidence)


@final
class _Flood:
    def __init__(self, stage: Stage, flooder: StagedTenant) -> None:
        self.stage, self.flooder = stage, flooder
        self.over, self.under_way = asyncio.Event(), asyncio.Event()
        self.ids: list[str] = []
        self.asked = 0

    async def upload(self) -> None:
        """Put many documents in and wait for none; what is refused is refused to the flood alone."""
        count = _UPLOADS if self.stage.trials >= _MANY_TRIALS else _FEW_UPLOADS
        replies = await abreast(self._put(number) for number in range(count))
        for reply in replies:
            if reply.done:
                self.flooder.learn(reply)
                self.ids.append(reply.given("document_id"))
        self.flooder.put_in += self.ids

    async def _put(self, number: int) -> Reply:
        lines = [f"Line {line} of note {number}: {self.stage.rng.getrandbits(64):x}.\n" for line in range(60)]
        return await self.flooder.session.call("ingest", name=f"flood-{number}.txt", content="".join(lines))

    async def ask_on(self, operations: list[str]) -> None:
        """Ask, many at a time, until it is over."""
        try:
            await abreast((self._ask_on(operations) for _ in range(_ASKING)), at_once=_ASKING)
        finally:
            self.under_way.set()

    async def _ask_on(self, operations: list[str]) -> None:
        while not self.over.is_set():
            self.asked += 1
            await ask(self.flooder.session, operations[self.asked % len(operations)], f"What is line {self.asked}?")
            if self.asked > _ASKING:
                self.under_way.set()

    async def waiting(self, most: int | None = None) -> int:
        """Return how many of the flood's documents are not ready, or of `most` of them from its beginning to its end.

        None where the target has no such state.
        """
        asked = self.ids if most is None else self.ids[:: max(1, len(self.ids) // most)]
        how = self.stage.spec.ready
        if how is None:
            return 0
        replies = await abreast(
            self.flooder.session.call(how.operation, document_id=document_id) for document_id in asked
        )
        return sum(not set(map(str, reply.every(how.value))) & (how.done | how.failed) for reply in replies)

    async def take_back(self) -> None:
        """Delete what the flood put in, so that nobody has to work on it any more."""
        if self.stage.serves("delete"):
            await abreast(self.flooder.session.call("delete", document_id=document_id) for document_id in self.ids)


@final
class _Play:
    def __init__(self, stage: Stage, evidence: Evidence, flooder: StagedTenant, victim: StagedTenant) -> None:
        self.stage, self.evidence, self.flooder, self.victim = stage, evidence, flooder, victim
        self.operations = asking(stage)

    async def day(self, when: str) -> _Day:
        """Ask ten questions and put one document in, at the same time."""
        upload = asyncio.create_task(self._upload(when))
        replies = []
        try:
            for number in range(_QUESTIONS):
                operation = self.operations[number % len(self.operations)]
                canary = self.victim.canaries[number % len(self.victim.canaries)]
                replies.append((operation, await ask(self.victim.session, operation, canary.question)))
        finally:
            took = await upload
        found = sum(bool(self.stage.look(reply, self.victim).own) for _, reply in replies)
        return _Day([reply.seconds for _, reply in replies], took, replies, found)

    async def _upload(self, when: str) -> float:
        began = time.perf_counter()
        await self.stage.populate.plant(self.victim, [_PLANS[when]])
        return time.perf_counter() - began

    async def seen_ahead(self, flood: _Flood) -> list[int]:
        """Return how many of some of the flood waited each time that the day's upload was seen to wait.

        Only some, so that this is asked often while the flood goes on. They are counted first: those that were gone had
        gone before the upload was seen to wait.
        """
        how, ahead, before = self.stage.spec.ready, list[int](), len(self.victim.put_in)
        while how is not None and flood.ids and not flood.over.is_set():  # of no flood nothing is asked, nor waited for
            waiting = await flood.waiting(_COUNTED)
            if len(self.victim.put_in) == before:
                continue
            reply = await self.victim.session.call(how.operation, document_id=self.victim.put_in[before])
            if set(map(str, reply.every(how.value))) & (how.done | how.failed):
                break
            ahead.append(waiting)
        return ahead

    def judge(self, alone: _Day, flooded: _Day, flood: _Flood, waiting: int, ahead: list[int]) -> None:
        """Judge answers first, then times."""
        for number, (operation, reply) in enumerate(flooded.replies):
            cell = cell_of(self.stage, operation, reply, "capacity", "timing")
            self._trial(f"question {number}", cell)
            if not reply.done and alone.replies[number][1].done:
                self._leak(f"{reply.route} refuses a tenant because another one floods it.", reply, cell)
            elif self.stage.look(reply, self.victim).leaks:
                self._leak(f"{reply.route} answers with what is another's while one tenant floods it.", reply, cell)
        operation, reply = flooded.replies[0]
        cell = cell_of(self.stage, operation, reply, "capacity", "timing")
        solo, now = median(alone.questions), median(flooded.questions)
        bound = max(_QUESTION_TIMES * solo, _QUESTION_SECONDS + solo)
        if now > bound:
            said = f"{now:.2f} s instead of {solo:.2f} s; the bound is {bound:.2f} s."
            self._leak(f"{reply.route}: a tenant waits because another one floods it.", reply, cell, said)
        self._upload_judged(alone, flooded, ahead)
        self._controls(alone, flooded, flood, waiting)
        values: dict[str, float | list[float]] = {
            "question alone, s": alone.questions,
            "question in the flood, s": flooded.questions,
            "upload alone, s": alone.upload,
            "upload in the flood, s": flooded.upload,
            "of the flood, waiting beside the upload": [float(count) for count in ahead],
        }
        self.evidence.measured(Measurement("One tenant beside another's flood", values))

    def _upload_judged(self, alone: _Day, flooded: _Day, ahead: list[int]) -> None:
        ingest = self.stage.spec.operations["ingest"]
        route = self.stage.surface.name_of(ingest.base, ingest.method, ingest.path)
        cell = Cell(route, "", "jobs", "timing")
        self._trial("one upload", cell)
        bound = max(_UPLOAD_TIMES * alone.upload, _UPLOAD_SECONDS + alone.upload)
        many = bool(ahead) and ahead[0] >= _JUDGED  # with fewer, one turn each is most of them
        if many and flooded.upload > bound and min(ahead) <= _GONE * ahead[0]:
            said = f"{flooded.upload:.1f} s instead of {alone.upload:.1f} s, after {ahead[0] - min(ahead)} others."
            title = f"{route}: a tenant's upload waits until another's flood is through."
            self._leak(title, flooded.replies[0][1], cell, said)

    def _controls(self, alone: _Day, flooded: _Day, flood: _Flood, waiting: int) -> None:
        held = alone.found >= len(alone.replies) // 2 and all(reply.done for _, reply in alone.replies)
        name = "Alone, the victim is answered and finds its own."
        self.evidence.control(ControlKind.NEGATIVE, name, held=held, detail=f"{alone.found} of {len(alone.replies)}")
        name = "In the flood, the answers that it gets are as good as alone."
        self.evidence.control(
            ControlKind.POSITIVE,
            name,
            held=flooded.found >= alone.found or self.evidence.leaks > 0,
            detail=f"{flooded.found} of {len(flooded.replies)}",
        )
        name = "The flood was one: many questions, and a queue where the target has one."
        queued = self.stage.spec.ready is None or waiting >= len(flood.ids) // 2 > 0
        detail = f"{flood.asked} questions, {len(flood.ids)} uploads, {waiting} of them waiting"
        self.evidence.control(ControlKind.POSITIVE, name, held=queued and flood.asked > _ASKING, detail=detail)

    def _trial(self, template: str, cell: Cell) -> None:
        self.evidence.trial(Trial("", template, cell, self.flooder.name, self.victim.name))

    def _leak(self, title: str, reply: Reply, cell: Cell, says: str = "") -> None:
        found = self.stage.finding(title, reply, attacker=self.flooder, victim=self.victim.name, cell=cell, says=says)
        self.evidence.leak(found)


FAMILY = Family("A18", "Noisy neighbour", frozenset({"ingest"}), _STANDARDS, run)
