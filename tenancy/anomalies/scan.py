"""Scan what a tenant did in its last hours, and write down what is unusual: an alert, its entry, a brake.

Rules this module enforces:

* What was found is written in one transaction of the tenant's, or not at all: the alert, its entry in the audit, the
  brake. Where another process has written something meanwhile, the next look judges: an episode is one alert.
* A tenant is judged by its own records alone. Nothing is opened but its alerts and what it has chosen about them.
* Nothing is judged inside a transaction.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from tenancy.anomalies import activity
from tenancy.anomalies.activity import Done, hour_of
from tenancy.anomalies.alerts import Alert, Alerts, DeliveryState, Episode, new_alert, told, worsened
from tenancy.anomalies.chosen import alerting_of
from tenancy.anomalies.detecting import HISTORY_HOURS, findings
from tenancy.anomalies.hours import SECONDS, Calendar, Finding, Hour, Signal
from tenancy.card import standing
from tenancy.errors import ServiceError
from tenancy.ids import ClientId, TenantId
from tenancy.keys.tenant_keys import TenantKeys
from tenancy.limits.brake import BRAKE_SECONDS, Brake, brake_in, ceilings, pull
from tenancy.queue.guarded import guarded
from tenancy.scope import Caller
from tenancy.stores import due, registry
from tenancy.stores.audit import AuditTrail, Head, entry_of
from tenancy.stores.databases.store import Transaction
from tenancy.stores.epoch import require_epoch
from tenancy.stores.registry import TenantRow, TenantStatus
from tenancy.stores.settings import TenantSettings

if TYPE_CHECKING:
    from tenancy.foundation import Foundation

Detect = Callable[[Sequence[Hour], Hour, Calendar, int, Collection[Episode]], list[Finding]]
_AFTER_SECONDS: Final = 60.0
_CALLER: Final = Caller("service:anomalies", ClientId(""), "what is unusual is written down", frozenset())


class NotJudged(ServiceError):
    """The detector cannot cope with a tenant's numbers: that is our mistake, and no reason to stop serving anybody."""

    code = "hours_not_judged"
    title = "The hours of a tenant could not be judged"


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert that was just written down, and the tenant's opaque id, for metrics."""

    owner: str
    alert: Alert


@dataclass(frozen=True, slots=True)
class Scanned:
    """What was raised, and when (epoch seconds) the tenant is to be scanned again, and alerts to be delivered."""

    raised: tuple[Raised, ...] = ()
    again_at: float | None = None
    deliver_at: float | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """A tenant's hours, oldest first, those that are to be looked at, the alerts of lately, whether a brake is on."""

    hours: Sequence[Hour]
    fresh: Sequence[Hour]
    calendar: Calendar
    lately: Mapping[Episode, Alert]
    braked: bool

    def before(self, start: int) -> Sequence[Hour]:
        """Return the hours before the one that begins then."""
        return [each for each in self.hours if each.starts < start]


async def scan(
    on: "Foundation", tenant: TenantId, *, clock: Callable[[], float] = time.time, detect: Detect = findings
) -> Scanned:
    """Scan a tenant's hours by a `clock` in epoch seconds; nothing of one that is not active."""
    now = clock()
    async with on.store.registry(writes=False, single=True) as db:
        row = await registry.find_tenant(db, tenant)
    if row is None or standing(row, on.ledger) is not TenantStatus.ACTIVE:
        return Scanned()
    keys = await on.keyring.open(row.id)
    await _count(on, keys, row.epoch, now)
    async with on.store.tenant(keys.tenant, writes=False) as db:
        await require_epoch(db, keys, row.epoch)
        seen = await _seen(db, keys, now)
        due_at = await Alerts(db, keys).next_due()
    if not seen.fresh:
        return Scanned(deliver_at=due_at)
    # An hour is seen once more after its end; what is done in it until then has it scanned sooner.
    again_at = hour_of(now) + SECONDS + _AFTER_SECONDS
    alerts = await _judge(on, keys, row.epoch, seen, detect, now)
    if any(each.delivery is DeliveryState.PENDING for each in alerts):
        due_at = now
    return Scanned(tuple(Raised(row.id, each) for each in alerts), again_at, due_at)


async def _judge(
    on: "Foundation", keys: TenantKeys, epoch: int, seen: _Seen, detect: Detect, now: float
) -> list[Alert]:
    """Judge the hours outside a transaction and write down in one what was found; nothing where another has."""
    try:
        found, again = await asyncio.to_thread(lambda: (_judged(seen, detect), _going_on(seen, detect, now)))
    except (ArithmeticError, LookupError, ValueError) as error:  # as arithmetic on numbers nobody thought of fails
        raise NotJudged("The hours of a tenant could not be judged.") from error
    async with on.store.tenant(keys.tenant, writes=True) as db:
        await require_epoch(db, keys, epoch)
        if told(await Alerts(db, keys).lately(now)) != seen.lately:
            on.tally.note(keys.tenant)
            return []
        await activity.keep(db, keys.tenant, seen.fresh, now)
        alerts, head = await _write(db, keys, seen, found, now)
        if again is not None and not any(each.throttled_until for each in alerts):
            head = await _brake_again(db, keys, seen, again, now) or head
    await on.anchors.note(keys.tenant, head)
    on.brakes.forget(keys.tenant)
    return alerts


async def report(on: "Foundation", tenants: Sequence[TenantId]) -> None:
    """Have tenants that were active in this process scanned; what it alone has counted of them is written first."""
    counted = [each for each in tenants if on.tally.has_requests(each)]
    async with on.store.registry(writes=False) as db:
        rows = await registry.find_tenants(db, counted)
    for row in rows:
        if standing(row, on.ledger) is TenantStatus.ACTIVE:
            await guarded("activity", row.id, partial(_count_own, on, row))
    async with on.store.registry(writes=True) as db:
        await due.mark(db, [due.Kind.SCAN], time.time(), tenants)


