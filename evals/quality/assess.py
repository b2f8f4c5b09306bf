"""Measure the quality of one target, as a run that a report can be written of."""

import time
from datetime import UTC, datetime
from typing import Final

from evals.quality.compare import NothingCompared
from evals.quality.judge import JudgeFailed
from evals.quality.measure import Options, measured
from evals.quality.target import TargetService
from evals.target.pacing import NotInTime
from evals.target.reply import GaveNothing
from evals.target.session import Refused
from evals.target.spec import TargetSpec
from evals.target.wire import Unreachable, Wire
from evals.verdicts.gate import Coverage, Run
from evals.verdicts.quality import QualityTable

_STOPPED: Final = (GaveNothing, JudgeFailed, NothingCompared, NotInTime, OSError, Refused, Unreachable)
_NOT_PROVEN: Final = (
    "Exact match and F1 compare words: an answer in whole sentences scores low although it is right.",
    "The questions are of these sets; another tenant's documents may be answered better or worse.",
    "Nothing is said about isolation.",
)


async def assess(spec: TargetSpec, options: Options, *, run_id: str, owned: bool = False) -> Run:
    """Return the run; whatever stopped it is a harness error in it. Raises WrongTarget."""
    started, began = datetime.now(UTC), time.perf_counter()
    table: QualityTable | None = None
    errors: list[str] = []
    wire = Wire(spec, foreign_hosts_allowed=owned)
    service = TargetService(wire, spec)
    try:
        async with wire:
            table = await measured(service, options)
    except _STOPPED as error:
        errors.append(f"The measurement was stopped: {error}")
    errors += [f"Left behind: {each}" for each in service.left_behind]
    return Run(
        id=run_id,
        kind="quality",
        target=spec.name,
        reach=spec.reach,
        seed=str(options.seed),
        manifest_sha256="",
        started_at=started.isoformat(timespec="seconds"),
        seconds=time.perf_counter() - began,
        families=(),
        coverage=Coverage((), (), (), {}, ()),
        quality=table,
        not_proven=_NOT_PROVEN,
        harness_errors=tuple(errors),
    )
