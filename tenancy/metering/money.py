"""Money as whole millionths of a US dollar, and as the outside reads it."""

from decimal import Decimal
from typing import Final, NewType

MicroUsd = NewType("MicroUsd", int)
"""A whole number of micro-dollars. No amount is ever a float."""

NOTHING: Final = MicroUsd(0)
PER_DOLLAR: Final = 1_000_000


def usd(amount: int) -> str:
    """Return micro-dollars as an exact decimal number of dollars: `0.000125`, `12.5`, `0`; never an exponent."""
    whole, part = divmod(abs(amount), PER_DOLLAR)
    fraction = f".{part:06}".rstrip("0") if part else ""
    return f"{'-' if amount < 0 else ''}{whole}{fraction}"


def micros(dollars: str) -> MicroUsd:
    """Return what `usd` writes as micro-dollars again; ValueError where it is no whole number of them."""
    try:
        amount = Decimal(dollars) * PER_DOLLAR
        whole = int(amount)
    except (ArithmeticError, ValueError):
        raise ValueError(f"{dollars!r} is not an amount of dollars") from None
    if amount != whole:
        raise ValueError(f"{dollars!r} is not a whole number of micro-dollars")
    return MicroUsd(whole)
