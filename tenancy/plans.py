"""The plans shipped, and what each allows."""

from collections.abc import Mapping
from typing import Final

from tenancy.errors import Invalid

_GB: Final = 1_000_000_000
_MB: Final = 1_000_000
_MILLION: Final = 1_000_000

PLANS: Final[Mapping[str, Mapping[str, int | float]]] = {
    "free": {
        "requests_per_minute": 300, "burst": 30, "concurrent_requests": 30,
        "tokens_per_minute": 100_000, "daily_tokens": 1_000_000, "monthly_tokens": 10_000_000, "monthly_usd": 10,
        "documents": 100, "bytes": 100 * _MB, "bytes_per_file": 10 * _MB,
    },
    "standard": {
        "requests_per_minute": 30_000, "burst": 500, "concurrent_requests": 500,
        "tokens_per_minute": 100 * _MILLION, "daily_tokens": 10_000 * _MILLION, "monthly_tokens": 100_000 * _MILLION,
        "monthly_usd": 10_000,
        "documents": 10_000, "bytes": 10 * _GB, "bytes_per_file": 100 * _MB,
    },
    "dedicated": {
        "requests_per_minute": 120_000, "burst": 2_000, "concurrent_requests": 2_000,
        "tokens_per_minute": 400 * _MILLION, "daily_tokens": 40_000 * _MILLION, "monthly_tokens": 400_000 * _MILLION,
        "monthly_usd": 100_000,
        "documents": 100_000, "bytes": 100 * _GB, "bytes_per_file": 500 * _MB,
    },
}  # fmt: skip

LIMITS: Final = frozenset(
    {
        "requests_per_minute", "burst", "tokens_per_minute", "concurrent_requests", "daily_tokens", "monthly_tokens",
        "monthly_usd", "documents", "bytes", "bytes_per_file",
    }
)  # fmt: skip


class UnknownPlan(Invalid):
    """There is no plan of that name."""

    code = "unknown_plan"


class UnknownLimit(UnknownPlan):
    """No plan has a limit of that name."""

    code = "unknown_limit"


def effective(plan: str, own: Mapping[str, int | float]) -> dict[str, int | float]:
    """Return the limits in force: the plan's, overridden by the tenant's own; UnknownPlan or UnknownLimit."""
    if plan not in PLANS:
        raise UnknownPlan(f"There is no such plan. Choose one of: {', '.join(PLANS)}.")
    if not set(own) <= LIMITS:
        raise UnknownLimit(f"There is no such limit. Choose among: {', '.join(sorted(LIMITS))}.")
    return {**PLANS[plan], **own}
