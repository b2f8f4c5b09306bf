"""What a command does as an operator on the machine itself, written into the operators' trail before it is printed."""

import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Final, final

import typer

from app.api.audit_outcome import Outcome, outcome_of
from app.cli.outcome import WRONG_USE, fail
from tenancy.auditing.operations import operation_of
from tenancy.errors import ServiceError
from tenancy.foundation import Foundation
from tenancy.identity.operators import InvalidReason, Operator, stated
from tenancy.tokens import LONGEST_SECONDS

MACHINE: Final = "machine"
"""Where commands come from."""
Why = Annotated[str, typer.Option("--reason", help="Why; it stands in the operators' trail and in the tenant's.")]


def system_user(reason: str = "") -> Operator:
    """Return the operator that runs this command; end with a sentence for a reason that cannot be written down."""
    try:
        return Operator(getpass.getuser(), address=MACHINE, reason=stated(reason))
    except InvalidReason as refused:
        fail(refused.detail, WRONG_USE)


async def issued(on: Foundation, operator: Operator) -> str:
    """Return a new token of the operator's, valid for an hour, whose id the trail has as what was done."""
    signed = on.operator_tokens.sign(operator.subject, LONGEST_SECONDS)
    await on.operations.write(operation_of(operator, "token.issued", on.operator_tokens.verify(signed).token))
    return signed


@final
class Deed:
    """What a command does: `about` is the tenant's id, which one that makes a tenant learns on the way."""

    __slots__ = ("about",)

    def __init__(self, about: str) -> None:
        """Begin with what the command was told."""
        self.about = about


@asynccontextmanager
async def witnessed(on: Foundation, operator: Operator, action: str, about: str = "") -> AsyncIterator[Deed]:
    """Write the block down when it ends, whatever became of it; where that cannot be, the command fails."""
    deed, outcome = Deed(about), Outcome.FAILED
    try:
        yield deed
        outcome = Outcome.DONE
    except ServiceError as error:
        outcome = outcome_of(error.status, repeated=False)
        raise
    finally:
        resource = on.operations.named(deed.about)
        await on.operations.write(operation_of(operator, action, resource, outcome, tenant=deed.about))
