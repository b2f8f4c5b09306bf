"""What a measured tenant may do: more than any plan, so that the service is measured and not a quota."""

from typing import Final

ROOMY: Final = {
    "requests_per_minute": 100_000, "burst": 2_000, "concurrent_requests": 500,
    "tokens_per_minute": 1_000_000_000, "daily_tokens": 100_000_000_000, "monthly_tokens": 1_000_000_000_000,
    "monthly_usd": 1_000_000,
}  # fmt: skip
