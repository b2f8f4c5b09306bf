"""`bulkhead usage`: what was spent, for an operator of all tenants, with a client's credentials of its own tenant."""

import csv
from collections.abc import AsyncIterator, Sequence
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
from app.spending.asked import InvalidReport, asked
from app.spending.written import AMOUNTS, table, view
from app.telemetry import start_logging
from tenancy.identity.operators import NOT_STATED, Operator
from tenancy.metering.rollup import Division, Report, rollup_page
from tenancy.metering.usage import Line

app: Final = typer.Typer(add_completion=False)
_OWN_BY: Final = "app,feature,model"
_DEPLOYMENT_BY: Final = "tenant,plan,month"
_PAGE: Final = 10_000
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
        typer.echo(written if as_json or as_csv else readable(written), nl=False)
        return
    asker = system_user(reason)
    pages = _deployment(asker, tenant, since, until, by or _DEPLOYMENT_BY, as_json=as_json)
    run(_print(pages, as_they_come=as_json or as_csv))


def _own(since: str | None, until: str | None, by: str, *, as_json: bool) -> str:
    given = {name: value for name, value in (("from", since), ("to", until), ("group_by", by)) if value is not None}
    with signed_in() as service:
        text = service.text("/v1/usage" if as_json else "/v1/usage.csv", params=given)
    return f"{text}\n" if as_json else text


def _deployment(
    asker: Operator, tenant: str | None, since: str | None, until: str | None, by: str, *, as_json: bool
) -> AsyncIterator[str]:
    start_logging()
    with failures_are_sentences():
        try:
            wanted = asked(Division, since, until, by)
        except InvalidReport as refused:
            fail(refused.detail, WRONG_USE)
    report = Report(wanted.since, wanted.until, wanted.groups, tenant)
    return _as_json(asker, report) if as_json else _as_table(asker, report)


async def _print(pages: AsyncIterator[str], *, as_they_come: bool) -> None:
    """Print a report page by page, or all of it with its columns aligned."""
    if as_they_come:
        async for text in pages:
            typer.echo(text, nl=False)
    else:
        typer.echo(readable("".join([text async for text in pages])), nl=False)


async def _as_json(asker: Operator, report: Report) -> AsyncIterator[str]:
    between = '{"items":['
    async for lines in _pages(asker, report):
        for line in lines:
            yield between + orjson.dumps(view(line, report.groups)).decode()
            between = ","
    yield ("" if between == "," else between) + "]}\n"


async def _as_table(asker: Operator, report: Report) -> AsyncIterator[str]:
    headed = True
    async for lines in _pages(asker, report):
        yield table(lines, report.groups, headed=headed)
        headed = False


async def _pages(asker: Operator, report: Report) -> AsyncIterator[list[Line]]:
    """Yield the lines of a report, a page at a time; that it was read is written down before the first is given out."""
    async with open_deployment(deployment()) as resources:
        on = resources.foundation
        async with witnessed(on, asker, "usage.read", report.tenant or ""):
            lines, following = await rollup_page(on, report, _PAGE)
            if report.tenant is not None:
                custody = await resources.mint.custody(asker, report.tenant, asker.reason or NOT_STATED)
                await custody.look("usage.read")
        _log.info("usage.read", operator=asker.subject, tenant=report.tenant)
        yield lines
        while following is not None:
            lines, following = await rollup_page(on, report, _PAGE, following)
            yield lines


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
