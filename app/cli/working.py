"""`bulkhead worker`: a worker of its own beside API processes."""

from typing import Final

import typer
import uvloop

from app.cli.processes import endings_are_sentences
from app.hardening import harden, raise_descriptor_limit
from app.serve import drain
from app.settings import Settings
from app.telemetry import start_logging

app: Final = typer.Typer(add_completion=False)


@app.command()
def worker() -> None:
    """Work through the deployment's due lanes until SIGTERM; what is under way is then given back at once."""
    harden()
    raise_descriptor_limit()
    start_logging()
    with endings_are_sentences():
        uvloop.run(drain(Settings()))
