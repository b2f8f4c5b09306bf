"""Who runs the deployment: a named subject without a tenant, who states why when asked to."""

from dataclasses import dataclass
from typing import Final

from tenancy.errors import Invalid
from tenancy.ids import ClientId
from tenancy.scope import Caller
from tenancy.tokens import TokenSigner

LONGEST_REASON: Final = 1_000
NOT_STATED: Final = "not stated"
"""What a tenant reads of an operator that looked and said no reason."""


class InvalidReason(Invalid):
    """A reason is one line that anybody can read in a trail."""

    code = "invalid_reason"


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs the deployment: a named subject, no tenant. It opens nothing; custody is asked for in its name.

    `token` is the id of the token that it showed, empty where none was asked for; `reason` what it stated beforehand.
    """

    subject: str
    token: str = ""
    address: str = ""
    request: str = ""
    reason: str = ""

    def caller(self, reason: str) -> Caller:
        """Return the operator as trails name it, acting for a reason."""
        return Caller(f"operator:{self.subject}", ClientId(""), reason, frozenset(), self.address, self.request)


def recognised(tokens: TokenSigner, token: str) -> Operator:
    """Return the operator that a token of the operator plane names; TokenRefused for every other token."""
    claims = tokens.verify(token)
    return Operator(claims.subject, claims.token)


def stated(reason: str) -> str:
    """Return a reason as it is written down, empty where none was stated; InvalidReason for one that cannot be."""
    reason = reason.strip()
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise InvalidReason(f"A reason has at most {LONGEST_REASON:,} printable characters, in one line.")
    return reason
