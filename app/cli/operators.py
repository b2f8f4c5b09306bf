"""`bulkhead operator`: tokens for the operator plane."""

import getpass
from typing import Final

import typer

from app.cli.outcome import AsJson, deployment, run, show
from app.resources import open_deployment
from tenancy.tokens import LONGEST_SECONDS

app: Final = typer.Typer(no_args_is_help=True, add_completion=False, help="Tokens for the operator plane.")


@app.callback()
def group() -> None:
    """Tokens for the operator plane."""


@app.command()
def token(*, as_json: AsJson = False) -> None:
    """Print a token of the system user, valid for an hour, as the last line."""
    signed = run(_token())
    if as_json:
        show({"token": signed, "subject": getpass.getuser(), "expires_in": LONGEST_SECONDS}, as_json=True)
    else:
        typer.echo(signed)


async def _token() -> str:
    async with open_deployment(deployment()) as resources:
        return resources.foundation.operator_tokens.sign(getpass.getuser(), LONGEST_SECONDS)
