"""Deliver alerts to their tenants' webhooks until they are taken, or were tried often enough.

Rules this module enforces:

* Where a delivery stands is in the alert's row. An attempt is written down before it is made, with a lease: who dies
  over it is followed by another, and nothing is tried for ever.
* Nothing waits for a receiver inside a transaction, and a slow one holds up nobody else's alerts.
* Where to, and with which secret, is read for each attempt: what a tenant took out is not used any more.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import structlog

from tenancy.anomalies.alerts import Alert, Alerts, DeliveryState
from tenancy.anomalies.chosen import Webhook, alerting_of
from tenancy.anomalies.post import BOUNDS, Outcome, letter
from tenancy.card import standing
from tenancy.ids import TenantId
from tenancy.keys.tenant_keys import TenantKeys
from tenancy.stores import registry
from tenancy.stores.epoch import require_epoch
from tenancy.stores.registry import TenantRow, TenantStatus
from tenancy.stores.settings import TenantSettings

if TYPE_CHECKING:
    from tenancy.foundation import Foundation

AGAIN_SECONDS: Final = (5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0)
"""After how many seconds a delivery is tried again, attempt by attempt: the pace that Standard Webhooks suggests."""
LEASE_SECONDS: Final = BOUNDS.total + 15.0
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of the attempts, and when the next one is due (epoch seconds); None when all is done."""

    outcomes: tuple[Outcome, ...] = ()
    next_at: float | None = None


async def deliver(on: "Foundation", tenant: TenantId, *, clock: Callable[[], float] = time.time) -> Delivered:
    """Make one attempt for each alert of a tenant that is due."""
    async with on.store.registry(writes=False) as db:
        row = await registry.find_tenant(db, tenant)
    if row is None or standing(row, on.ledger) is not TenantStatus.ACTIVE:
        return Delivered()  # whoever resumes it has them delivered
    keys = await on.keyring.open(tenant)
    became = list[Outcome]()
    for webhook, alert in await _begin(on, keys, row, clock()):
        outcome = await on.post.send(webhook, letter(alert, tenant, webhook.key, clock()))
        await _end(on, keys, row, alert, outcome, clock())
        _log.info("alert.sent", alert=alert.id, outcome=outcome, attempt=alert.attempts)
        became.append(outcome)
    async with on.store.tenant(tenant, writes=False) as db:
        return Delivered(tuple(became), await Alerts(db, keys).next_due())


async def _begin(on: "Foundation", keys: TenantKeys, row: TenantRow, now: float) -> list[tuple[Webhook, Alert]]:
    """Write down that an attempt is made now for each alert that is due; return them, each with where to."""
    async with on.store.tenant(keys.tenant, writes=True) as db:
        await require_epoch(db, keys, row.epoch)
        alerts = Alerts(db, keys)
        webhook = (await alerting_of(TenantSettings(db, keys))).webhook
        begun = list[tuple[Webhook, Alert]]()
        for alert in await alerts.due(now):
            if webhook is None or alert.attempts > len(AGAIN_SECONDS):
                await alerts.change(replace(alert, delivery=DeliveryState.GIVEN_UP), None)
                continue
            attempt = replace(alert, attempts=alert.attempts + 1)
            begun.append((webhook, attempt))
            await alerts.change(attempt, now + LEASE_SECONDS * len(begun))
        return begun


async def _end(on: "Foundation", keys: TenantKeys, row: TenantRow, alert: Alert, outcome: Outcome, now: float) -> None:
    state, due_at = alert.delivery, None
    if outcome is Outcome.DELIVERED:
        state = DeliveryState.DELIVERED
    elif outcome is Outcome.REFUSED or alert.attempts > len(AGAIN_SECONDS):
        state = DeliveryState.GIVEN_UP
    else:
        due_at = now + AGAIN_SECONDS[alert.attempts - 1]
    async with on.store.tenant(keys.tenant, writes=True) as db:
        await require_epoch(db, keys, row.epoch)
        held = await Alerts(db, keys).get(alert.id)
        if held.attempts == alert.attempts:  # else another has taken it over, and it is that one's to say
            await Alerts(db, keys).change(replace(held, delivery=state), due_at)
