"""Run one family against the naive server with the leaks that are named, or against a service of the real kind."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
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
async def stage_over(spec: TargetSpec, model: Model | None = None, trials: int = 30) -> AsyncIterator[Stage]:
    """Raise a stage over a running target; at its end nothing is left behind."""
    left: list[str] = []
    async with AsyncExitStack() as stack:
        sink = stack.enter_context(running_sink())
        wire = await stack.enter_async_context(Wire(spec))
        yield await stack.enter_async_context(raised(spec, wire, Wish("seed", "run", trials), sink, model, left))
    assert left == []


async def attacked_naive(family: Family, *leaks: Leak, app: FastAPI | None = None, trials: int = 30) -> FamilyResult:
    """Run a family against the naive server with exactly these leaks."""
    async with serving(app or naive_rag(frozenset(leaks))) as url:
        spec = read_target(TARGETS / "naive.yaml", {"NAIVE_URL": url, "NAIVE_OPERATOR_KEY": OPERATOR_KEY})
        async with stage_over(spec, trials=trials) as stage:
            return await probe(stage, family)


@asynccontextmanager
async def real_service(folder: Path, environment: Mapping[str, str]) -> AsyncIterator[Stage]:
    """Raise a stage over a service of the `bulkhead` command, with a model provider of its own."""
    async with launched(folder, environment) as service:
        with running_model() as model:
            spec = read_target(TARGETS / "bulkhead.yaml", service.environment)
            async with stage_over(spec, model) as stage:
                yield stage


def titles(result: FamilyResult) -> Iterable[str]:
    """Return the titles of what was found."""
    return [one.title for one in result.findings]
