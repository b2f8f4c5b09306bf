"""`bulkhead worker`: a worker of its own beside API processes."""

from typing import Final

import typer
import uvloop

from app.cli.outcome import fail, failures_are_sentences
from app.hardening import harden
from app.serve import drain
from app.settings import Settings
from app.telemetry import start_logging
from ingestion.parse import WallsMissing

app: Final = typer.Typer(add_completion=False)


@app.command()
def worker() -> None:
    """Work through the deployment's due lanes until SIGTERM; what is under way is then given back at once."""
    harden()
    start_logging()
    with failures_are_sentences():
        try:
            uvloop.run(drain(Settings()))
        except WallsMissing as error:
            fail(str(error))
