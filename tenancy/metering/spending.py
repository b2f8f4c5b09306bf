"""What one call to a model took: whose key paid, how many tokens, how many micro-dollars, by which prices."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from tenancy.metering.catalogue import Kind
from tenancy.metering.money import MicroUsd
from tenancy.stores.databases.store import Transaction


class Payer(StrEnum):
    """Whose account a call is charged to."""

    OWN = "own"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Spent:
    """One call. Not `exact`: how it ended is not known, and what was estimated for it stands."""

    kind: Kind
    model: str
    payer: Payer
    prompt_tokens: int
    completion_tokens: int
    cost: MicroUsd
    price_version: str
    exact: bool = True

    @property
    def tokens(self) -> int:
        """All tokens of the call, which is what limits by tokens count."""
        return self.prompt_tokens + self.completion_tokens


Settle = Callable[[Transaction, Spent], Awaitable[None]]
"""What else is to be written with a call's row: see `Meter.attach`."""
