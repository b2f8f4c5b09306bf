"""Start the service that stands here and attack it on a small stage, once for each seed.

Started by the runner with a copy's own Python. Reads its order, a JSON object, from standard input and prints JSON
objects, a line each, as it goes: `{seed, step}` is what is being done, `{seed, begun}` names the family that begins,
`{seed, family, found}` is what one found, and `{seed, ended}` what else there is to say of a seed.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from evals.families.registry import Family, registered
from evals.launch.child import child
from evals.launch.model import running_model
from evals.launch.service import Launched, NotStarted, launched
from evals.launch.sink import running_sink
from evals.leakage import Progress, attack
from evals.mutants.attack.running import until_told
from evals.mutants.attack.turns import taking_turns
from evals.mutants.copying import CHECKOUT
from evals.stage.raising import Wish
from evals.stage.scripts import PLANS
from evals.target.reading import read_target
from evals.target.spec import TargetSpec
from evals.verdicts.family import FamilyResult
from evals.verdicts.finding import Finding
from evals.verdicts.gate import Run

TARGET: Final = Path(__file__).parents[2] / "targets" / "bulkhead.yaml"
PROBES: Final = ("tests/tenancy/stores/test_postgres_walls.py", "tests/tenancy/test_sealing.py")
"""What probes the database's walls, and whether sealed values open anywhere but in their place."""
NAMES: Final = ("alpha", "beta")
SMALL: Final = tuple(plan for plan in PLANS if plan.key in {"staff-handbook", "site-plan", ""})
"""A document with facts, one with a beacon, and one whose name and metadata are secrets."""


async def _main(order: Mapping[str, Any]) -> None:
    """Attack as the order says; a service that does not start is said of every seed."""
    wanted = [family for family in registered() if family.id in order["families"]]
    try:
        async with taking_turns(Path(order["turns"])) as turns, _opened(order) as spec:
            families = [turns.kept_by(family) for family in wanted]
            for seed in order["seeds"]:
                wish, progress = Wish(seed, seed, order["trials"], NAMES, SMALL), _progress(seed)
                _say(seed, step="sets the stage")
                with running_sink() as sink, running_model() as model:  # what one run fetched is not another's
                    run = await attack(spec, families, wish, sink, model, progress=progress)
                _say(seed, ended=ended(run))
    except NotStarted as error:
        for seed in order["seeds"]:
            _say(seed, ended={"seconds": 0.0, "harness_errors": [], "stopped": str(error)})


@asynccontextmanager
async def _opened(order: Mapping[str, Any]) -> AsyncIterator[TargetSpec]:
    """Yield the target, a white box: the service that the order names, else one of its own. Raises NotStarted."""
    with TemporaryDirectory(prefix="bulkhead-") as folder:
        walls = Path(folder, "walls.json") if "W3" in order["families"] else None
        if walls is not None:
            _say(order["seeds"][0], step="probes the database's walls")
            await _probe_walls(walls)
        async with _service(order, Path(folder)) as service:
            yield service.opened(read_target(TARGET, service.environment), walls)


@asynccontextmanager
async def _service(order: Mapping[str, Any], folder: Path) -> AsyncIterator[Launched]:
    said = order["service"]
    if said is None:
        _say(order["seeds"][0], step="starts the service")
        async with launched(folder, order["settings"], Path(order["memory"])) as service:
            yield service
        return
    given = {"environment", "process"}  # the others are paths
    paths = {name: Path(value) for name, value in said.items() if name not in given and value is not None}
    yield Launched(environment=said["environment"], process=said["process"], **paths)


async def _probe_walls(results: Path) -> None:
    """Let the tests of what stands below the API probe it; what they showed is then in the file."""
    arguments = ("-P", "-m", "pytest", "-q", "-p", "tests.wall_results", "--wall-results", str(results), *PROBES)
    async with child(sys.executable, *arguments, folder=CHECKOUT) as process:
        await process.wait()  # what it showed is in the file, whatever it ended with


def _progress(seed: str) -> Progress:
    def begin(family: Family) -> None:
        _say(seed, begun=family.id)

    def end(result: FamilyResult) -> None:
        _say(seed, family=result.family, found=found(result))

    return Progress(begin=begin, end=end)


def found(result: FamilyResult) -> dict[str, Any]:
    """Return what the runner needs of a family's result."""
    return {
        "verdict": str(result.verdict),
        "reason": result.reason,
        "trials": result.distinct,
        "seconds": round(result.seconds, 1),
        "findings": [_finding(one) for one in result.findings],
    }


def _finding(one: Finding) -> dict[str, Any]:
    said = asdict(one)
    for name in ("family", "level", "standards"):
        del said[name]
    return said


def ended(run: Run) -> dict[str, Any]:
    """Return what there is to say of a run beside its families."""
    return {"seconds": round(run.seconds, 1), "harness_errors": list(run.harness_errors), "stopped": run.stopped}


def _say(seed: str, **what: object) -> None:
    sys.stdout.write(json.dumps({"seed": seed, **what}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(until_told(_main(json.loads(sys.stdin.read()))))