async def _count_own(on: "Foundation", row: TenantRow) -> None:
    await _count(on, await on.keyring.open(row.id), row.epoch, time.time())


async def forget_hours(on: "Foundation", tenant: TenantId, now: float) -> None:
    """Remove the hours that no baseline looks back to any more."""
    before = hour_of(now) - HISTORY_HOURS * SECONDS
    async with on.store.tenant(tenant, writes=False, single=True) as db:
        old = await activity.has_before(db, tenant, before)
    if old:
        async with on.store.tenant(tenant, writes=True) as db:
            await activity.forget(db, tenant, before)


async def _count(on: "Foundation", keys: TenantKeys, epoch: int, now: float) -> None:
    """Count what no transaction of the tenant's has counted yet."""
    more = on.tally.requests(keys.tenant)
    if more:
        async with on.store.tenant(keys.tenant, writes=True) as db:
            await require_epoch(db, keys, epoch)
            await activity.count(db, keys.tenant, now, Done(requests=more))


async def _seen(db: Transaction, keys: TenantKeys, now: float) -> _Seen:
    current = hour_of(now)
    kept = await activity.counted(db, keys.tenant, current - HISTORY_HOURS * SECONDS)
    hours = {each.hour.starts: each.hour for each in kept if each.hour.starts <= current}
    looked_at = {each.hour.starts: each for each in kept}
    asked = sorted({current - SECONDS, current} | {start for start in hours if looked_at[start].open})
    fresh = []
    for start in asked:
        spent = await activity.spent_in(db, keys.tenant, start)
        before = hours.get(start, Hour(start, dict.fromkeys(Signal, 0)))
        after = replace(before, counts={**before.counts, **spent})
        # An hour that is over stays to be looked at until it was seen after its end; no other is looked at in vain.
        if after != before or (start in looked_at and looked_at[start].open):
            hours[start] = after
            fresh.append(after)
    made = told(await Alerts(db, keys).lately(now))
    settings = TenantSettings(db, keys)
    calendar, braked = (await alerting_of(settings)).calendar, await brake_in(settings, now) is not None
    return _Seen([hours[start] for start in sorted(hours)], fresh, calendar, made, braked)


def _judged(seen: _Seen, detect: Detect) -> list[Finding]:
    """Return what is unusual about the hours that are to be looked at, oldest first.

    What an alert of that hour has said already is left out, but for a spike that has become gross since.
    """
    found, known = list[Finding](), set(seen.lately)
    for hour in seen.fresh:
        for each in detect(seen.before(hour.starts), hour, seen.calendar, seen.hours[0].starts, frozenset(known)):
            before = seen.lately.get((each.kind, each.hour))
            if before is None or (each.gross and not before.finding.gross):
                found.append(each)
                known.add((each.kind, each.hour))
    return found


def _going_on(seen: _Seen, detect: Detect, now: float) -> Alert | None:
    """Return the newest alert that has slowed the tenant down if the running hour is gross and the brake has ended."""
    slowed = [each for each in seen.lately.values() if each.throttled_until is not None]
    hour = seen.fresh[-1]
    if not slowed or seen.braked or hour.starts < hour_of(now):
        return None
    found = detect(seen.before(hour.starts), hour, seen.calendar, seen.hours[0].starts, ())
    return slowed[-1] if any(each.gross for each in found) else None


async def _write(
    db: Transaction, keys: TenantKeys, seen: _Seen, found: Sequence[Finding], now: float
) -> tuple[list[Alert], Head | None]:
    """Write down what was found, as what holds now about alerts asks for; return the alerts and the trail's end."""
    if not found:
        return [], None
    settings, trail, alerts = TenantSettings(db, keys), AuditTrail(db, keys, _CALLER), Alerts(db, keys)
    chosen = await alerting_of(settings)
    made = []
    for each in found:
        before = seen.lately.get((each.kind, each.hour))
        alert = new_alert(each, now) if before is None else worsened(before, each)
        if chosen.throttle and each.gross and each.hour >= hour_of(now) - SECONDS:
            brake = Brake(ceilings(seen.before(each.hour)), now + BRAKE_SECONDS, alert.id)
            await pull(settings, brake)
            alert = replace(alert, throttled_until=brake.until)
        made.append(replace(alert, delivery=DeliveryState.PENDING) if chosen.webhook is not None else alert)
    raised = [entry_of(_CALLER, "alert.worsened" if each.worse else "alert.raised", each.id, "done") for each in made]
    braked = [entry_of(_CALLER, "throttle.begun", each.id, "done") for each in made if each.throttled_until]
    first = await trail.extend([*raised, *braked])
    due_at = None if chosen.webhook is None else now
    for place, alert in enumerate(made):
        await (alerts.change(alert, due_at) if alert.worse else alerts.add(first + place, alert, due_at))
    return made, trail.written


async def _brake_again(db: Transaction, keys: TenantKeys, seen: _Seen, alert: Alert, now: float) -> Head | None:
    """Put the brake of an alert on for another hour; None where the tenant wants none any more."""
    settings = TenantSettings(db, keys)
    if not (await alerting_of(settings)).throttle:
        return None
    brake = Brake(ceilings(seen.before(alert.finding.hour)), now + BRAKE_SECONDS, alert.id)
    await pull(settings, brake)
    await Alerts(db, keys).change_body(replace(alert, throttled_until=brake.until))
    trail = AuditTrail(db, keys, _CALLER)
    await trail.add("throttle.begun", alert.id)
    return trail.written
