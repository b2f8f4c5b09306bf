"""`bulkhead sweep`: show what belongs to no tenant any more and, when told so, remove it."""

from collections.abc import Mapping
from typing import Annotated, Final

import typer

from app.cli.outcome import FAILED, AsJson, deployment, run, show
from app.cli.witnessed import Why, system_user, witnessed
from app.resources import open_deployment
from app.telemetry import start_logging
from tenancy.deployment.orphans import Orphan, find_orphans, remove_orphans

app: Final = typer.Typer(add_completion=False)


@app.command()
def sweep(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Remove it; without this nothing is changed.")] = False,
    reason: Why = "",
    as_json: AsJson = False,
) -> None:
    """Find what has no owner. Exit 1 while there is something to remove; what is held does not count."""
    operator = system_user(reason)
    start_logging()  # each removal is an event on standard error, like what a service does

    async def work() -> list[Mapping[str, object]]:
        async with open_deployment(deployment()) as resources:
            foundation = resources.foundation
            async with witnessed(foundation, operator, "orphan.removed" if yes else "orphan.listed"):
                removed = [] if not yes else await remove_orphans(foundation)
                left = await find_orphans(foundation)
        return [_row(one, "removed") for one in removed] + [_row(one, one.held or "to be removed") for one in left]

    found = run(work())
    show(found, as_json=as_json)
    if not found and not as_json:
        typer.echo("Nothing is without an owner.")
    left = sum(one["outcome"] == "to be removed" for one in found)
    if left:
        typer.echo(f"{left} without an owner. To remove them: bulkhead sweep --yes", err=True)
        raise typer.Exit(FAILED)


def _row(orphan: Orphan, outcome: str) -> Mapping[str, object]:
    return {"kind": orphan.kind, "name": orphan.name, "tenant_id": orphan.tenant, "outcome": outcome}
