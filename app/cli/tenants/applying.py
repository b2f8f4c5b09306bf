"""`bulkhead tenant apply`: show what a manifest would change, then change it; a second time there is nothing to do."""

import json
import os
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any, Final, TextIO

import typer

from app.cli.outcome import WRONG_USE, AsJson, deployment, fail, run, show
from app.cli.tenants.manifest import BadManifest, Manifest, read_manifest
from app.cli.tenants.turning import written
from app.cli.witnessed import Why, system_user, witnessed
from app.resources import Resources, open_deployment
from tenancy.deployment.applying import Act, Plan, Step, Surprise, compare, take
from tenancy.identity.operators import Operator
from tenancy.provision import Enrolment

_SIGNS: Final = {Act.CREATE: "+", Act.CHANGE: "~", Act.KEEP: "="}
_ACTIONS: Final = {Act.CREATE: "tenant.created", Act.CHANGE: "tenant.changed"}
Codes = Annotated[
    Path | None, typer.Option(help="A new file of mode 0600 for the enrolment codes; printed if left out.")
]


def apply(
    manifest: Annotated[Path, typer.Argument(metavar="MANIFEST", help="A YAML file; docs/operations.md has one.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    codes: Codes = None,
    reason: Why = "",
    as_json: AsJson = False,
) -> None:
    """Create and change tenants as a manifest says. Tenants that it does not name are left alone."""
    read = _read(manifest)
    operator = system_user(reason or f"{read.path.name} applied")

    async def work() -> Mapping[str, object]:
        async with open_deployment(deployment()) as resources:
            plan = await _compared(resources, read)
            _tell(plan, as_json=as_json)
            if not plan.changes() or dry_run:
                return _answer(plan, [], applied=False)
            _confirm(yes=yes)
            return _answer(plan, await _take_all(resources, operator, plan, codes, as_json=as_json), applied=True)

    answer = run(work())
    if as_json:
        show(answer, as_json=True)
    elif not answer["applied"]:
        typer.echo("Nothing was changed." if dry_run else "There is nothing to change.")
    else:
        typer.echo("Done.")


def _read(path: Path) -> Manifest:
    try:
        return read_manifest(path)
    except BadManifest as error:
        fail(str(error), WRONG_USE)
    except OSError as error:
        fail(f"{path}: {error.strerror}", WRONG_USE)


async def _compared(resources: Resources, read: Manifest) -> Plan:
    try:
        return await compare(resources.foundation, read.tenants)
    except Surprise as error:
        fail(read.fault(error.at, str(error)), WRONG_USE)


def _tell(plan: Plan, *, as_json: bool) -> None:
    """Show the plan, on standard error where standard output is for JSON."""
    for step in plan.steps:
        typer.echo(f"{_SIGNS[step.act]} {step.wanted.name}: {step.act}", err=as_json)
        for line in step.says:
            typer.echo(f"    {line}", err=as_json)
    for name in plan.left_alone:
        typer.echo(f"  {name}: not in the manifest, left alone", err=as_json)


def _confirm(*, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        fail("Nothing was changed. To change it without being asked: --yes", WRONG_USE)
    typer.confirm("Change this?", abort=True, err=True)


async def _take_all(
    resources: Resources, operator: Operator, plan: Plan, codes: Path | None, *, as_json: bool
) -> list[Mapping[str, object]]:
    """Take every step in order; a code is kept as soon as it is made, because it is made once."""
    made = list[Mapping[str, object]]()
    file = None if codes is None else _new_file(codes)
    with file or nullcontext():
        for step in plan.changes():
            enrolment = await _taken(resources, operator, step)
            if enrolment is None:
                continue
            code = {"name": step.wanted.name, "code": enrolment.code, "expires_at": written(enrolment.expires_at)}
            if file is not None:
                _keep(file, code)
                continue
            made.append(code)
            typer.echo(f"{step.wanted.name}: enrolment code {enrolment.code}, until {code['expires_at']}", err=as_json)
    return made


async def _taken(resources: Resources, operator: Operator, step: Step) -> Enrolment | None:
    on = resources.foundation
    async with witnessed(on, operator, _ACTIONS[step.act], step.id or "") as deed:
        taken = await take(resources.mint, on, operator, step, operator.reason)
        deed.about = taken.id
    return taken.enrolment


def _new_file(path: Path) -> TextIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")


def _keep(file: TextIO, code: Mapping[str, object]) -> None:
    file.write(json.dumps(code, ensure_ascii=False) + "\n")
    file.flush()
    os.fsync(file.fileno())


def _answer(plan: Plan, codes: list[Mapping[str, object]], *, applied: bool) -> Mapping[str, object]:
    steps = [_step(step) for step in plan.steps]
    return {"plan": steps, "left_alone": list(plan.left_alone), "applied": applied, "codes": codes}


def _step(step: Step) -> Mapping[str, Any]:
    return {"name": step.wanted.name, "id": step.id, "act": str(step.act), "says": list(step.says)}
