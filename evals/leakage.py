"""Attack one target with the families that were asked for, and judge the whole."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from traceback import format_exception
from types import TracebackType
from typing import Final, Self, final

from evals.canaries.manifest import Planting, manifest, manifest_digest
from evals.families.registry import Family
from evals.launch.model import Model
from evals.launch.sink import Sink
from evals.stage.populate import NotPossible
from evals.stage.raising import Wish, raised
from evals.stage.stage import Stage
from evals.target.pacing import NotInTime
from evals.target.reply import GaveNothing
from evals.target.session import Refused
from evals.target.spec import TargetSpec, not_served
from evals.target.wire import Unreachable, Wire
from evals.verdicts.family import Evidence, FamilyResult, absent, inconclusive
from evals.verdicts.gate import Coverage, Run

STOPPED: Final = (GaveNothing, NotInTime, NotPossible, Refused, Unreachable)
"""What a target can do to a probe without anybody's mistake: the family is then inconclusive."""

_NOTHING: Final = 404

_TRIALS: Final = (
    "Trials of deterministic code are not independent: the bound holds for the population that was drawn from, the "
    "cells of coverage, and for nothing beyond them."
)
_BLACK_BOX: Final = (
    "A black box shows what it answers. What is kept at rest, logged, or sent to a provider needs the white box."
)
_USERS: Final = "Nothing is said about users inside one tenant."
_NO_OPENAPI: Final = "The target serves no OpenAPI: routes that its file does not name were not attacked."
_NOT_PROVEN: Final = (_TRIALS, _BLACK_BOX, _USERS)


