"""How a tenant stands on its limits, and how that is said to whoever asks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from tenancy.errors import ServiceError

_WINDOWS: Final = {"requests_per_minute": ("minute", 60), "burst": ("second", 1)}


@dataclass(frozen=True, slots=True)
class Standing:
    """`used` of `limit`, in the limit's own unit; `resets_at` in epoch seconds, None where nothing resets by itself."""

    name: str
    limit: int | float
    used: int | float
    resets_at: float | None = None

    @property
    def left(self) -> int:
        """What is left, whole, never below nothing."""
        return max(0, math.floor(self.limit - self.used))


class RateLimited(ServiceError):
    """The tenant, or one of its clients, asks faster or more at once than its limits allow."""

    status: ClassVar[int] = 429
    code: ClassVar[str] = "rate_limited"
    title: ClassVar[str] = "Too many requests"


def after(seconds: float) -> dict[str, str]:
    """Return the header that tells when to try again (RFC 9110, section 10.2.3): whole seconds, at least one."""
    return {"Retry-After": str(max(1, math.floor(seconds) + 1))}


def told(standings: Sequence[Standing], now: float) -> dict[str, str]:
    """Return the headers that tell what is left of the rates among `standings`.

    `RateLimit-Policy` and `RateLimit` have the form of draft-ietf-httpapi-ratelimit-headers-10; the `X-RateLimit` ones,
    with seconds until the reset, are those that most clients know, and tell of the minute.
    """
    headers, policies, rests = {}, [], []
    for each in standings:
        if each.name not in _WINDOWS:
            continue
        word, seconds = _WINDOWS[each.name]
        resets = max(0, math.ceil((each.resets_at or now) - now))
        policies.append(f'"{word}";q={math.floor(each.limit)};w={seconds}')
        rests.append(f'"{word}";r={each.left};t={resets}')
        if word == "minute":
            headers["X-RateLimit-Limit"] = str(math.floor(each.limit))
            headers["X-RateLimit-Remaining"] = str(each.left)
            headers["X-RateLimit-Reset"] = str(resets)
    if policies:
        headers |= {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(rests)}
    return headers


def tightest(standings: Sequence[Standing]) -> list[Standing]:
    """Return of each limit the standing that leaves least, the minute's before the second's."""
    return [
        min(same, key=lambda each: each.left)
        for name in _WINDOWS
        if (same := [each for each in standings if each.name == name])
    ]
