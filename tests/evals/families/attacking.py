"""Run one family against the naive server with the leaks that are named, or against a service of the real kind."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from fastapi import FastAPI

from evals.families.registry import Family
from evals.launch.model import Model, running_model
from evals.launch.service import launched
from evals.launch.sink import running_sink
from evals.leakage import probe
from evals.stage.raising import Wish, raised
from evals.stage.stage import Stage
from evals.target.reading import read_target
from evals.target.spec import TargetSpec
from evals.target.wire import Wire
from evals.verdicts.family import FamilyResult
from tests.evals.service import serving
from tests.standins.naive_rag.leaks import Leak
from tests.standins.naive_rag.server import OPERATOR_KEY, naive_rag

TARGETS: Final = Path(__file__).parents[3] / "evals" / "targets"


@asynccontextmanager
async def stage_over(spec: TargetSpec, model: Model | None = None, trials: int = 10) -> AsyncIterator[Stage]:
    """Raise a stage over a running target; at its end nothing is left behind."""
    left: list[str] = []
    async with AsyncExitStack() as stack:
        sink = stack.enter_context(running_sink())
        wire = await stack.enter_async_context(Wire(spec))
        yield await stack.enter_async_context(raised(spec, wire, Wish("seed", "run", trials), sink, model, left))
    assert left == []


async def attacked_naive(family: Family, *leaks: Leak, app: FastAPI | None = None, trials: int = 10) -> FamilyResult:
    """Run a family against the naive server with exactly these leaks, or against another application like it."""
    async with _naive(app or naive_rag(frozenset(leaks))) as spec, stage_over(spec, trials=trials) as stage:
        return await probe(stage, family)


async def opened_naive(family: Family, places: Mapping[str, str], *, app: FastAPI | None = None) -> FamilyResult:
    """Run a family that looks inside, with these places to look into."""
    served = app or naive_rag(frozenset())
    return await probed_naive(family, served, lambda spec: replace(spec, reach=4, white_box=places))


async def probed_naive(
    family: Family, app: FastAPI, as_target: Callable[[TargetSpec], TargetSpec], model: Model | None = None
) -> FamilyResult:
    """Run a family against an application like the naive server, described otherwise."""
    async with _naive(app) as spec, stage_over(as_target(spec), model) as stage:
        return await probe(stage, family)


@asynccontextmanager
async def _naive(app: FastAPI) -> AsyncIterator[TargetSpec]:
    async with serving(app) as url:
        yield read_target(TARGETS / "naive.yaml", {"NAIVE_URL": url, "NAIVE_OPERATOR_KEY": OPERATOR_KEY})


@asynccontextmanager
async def real_service(folder: Path, environment: Mapping[str, str]) -> AsyncIterator[Stage]:
    """Raise a stage over a service of the `bulkhead` command, with a model provider of its own."""
    async with launched(folder, environment) as service:
        with running_model() as model:
            spec = service.opened(read_target(TARGETS / "bulkhead.yaml", service.environment))
            async with stage_over(spec, model, trials=6) as stage:
                yield stage


def titles(result: FamilyResult) -> Iterable[str]:
    """Return the titles of what was found."""
    return [one.title for one in result.findings]
