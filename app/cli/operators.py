"""`bulkhead operator`: tokens for the operator plane, and the keys that tokens are signed with."""

import asyncio
from enum import StrEnum
from functools import partial
from typing import Annotated, Final

import typer

from app.cli.outcome import AsJson, deployment, run, show
from app.cli.witnessed import Why, issued, system_user, witnessed
from app.resources import open_deployment
from tenancy.identity.operators import Operator
from tenancy.tokens import LONGEST_SECONDS

app: Final = typer.Typer(no_args_is_help=True, add_completion=False, help="Tokens, and the keys that sign them.")


class Plane(StrEnum):
    """Whose tokens."""

    TENANTS = "tenants"
    OPERATORS = "operators"


@app.callback()
def group() -> None:
    """Tokens for the operator plane, and the keys that tokens are signed with."""


@app.command()
def token(*, reason: Why = "", as_json: AsJson = False) -> None:
    """Print a token of the system user, valid for an hour, as the last line."""
    operator = system_user(reason)
    signed = run(_token(operator))
    if as_json:
        show({"token": signed, "subject": operator.subject, "expires_in": LONGEST_SECONDS}, as_json=True)
    else:
        typer.echo(signed)


async def _token(operator: Operator) -> str:
    async with open_deployment(deployment()) as resources:
        return await issued(resources.foundation, operator)


@app.command("rotate-signing-key")
def rotate_signing_key(
    *,
    plane: Annotated[Plane, typer.Option(help="Whose tokens the key signs.")] = Plane.TENANTS,
    reason: Annotated[str, typer.Option(help="Why; it stands in the revocation log.")],
    at_once: Annotated[bool, typer.Option("--at-once", help="Refuse every token from before, from now on.")] = False,
    as_json: AsJson = False,
) -> None:
    """Sign tokens with a new key; those that are out there are valid until they expire, unless --at-once."""
    kid = run(_rotate(plane, system_user(reason), reason, at_once=at_once))
    show({"plane": plane, "kid": kid, "earlier_tokens": "refused" if at_once else "valid"}, as_json=as_json)


async def _rotate(plane: Plane, operator: Operator, reason: str, *, at_once: bool) -> str:
    async with open_deployment(deployment()) as resources:
        on = resources.foundation
        signer = on.tenant_tokens if plane is Plane.TENANTS else on.operator_tokens
        async with witnessed(on, operator, f"signing_key.rotated_{plane}"):
            return await asyncio.to_thread(partial(signer.rotate, operator.subject, reason, at_once=at_once))
