"""`bulkhead demo`: the main job on the example documents, from upload to cited answer to signed erasure."""

from pathlib import Path
from typing import Annotated, Final

import typer

from app.calling.remote import Refused
from app.cli.outcome import FAILED, fail, failures_are_sentences
from app.demo.examples import HOME
from app.demo.performance import perform
from app.demo.service import NotStarted
from app.demo.stage import Stage

app: Final = typer.Typer(add_completion=False)


@app.command()
def demo(
    keep: Annotated[Path | None, typer.Option(help="Keep the data in this folder, which must be empty.")] = None,
    examples: Annotated[Path, typer.Option(help="The example tenants.")] = HOME,
) -> None:
    """Start a service with embedded stores, put three tenants through it, erase one; exit 0 if every step held."""
    stage = Stage()
    with failures_are_sentences():
        try:
            perform(stage, examples, keep)
        except (Refused, NotStarted) as error:
            fail(f"The demonstration stopped: {error}")
    if stage.broken:
        stage.act(f"{len(stage.broken)} steps did not hold:")
        for sentence in stage.broken:
            stage.note(sentence)
        raise typer.Exit(FAILED)
    stage.act("Every step held.")
