"""The way of an alert to a tenant's webhook: one signed request through the guarded way out.

The headers and what is signed are those of Standard Webhooks 1.0.0 (https://www.standardwebhooks.com): `webhook-id` is
the alert's, with `_worse` behind it for one that has become gross, so that whoever gets it twice can tell;
`webhook-signature` is HMAC-SHA256 over id, seconds and body.
"""

import asyncio
import base64
import hmac
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, final

import httpx2

from tenancy.anomalies.alerts import Alert
from tenancy.anomalies.chosen import Webhook
from tenancy.errors import ServiceError
from tenancy.ids import TenantId
from tenancy.models.egress import Bounds, EgressGuard

BOUNDS: Final = Bounds(connect=5.0, total=15.0, body=64 * 1024)
_HTTPS: Final = 443
_GONE: Final = 410


class Outcome(StrEnum):
    """What became of one attempt: it was taken, it may be tried again, the receiver wants no more (status 410)."""

    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent: headers and a body."""

    headers: Mapping[str, str]
    body: bytes


def view(alert: Alert) -> dict[str, object]:
    """Return what was found, as a receiver and a reader of the list see it; times are RFC 3339 in UTC."""
    found = alert.finding
    return {
        "id": alert.id,
        "kind": found.kind,
        "signal": found.signal,
        "hour": _text(found.hour),
        "seen": found.seen,
        "expected": round(found.expected, 3),
        "gross": found.gross,
        "created_at": _text(alert.made_at),
        "throttled_until": None if alert.throttled_until is None else _text(alert.throttled_until),
    }


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def letter(alert: Alert, tenant: TenantId, key: bytes, now: float) -> Letter:
    """Return what is sent of an alert at a moment in epoch seconds, signed with the webhook's key."""
    what, mark = ("alert.worsened", f"{alert.id}_worse") if alert.worse else ("alert.raised", alert.id)
    said = {"type": what, "timestamp": _text(alert.made_at), "data": {"tenant": tenant, **view(alert)}}
    body, seconds = json.dumps(said, separators=(",", ":")).encode(), str(int(now))
    signed = hmac.digest(key, b".".join((mark.encode(), seconds.encode(), body)), "sha256")
    headers = {
        "content-type": "application/json",
        "user-agent": "bulkhead",
        "webhook-id": mark,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }
    return Letter(headers, body)


@final
class Post:
    """What sends letters out of this process."""

    def __init__(self, guard: EgressGuard, bounds: Bounds = BOUNDS) -> None:
        """Reach webhooks through the guarded egress client only."""
        self._guard = guard
        self._bounds = bounds

    async def admit(self, url: str) -> None:
        """Refuse an address that nothing is sent to. Raises AddressRefused for its form or for what it stands for now.

        A name that nobody knows yet passes; each connection looks again.
        """
        parsed = self._guard.check(url)
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(self._bounds.connect):
                await self._guard.addresses(parsed.host, parsed.port or _HTTPS)

    async def send(self, webhook: Webhook, sent: Letter) -> Outcome:
        """Make one attempt, and tell what became of it; nothing that the other side answers is kept."""
        try:
            async with self._guard.client(self._bounds) as client:
                answer = await client.post(webhook.url, content=sent.body, headers=dict(sent.headers))
        except (httpx2.HTTPError, ServiceError):
            return Outcome.FAILED
        if answer.is_success:
            return Outcome.DELIVERED
        return Outcome.REFUSED if answer.status_code == _GONE else Outcome.FAILED
