"""Run the line of a finding as a reader of the report would, and tell whether it shows the leak again."""

import json
import os
import subprocess

from evals.families.content.internals import internals
from evals.families.leaves import leaves
from evals.families.objects.guessing import ENOUGH_BITS, chance
from evals.stage.stage import Stage
from evals.stage.tenant import StagedTenant
from evals.target.curl import variable
from evals.target.operation import Request
from evals.target.reply import Reply
from evals.verdicts.finding import Finding
from tests.services import requires


async def shown_again(stage: Stage, finding: Finding) -> bool:
    """Tell whether a finding's line shows again what the finding says."""
    attacker = _tenant(stage, finding.attacker)
    said = run_again(finding, attacker)
    if "counts what other tenants put in" in finding.title:
        before = said
        for _ in range(2):
            await stage.disposable(_tenant(stage, finding.victim))
        return _apart(before) != _apart(run_again(finding, attacker))
    if finding.title.startswith("Ids of"):
        kind = finding.cell.slot.removesuffix("_id")
        ids = [one for one in attacker.ids[kind] if one.encode() in said] or list(attacker.ids[kind])
        return chance(ids) < ENOUGH_BITS
    if finding.family == "A21":
        return bool(internals(said.decode(), _parsed(said)))
    victim = _tenant(stage, finding.victim)
    words = {word for one in victim.canaries for word in one.value.lower().split()}
    if "offers words" in finding.title:
        return bool(words & set(_apart(said).values()))
    return stage.look(said, attacker).leaks or str(victim.session.values["name"]).encode() in said


def run_again(finding: Finding, attacker: StagedTenant) -> bytes:
    """Run a finding's line in a shell, with the attacker's credentials set and nothing else."""
    requires("curl")
    values = attacker.session.values.items()
    secrets = {variable(attacker.session.principal, name): str(value) for name, value in values}
    environment = {"PATH": os.environ["PATH"], **secrets}
    return subprocess.run(["sh", "-c", finding.curl], check=True, capture_output=True, env=environment).stdout


def _tenant(stage: Stage, name: str) -> StagedTenant:
    return next(one for one in [*stage.tenants, *stage.extras] if one.name == name)


def _apart(raw: bytes) -> dict[str, str]:
    return leaves(Reply(Request("api", "GET", "/"), "GET /", "", 200, (), raw, 0.0, ""))


def _parsed(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except ValueError:
        return None
