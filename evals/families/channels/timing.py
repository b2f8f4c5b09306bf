"""A11: what an answer's time tells about other tenants.

Three things are timed against one about which there is nothing to know: a question about another tenant's secret, an id
of another tenant's document, a question that another tenant has just asked. A pass is an equivalence: the whole
interval of the difference lies inside the band. What is open when the time is over is inconclusive, and what looks
different is a leak only if a second sample, taken afresh, shows it again.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, final

from evals.canaries.derive import Canary
from evals.families.channels.asking import ask, asking, cell_of
from evals.families.channels.sampling import Round, Sample, sampled
from evals.families.registry import LLM09, Family
from evals.stage.stage import Stage
from evals.stage.tenant import StagedTenant
from evals.statistics.equivalence import FIRST, LAST, Decision
from evals.target.operation import Operation
from evals.target.reply import Reply
from evals.verdicts.family import Evidence
from evals.verdicts.trial import Cell, ControlKind, Trial

_STANDARDS: Final = (LLM09, "L11", "L27", "L31")
_MANY_TRIALS: Final = 100
_SECONDS, _FEW_SECONDS = 75.0, 60.0
_FEW: Final = (60, 960)


@dataclass(frozen=True, slots=True)
class _Measure:
    """What is timed: a sentence, and how a round of it is made."""

    name: str
    rounds: Callable[[], Awaitable[Round]]


async def run(stage: Stage, evidence: Evidence) -> None:
    """Take every measure, each within its share of the time."""
    timing = _Timing(stage, evidence)
    measures = timing.measures()
    seconds = _SECONDS if stage.trials >= _MANY_TRIALS else _FEW_SECONDS
    sizes = (FIRST, LAST) if stage.trials >= _MANY_TRIALS else _FEW
    ends = time.perf_counter() + seconds
    for number, measure in enumerate(measures):
        share = (ends - time.perf_counter()) / (len(measures) - number)
        await timing.take(measure, sizes, max(share, seconds / (2 * len(measures))))


@final
class _Timing:
    def __init__(self, stage: Stage, evidence: Evidence) -> None:
        self.stage, self.evidence = stage, evidence
        self._trials: dict[Trial, Reply] = {}

    def measures(self) -> list[_Measure]:
        """Return what can be timed here."""
        found = [
            _Measure(
                f"{name}: the id of another tenant's document, or one that never existed", partial(self._ids, name)
            )
            for name in self._reads()[:1]
        ]
        operations = asking(self.stage)
        for name in operations[:1]:
            sentence = f"{name}: a question that another tenant has just asked, or that nobody has"
            found.append(_Measure(sentence, partial(self._asked, name)))
        for name in operations:  # the slowest last: it has what the others leave of the time
            sentence = f"{name}: a question about another tenant's secret, or about nothing"
            found.append(_Measure(sentence, partial(self._secret, name)))
        return found

    async def take(self, measure: _Measure, sizes: tuple[int, int], seconds: float) -> None:
        """Sample, judge, and write down what was tried, what it rests on and what it shows."""
        self._trials.clear()
        sample = await sampled(measure.rounds, self.stage.rng, sizes, seconds)
        if not sample.differences:
            self.evidence.doubt(f"{measure.name}: not one pair was timed in {seconds:.0f} s.")
            return
        decision = sample.look.decision
        if decision is Decision.DIFFERENT:
            again = await sampled(measure.rounds, self.stage.rng, (sizes[0], sizes[0]), seconds)
            decision = self._twice(sample, again)
        self._write(measure, sample, decision)

    @staticmethod
    def _twice(one: Sample, other: Sample) -> Decision:
        """Believe a difference only if two samples show it, and in the same direction."""
        both = other.look.decision is Decision.DIFFERENT
        same = (one.look.difference.estimate > 0) == (other.look.difference.estimate > 0)
        return Decision.DIFFERENT if both and same else Decision.OPEN

    def _write(self, measure: _Measure, sample: Sample, decision: Decision) -> None:
        said = f"{measure.name}: {sample.said()}."
        for trial in self._trials:
            self.evidence.trial(trial)
        self.evidence.measured(sample.measurement(measure.name))
        name = f"{measure.name}: a difference of twice the band would be seen."
        self.evidence.control(ControlKind.POSITIVE, name, held=sample.sees, detail=sample.said())
        noise = sample.look_at_noise
        name = f"{measure.name}: of two requests about nothing neither takes longer."
        self.evidence.control(ControlKind.NEGATIVE, name, held=noise.decision is not Decision.DIFFERENT)
        if decision is Decision.DIFFERENT:
            trial, reply = next(iter(self._trials.items()))
            tenants = {tenant.name: tenant for tenant in self.stage.tenants}
            attacker = tenants[trial.attacker]
            title = f"{reply.route}: the time of an answer tells about another tenant ({measure.name})."
            found = self.stage.finding(
                title, reply, attacker=attacker, victim=trial.victim, cell=trial.cell, says=sample.said()
            )
            self.evidence.leak(found)
        elif decision is Decision.OPEN:
            self.evidence.doubt(f"Open when the time was over: {said}")

    # Rounds

    async def _ids(self, operation: str) -> Round:
        """Ask for an id of a victim's, and for two that never existed."""
        attacker, victim = self._pair()
        one = self.stage.rng.choice(victim.documents).document_id
        never = [self.stage.never_existed(one) for _ in range(2)]
        asks = [partial(attacker.session.call, operation, document_id=each) for each in (one, *never)]
        template = f"{operation} of an id"

        def cell(reply: Reply) -> Cell:
            return Cell(reply.route, "path:document_id", "documents", "timing")

        return self._round(asks, cell, Trial("", template, Cell(""), attacker.name, victim.name))

    async def _secret(self, operation: str) -> Round:
        """Ask with a victim's secret, and with two that nobody holds, spelled alike."""
        attacker, victim = self._pair()
        document = self.stage.rng.choice(victim.documents)
        index, canary = self.stage.rng.choice(list(enumerate(document.canaries)))
        kit = self.stage.props.kit
        twins = [
            kit.twin(victim.name, document.key, canary.form, index),
            kit.twin(f"{victim.name} {self.stage.rng.getrandbits(64)}", document.key, canary.form, index),
        ]
        texts = [f"{self._marked(canary)} {one.value}" for one in (canary, *twins)]
        return self._questions(operation, texts, canary, (attacker, victim))

    async def _asked(self, operation: str) -> Round:
        """Ask what a victim has asked a moment ago, and what nobody has."""
        attacker, victim = self._pair()
        canary = self.stage.rng.choice(victim.canaries)
        texts = [self._marked(canary) for _ in range(3)]
        await ask(victim.session, operation, texts[0])
        return self._questions(operation, texts, canary, (attacker, victim))

    def _questions(
        self, operation: str, texts: list[str], canary: Canary, pair: tuple[StagedTenant, StagedTenant]
    ) -> Round:
        attacker, victim = pair
        asks = [partial(ask, attacker.session, operation, text) for text in texts]
        trial = Trial(canary.id, f"{operation} timed", Cell(""), attacker.name, victim.name)
        return self._round(asks, lambda reply: cell_of(self.stage, operation, reply, "index", "timing"), trial)

    def _round(
        self, asks: Sequence[Callable[[], Awaitable[Reply]]], cell: Callable[[Reply], Cell], trial: Trial
    ) -> Round:
        """Return a round that writes its trial down once the answer in question is there."""

        async def about() -> Reply:
            reply = await asks[0]()
            made = Trial(trial.canary, trial.template, cell(reply), trial.attacker, trial.victim)
            self._trials.setdefault(made, reply)
            return reply

        return Round(about, asks[1], asks[2])

    # What is asked for

    def _pair(self) -> tuple[StagedTenant, StagedTenant]:
        victim = self.stage.rng.choice([one for one in self.stage.tenants if one.documents])
        return self.stage.rng.choice(self.stage.others(victim)), victim

    def _marked(self, canary: Canary) -> str:
        return f"{canary.question} ({self.stage.rng.randrange(10**8, 10**9)})"

    def _reads(self) -> list[str]:
        """Return the operations that read a document by its id, the plain one first."""

        def reads(one: Operation) -> bool:
            return (
                one.method == "GET" and "document_id" in one.needs and not one.changes and self.stage.serves(one.name)
            )

        found = [one.name for one in self.stage.spec.operations.values() if reads(one)]
        return sorted(found, key=lambda name: name != "get")


FAMILY = Family("A11", "Timing", frozenset({"ingest"}), _STANDARDS, run, timed=True)
