"""Run what was asked for, write the reports, say how it ended."""

import argparse
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import uvloop

from evals.arguments import UnknownFamily, families_of, parsed, seed_of
from evals.families.registry import Family
from evals.launch.model import Model, running_model
from evals.launch.service import NotStarted, launched
from evals.launch.sink import Sink, running_sink
from evals.leakage import Harness, Progress, attack
from evals.quality.assess import assess
from evals.quality.command import WrongUse, lines, options
from evals.reporting import document, outcome
from evals.reporting.redact import redacted
from evals.reporting.write import write
from evals.stage.raising import Wish
from evals.target.reading import read_target
from evals.target.spec import TargetSpec, WrongTarget
from evals.verdicts.gate import ExitCode, Run, exit_code

OURS: Final = Path(__file__).with_name("targets") / "bulkhead.yaml"
_REPORTS: Final = Path("evals/reports")


@dataclass(frozen=True, slots=True)
class _Set:
    """What a run is made with."""

    spec: TargetSpec
    sink: Sink
    model: Model | None
    ours: bool


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the command; return its exit code. Whatever breaks the suite itself is a harness error, never a verdict."""
    given = parsed(arguments)
    harness = Harness()
    code = ExitCode.HARNESS_FAILED
    with harness.during("The command"):
        try:
            code = uvloop.run(_run(given, environment))
        except (UnknownFamily, WrongTarget, WrongUse) as wrong:
            _tell(str(wrong))
            return ExitCode.WRONG_USE
        except NotStarted as fault:
            _tell(f"Isolation was not shown. {fault}")
            return ExitCode.NOT_SHOWN
    for error in harness.errors:
        _tell(error)
    return code


async def _run(given: argparse.Namespace, environment: Mapping[str, str]) -> ExitCode:
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{seed_of('')}"
    families = families_of(given.families) if given.kind != "quality" else ()
    secrets: set[str] = set()
    async with _set_up(given.target, getattr(given, "walls", None), environment) as made:
        run = await _made(given, families, environment, made, run_id, secrets)
    page = write(run, given.out or _REPORTS / run_id, secrets=secrets)
    if given.json:
        sys.stdout.write(document.rendered(redacted(run, secrets)))
    else:
        sys.stdout.write("\n".join(_summary(run, page)) + "\n")
    return exit_code(run)


@asynccontextmanager
async def _set_up(target: Path | None, walls: Path | None, environment: Mapping[str, str]) -> AsyncIterator[_Set]:
    """Yield a target: the one that was named, or a service of the run's own that ends with it."""
    async with AsyncExitStack() as stack:
        sink = stack.enter_context(running_sink())
        if target is not None:
            yield _Set(read_target(target, environment), sink, None, ours=False)
            return
        model = stack.enter_context(running_model())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bulkhead-evals-")))
        _tell("Starting a service.")
        service = await stack.enter_async_context(launched(folder, environment))
        spec = read_target(OURS, {**environment, **service.environment})
        yield _Set(service.opened(spec, walls), sink, model, ours=True)


async def _made(
    given: argparse.Namespace,
    families: Sequence[Family],
    environment: Mapping[str, str],
    made: _Set,
    run_id: str,
    secrets: set[str],
) -> Run:
    """Return the run that was asked for; of both kinds, one run with the findings and the table."""
    leakage = quality = None
    wanted = options(given, environment, ours=made.ours) if given.kind != "leakage" else None
    if given.kind != "quality":
        leakage = await attack(
            made.spec,
            families,
            Wish(seed_of(given.seed), run_id, given.trials),
            made.sink,
            made.model,
            owned=given.owned,
            progress=Progress(say=_tell),
            secrets=secrets,
        )
    if wanted is not None:
        quality = await assess(made.spec, wanted, run_id=run_id, owned=given.owned)
    return _together(leakage, quality)


def _together(leakage: Run | None, quality: Run | None) -> Run:
    if leakage is None or quality is None:
        one = leakage or quality
        if one is None:
            raise AssertionError("neither leakage nor quality was asked for")
        return one
    return replace(
        leakage,
        seconds=leakage.seconds + quality.seconds,
        quality=quality.quality,
        not_proven=(*leakage.not_proven, *quality.not_proven),
        harness_errors=(*leakage.harness_errors, *quality.harness_errors),
    )


def _summary(run: Run, page: Path) -> list[str]:
    """Return what a person at a terminal wants to know, coverage first."""
    said = [f"{outcome.covered(run)}", outcome.bounded(run)] if run.kind == "leakage" else []
    said += [f"  untouched: {route}" for route in run.coverage.untouched]
    said += [f"  not served: {name}" for name in run.coverage.not_served]
    for family in run.families:
        said.append(f"{family.family:>4}  {family.verdict:<12} {family.title}. {family.reason}")
        said += [f"        {finding.title} {finding.cell.slot} ({finding.excerpt})" for finding in family.findings[:5]]
    if run.quality is not None:
        said += lines(run.quality)
    said += [f"Harness error: {error}" for error in run.harness_errors]
    return [*said, f"Seed {run.seed}. Reports: {page.parent}", outcome.sentence(run)]


def _tell(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()
