"""`bulkhead usage`: what was spent, for an operator of all tenants, with a client's credentials of its own tenant."""

import csv
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Final

import orjson
import structlog
import typer

from app.cli.outcome import WRONG_USE, AsJson, deployment, fail, failures_are_sentences, run
from app.cli.remote.signed_in import signed_in
from app.cli.witnessed import Why, system_user, witnessed
from app.resources import open_deployment
from app.settings import has_credentials
from app.spending.asked import Asked, InvalidReport, asked
from app.spending.written import AMOUNTS, table, view
from app.telemetry import start_logging
from tenancy.identity.operators import NOT_STATED, Operator
from tenancy.metering.rollup import Division, rollup
from tenancy.metering.usage import Line

app: Final = typer.Typer(add_completion=False)
_OWN_BY: Final = "app,feature,model"
_DEPLOYMENT_BY: Final = "tenant,plan,month"
_log = structlog.get_logger()


@app.command()
def usage(
    tenant: Annotated[
        str | None, typer.Argument(metavar="[TENANT]", help="A tenant's id, for an operator; all if left out.")
    ] = None,
    *,
    since: Annotated[str | None, typer.Option("--from", help="A day in UTC, or a moment; 30 days ago.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="The last day, or the moment before which; now.")] = None,
    by: Annotated[
        str | None, typer.Option(help="Words with commas: tenant, plan, month, day, app, feature, model.")
    ] = None,
    own: Annotated[
        bool | None,
        typer.Option("--own/--deployment", help="Whose; own where the settings name a client's credentials."),
    ] = None,
    reason: Why = "",
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Print what models and storage cost and what is charged for it; amounts are exact."""
    if as_json and as_csv:
        fail("Choose one of --json and --csv.", WRONG_USE)
    if own or (own is None and tenant is None and has_credentials()):
        if tenant is not None:
            fail("A tenant reads its own usage: leave the id out.", WRONG_USE)
        written = _own(since, until, by or _OWN_BY, as_json=as_json)
    else:
        asker = system_user(reason)
        written = _deployment(asker, tenant, since, until, by or _DEPLOYMENT_BY, as_json=as_json)
    typer.echo(written if as_json or as_csv else readable(written), nl=False)


def _own(since: str | None, until: str | None, by: str, *, as_json: bool) -> str:
    given = {name: value for name, value in (("from", since), ("to", until), ("group_by", by)) if value is not None}
    with signed_in() as service:
        text = service.text("/v1/usage" if as_json else "/v1/usage.csv", params=given)
    return f"{text}\n" if as_json else text


def _deployment(
    asker: Operator, tenant: str | None, since: str | None, until: str | None, by: str, *, as_json: bool
) -> str:
    start_logging()
    with failures_are_sentences():
        try:
            wanted = asked(Division, since, until, by)
        except InvalidReport as refused:
            fail(refused.detail, WRONG_USE)
    lines = run(_rolled_up(asker, wanted, tenant))
    if as_json:
        return orjson.dumps({"items": [view(line, wanted.groups) for line in lines]}).decode() + "\n"
    return table(lines, wanted.groups)


async def _rolled_up(asker: Operator, wanted: Asked[Division], tenant: str | None) -> list[Line]:
    async with open_deployment(deployment()) as resources:
        on = resources.foundation
        async with witnessed(on, asker, "usage.read", tenant or ""):
            found = await rollup(on, wanted.since, wanted.until, wanted.groups, tenant)
            if tenant is not None:
                custody = await resources.mint.custody(asker, tenant, asker.reason or NOT_STATED)
                await custody.look("usage.read")
    _log.info("usage.read", operator=asker.subject, tenant=tenant)
    return found


def readable(text: str) -> str:
    """Return a table of CSV with its columns aligned, and a last line that adds its numbers up."""
    head, *rows = list(csv.reader(text.splitlines()))
    numbers = [
        place for place, name in enumerate(head) if name in AMOUNTS or name.endswith(("requests", "tokens", "days"))
    ]
    if not rows:
        return "Nothing was spent in that time.\n"
    total = ["" for _ in head]
    total[0] = "in all"
    for place in numbers:
        total[place] = f"{sum((Decimal(row[place]) for row in rows), Decimal(0)):f}"
    return "".join(f"{line}\n" for line in _aligned([head, *rows, total], set(numbers)))


def _aligned(rows: Sequence[Sequence[str]], numbers: set[int]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if place in numbers else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