@final
class Harness:
    """Keeps what goes wrong in the suite itself, so that it never passes for a verdict about the target."""

    def __init__(self) -> None:
        """Nothing has gone wrong yet."""
        self.errors: list[str] = []
        self._during = ""

    def during(self, what: str) -> Self:
        """Say what is done in the block that follows."""
        self._during = what
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Write an error down and go on; whatever ends the process itself goes its way."""
        if not isinstance(error, Exception):
            return False
        told = f"{type(error).__name__}: {error}".splitlines()[0]
        self.errors.append(f"{self._during}: {told}\n{''.join(format_exception(error)).strip()}")
        return True


@dataclass(frozen=True, slots=True)
class Progress:
    """Who hears how a run goes: sentences, the family that begins, and the result of each as it comes."""

    say: Callable[[str], None] = lambda _: None
    begin: Callable[[Family], None] = lambda _: None
    end: Callable[[FamilyResult], None] = lambda _: None


async def attack(
    spec: TargetSpec,
    families: Sequence[Family],
    wish: Wish,
    sink: Sink,
    model: Model | None = None,
    *,
    owned: bool = False,
    progress: Progress = Progress(),
    secrets: set[str] | None = None,
) -> Run:
    """Run the families against a target and return everything a report needs; raises WrongTarget.

    Where the target refuses the stage or does not answer, every family that did not run is inconclusive, and the run
    says why. `secrets` is filled with what no report may show in full.
    """
    wire, play, started = Wire(spec, foreign_hosts_allowed=owned), _Play(families, progress), datetime.now(UTC)
    with play.harness.during("The stage"):
        try:
            async with wire, raised(spec, wire, wish, sink, model, play.left) as stage:
                await play.on(stage, set() if secrets is None else secrets)
        except STOPPED as error:
            play.stop(error)
    return Run(
        id=wish.run_id,
        kind="leakage",
        target=spec.name,
        reach=spec.reach,
        seed=wish.seed,
        manifest_sha256=play.digest,
        started_at=started.isoformat(timespec="seconds"),
        seconds=(datetime.now(UTC) - started).total_seconds(),
        families=tuple(play.results),
        coverage=coverage(spec, wire, play.results),
        quality=None,
        not_proven=_NOT_PROVEN if spec.openapi else (*_NOT_PROVEN, _NO_OPENAPI),
        harness_errors=(*play.harness.errors, *(f"Left behind: {one}" for one in play.left)),
        stopped=play.stopped,
    )


@final
class _Play:
    """The families on one stage, and what became of them."""

    def __init__(self, families: Sequence[Family], progress: Progress) -> None:
        """Nothing is done yet."""
        self.harness, self.left, self.results = Harness(), list[str](), list[FamilyResult]()
        self.digest, self.stopped = "", ""
        self._families, self._progress = families, progress

    async def on(self, stage: Stage, secrets: set[str]) -> None:
        """Run each family; `secrets` is filled with what no report may show in full."""
        self.digest = _digest(stage)
        self._progress.say(f"The stage is set: {len(stage.tenants)} tenants, {len(stage.surface.routes)} routes.")
        for family in self._families:
            with self.harness.during(f"Family {family.id}"):
                self._progress.begin(family)
                self._take(await probe(stage, family))
                self._progress.say(_sentence(self.results[-1]))
        secrets |= stage.secrets()

    def stop(self, error: Exception) -> None:
        """Leave a doubt in each family that could not run, as the target did not let the stage be set."""
        self.stopped = f"The stage could not be set. {error}"
        self._progress.say(self.stopped)
        done = {one.family for one in self.results}
        for one in self._families:
            if one.id not in done:
                self._take(inconclusive(one.id, one.title, self.stopped))

    def _take(self, result: FamilyResult) -> None:
        self.results.append(result)
        self._progress.end(result)


async def probe(stage: Stage, family: Family) -> FamilyResult:
    """Run one family and judge it; what the target lacks or refuses is said, and never passes."""
    without = _without(stage, family)
    if without is not None:
        return without
    stage.begin(family.id, family.standards)
    evidence, began = Evidence(family.id, family.title), time.perf_counter()
    try:
        await family.run(stage, evidence)
    except STOPPED as error:
        evidence.doubt(f"It was stopped: {error}")
    return evidence.result(seconds=time.perf_counter() - began)


def _without(stage: Stage, family: Family) -> FamilyResult | None:
    """Return the result of a family whose surface the target does not have; None if it has it."""
    declared = stage.spec.absent
    if family.id in declared:
        return absent(family.id, family.title, declared[family.id])
    if stage.spec.reach < family.reach:
        reason = f"It needs reach {family.reach}, and this run has reach {stage.spec.reach}."
        return absent(family.id, family.title, reason)
    for operation in sorted(family.needs):
        if operation in declared:
            return absent(family.id, family.title, f"{operation}: {declared[operation]}")
        if not stage.spec.has(operation):
            reason = f"The target file neither has an operation {operation!r} nor declares it absent."
            return inconclusive(family.id, family.title, reason)
        if not stage.serves(operation):
            return absent(family.id, family.title, f"{operation} is not served: the OpenAPI document lacks its route.")
    return None


def coverage(spec: TargetSpec, wire: Wire, results: Iterable[FamilyResult]) -> Coverage:
    """Return what was reached.

    A route is touched if a trial names it and a family's request for it was answered by anything but "no such thing":
    where nothing else comes back, nobody ever gave it an id that it knows.
    """
    cells = {cell for result in results for cell in result.cells}
    families = (one for one in wire.log if one.phase not in {"stage", "cleanup"})
    sent = {one.route for one in families if one.status not in {0, _NOTHING}}
    declared: Mapping[str, str] = spec.absent
    return Coverage(
        routes_served=tuple(sorted(route.name for route in wire.surface.routes)),
        routes_touched=tuple(sorted({cell.route for cell in cells} & sent)),
        not_served=not_served(spec, wire.surface),
        declared_absent=declared,
        cells=tuple(sorted(cells)),
    )


def _sentence(result: FamilyResult) -> str:
    return (
        f"{result.family:>4} {result.verdict:<12} {result.distinct:>6} trials {result.seconds:6.1f} s  {result.title}"
    )


def _digest(stage: Stage) -> str:
    plantings = [
        Planting(canary, tenant.name, document.key)
        for tenant in stage.tenants
        for document in tenant.documents
        for canary in document.canaries
    ]
    return manifest_digest(manifest(stage.props.kit, plantings))
