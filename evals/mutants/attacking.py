"""Start the service that stands here and attack it on a small stage, once for each seed.

Started by the runner with a copy's own Python. Reads its order, a JSON object, from standard input and prints one JSON
object for each seed: what every family found.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from evals.families.registry import Family, registered
from evals.launch.model import running_model
from evals.launch.service import Launched, NotStarted, launched
from evals.launch.sink import running_sink
from evals.leakage import Progress, attack
from evals.mutants.copying import CHECKOUT
from evals.mutants.running import SETTINGS, until_told
from evals.mutants.turns import taking_turns
from evals.stage.raising import Wish
from evals.stage.scripts import PLANS
from evals.target.reading import read_target
from evals.verdicts.gate import Run

TARGET: Final = Path(__file__).parents[1] / "targets" / "bulkhead.yaml"
PROBES: Final = ("tests/tenancy/stores/test_postgres_walls.py", "tests/tenancy/test_sealing.py")
"""What probes the database's walls, and whether sealed values open anywhere but in their place."""
NAMES: Final = ("alpha", "beta")
SMALL: Final = tuple(plan for plan in PLANS if plan.key in {"staff-handbook", "site-plan", ""})
"""A document with facts, one with a beacon, and one whose name and metadata are secrets."""


async def attacked(
    families: Sequence[Family],
    seeds: Sequence[str],
    trials: int,
    running: Launched | None = None,
    pause: Callable[[], None] = lambda: None,
) -> AsyncIterator[Run]:
    """Yield a run for each seed, all against one service: the `running` one if there is, else one of their own.

    `pause` is called between two families. Raises NotStarted.
    """

    def tell(_: str) -> None:
        pause()

    with TemporaryDirectory(prefix="bulkhead-mutant-data-") as folder:
        probed = any(family.id == "W3" for family in families)
        walls = await _probed_walls(Path(folder, "walls.json")) if probed else None
        async with _service(running, Path(folder)) as service:
            spec = service.opened(read_target(TARGET, service.environment), walls)
            for seed in seeds:
                with running_sink() as sink, running_model() as model:  # what one run fetched is not another's
                    yield await attack(
                        spec, families, Wish(seed, seed, trials, NAMES, SMALL), sink, model, progress=Progress(tell)
                    )


@asynccontextmanager
async def _service(running: Launched | None, folder: Path) -> AsyncIterator[Launched]:
    if running is not None:
        yield running
        return
    async with launched(folder, SETTINGS) as service:
        yield service


async def _probed_walls(results: Path) -> Path:
    """Let the tests of what stands below the API probe it; return the file with what they showed."""
    arguments = ("-P", "-m", "pytest", "-q", "-p", "tests.wall_results", "--wall-results", str(results), *PROBES)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    await process.wait()  # what it showed is in the file, whatever it ended with
    return results


def told(run: Run) -> dict[str, Any]:
    """Return what the runner needs of a run."""
    return {
        "seed": run.seed,
        "seconds": round(run.seconds, 1),
        "harness_errors": list(run.harness_errors),
        "families": {
            one.family: {
                "verdict": str(one.verdict),
                "reason": one.reason,
                "trials": one.distinct,
                "seconds": round(one.seconds, 1),
                "findings": [finding.title for finding in one.findings][:5],
            }
            for one in run.families
        },
    }


def _running(said: Mapping[str, Any] | None) -> Launched | None:
    """Return the service that an order names: all but its environment and its process are paths."""
    if said is None:
        return None
    paths = {name: Path(value) for name, value in said.items() if name not in {"environment", "process"}}
    return Launched(environment=said["environment"], process=said["process"], **paths)


async def _main(order: Mapping[str, Any]) -> int:
    """Attack as the order says; return the exit code: 1 where the service did not start."""
    wanted = [family for family in registered() if family.id in order["families"]]
    with taking_turns(Path(order["turns"])) as turns:
        families, running = [turns.kept_by(family) for family in wanted], _running(order["service"])
        try:
            async for run in attacked(families, order["seeds"], order["trials"], running, turns.pause):
                sys.stdout.write(json.dumps(told(run)) + "\n")
                sys.stdout.flush()
        except NotStarted as error:
            sys.stderr.write(f"{error}\n")
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(asyncio.run(until_told(_main(json.loads(sys.stdin.read())))))
