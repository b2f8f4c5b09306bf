"""`bulkhead ask`: one question to a tenant's documents."""

import json
from typing import Annotated, Final

import typer

from app.calling.answers import readable
from app.cli.outcome import AsJson
from app.cli.remote.signed_in import signed_in

app: Final = typer.Typer(add_completion=False)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, in words.")],
    *,
    top_k: Annotated[int, typer.Option(min=1, max=100, help="How many chunks may support the answer.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Print an answer built only from the tenant's documents, with its citations, or a refusal."""
    with signed_in() as service:
        answer = service.call("POST", "/v1/ask", json={"question": question, "top_k": top_k})
    typer.echo(json.dumps(answer) if as_json else readable(answer))
