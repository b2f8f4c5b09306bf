"""Limits that a test does not meet by accident: a test of a plan's own limits makes its tenant without them."""

from typing import Final

ROOMY: Final = {
    "requests_per_minute": 30_000, "burst": 500, "concurrent_requests": 500,
    "tokens_per_minute": 100_000_000, "daily_tokens": 10_000_000_000, "monthly_tokens": 100_000_000_000,
    "monthly_usd": 10_000,
}  # fmt: skip
