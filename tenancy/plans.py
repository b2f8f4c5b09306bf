"""The plans shipped, and what each allows: limits that a small machine can keep, and that an operator can raise."""

from collections.abc import Mapping
from typing import Final

from tenancy.errors import Invalid

_GB: Final = 1_000_000_000
_MB: Final = 1_000_000
_MILLION: Final = 1_000_000

PLANS: Final[Mapping[str, Mapping[str, int | float]]] = {
    "free": {
        "requests_per_minute": 300, "burst": 30, "concurrent_requests": 5,
        "tokens_per_minute": 50_000, "daily_tokens": _MILLION, "monthly_tokens": 10 * _MILLION, "monthly_usd": 10,
        "documents": 100, "bytes": 100 * _MB, "bytes_per_file": 10 * _MB,
    },
    "standard": {
        "requests_per_minute": 1_200, "burst": 100, "concurrent_requests": 20,
        "tokens_per_minute": 200_000, "daily_tokens": 20 * _MILLION, "monthly_tokens": 200 * _MILLION,
        "monthly_usd": 500,
        "documents": 10_000, "bytes": 10 * _GB, "bytes_per_file": 100 * _MB,
    },
    "dedicated": {
        "requests_per_minute": 6_000, "burst": 500, "concurrent_requests": 100,
        "tokens_per_minute": _MILLION, "daily_tokens": 100 * _MILLION, "monthly_tokens": 1_000 * _MILLION,
        "monthly_usd": 2_500,
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
