"""`bulkhead worker`: a worker of its own beside API processes, for everybody or for one tenant."""

from typing import Annotated, Final

import typer
import uvloop

from app.cli.processes import endings_are_sentences
from app.hardening import harden, raise_descriptor_limit
from app.serve import drain, drain_own
from app.settings import Settings
from app.telemetry import start_logging

app: Final = typer.Typer(add_completion=False)


@app.command()
def worker(
    *,
    tenant: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Serve this tenant of plan dedicated and nobody else: its id or name."),
    ] = None,
) -> None:
    """Work through the deployment's due lanes until SIGTERM; what is under way is then given back at once.

    Tenants of plan dedicated are left to workers of their own, one for each: --tenant. Such a worker opens no other
    tenant's keys.
    """
    harden()
    raise_descriptor_limit()
    start_logging()
    with endings_are_sentences():
        settings = Settings()
        uvloop.run(drain(settings) if tenant is None else drain_own(settings, tenant))
