"""A gross spike slows its tenant down for an hour, and nothing that is usual does."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from tenancy.anomalies.activity import Done, count, hour_of
from tenancy.anomalies.alerts import Episode
from tenancy.anomalies.chosen import change_alerting
from tenancy.anomalies.hours import SECONDS, Calendar, Finding, Hour, Kind
from tenancy.limits.brake import BRAKE_SECONDS, FLOORS, brake_in
from tenancy.stores.schema import activity
from tests.tenancy.anomalies.alerting.raising import age, alerts_of, at, busy, looked, more_than, raised_entries
from tests.tenancy.building import House, Resident
from tests.tenancy.lifecycle.rounds import scanned

_GROSS = more_than(2, gross=6)


async def test_a_spike_that_becomes_gross_in_its_hour_is_told_anew_as_the_same_alert_and_brakes_then(
    home: House, a: Resident
) -> None:
    await busy(home, a)
    (first,) = await looked(home, a, detect=_GROSS)
    assert first.alert.throttled_until is None
    await busy(home, a, 6)
    (second,) = await looked(home, a, detect=_GROSS)
    assert (second.alert.id, second.alert.finding.gross) == (first.alert.id, True)
    assert second.alert.finding.seen > first.alert.finding.seen
    await busy(home, a, 1)
    assert await looked(home, a, detect=_GROSS) == []
    assert [action for action, _, _ in await raised_entries(home, a)] == [
        "alert.raised", "alert.worsened", "throttle.begun",
    ]  # fmt: skip
    assert await alerts_of(home, a) == [second.alert]


async def test_a_gross_spike_brakes_for_an_hour_unless_the_tenant_wants_none(
    home: House, a: Resident, b: Resident
) -> None:
    async with (await home.enter(b)).begin() as records:
        await change_alerting(records.settings, {"automatic_throttle": "off"})
    before = at()
    for one in (a, b):
        await busy(home, one, 6)
        await looked(home, one, detect=_GROSS)
    (braked,), (free,) = await alerts_of(home, a), await alerts_of(home, b)
    assert (free.finding.gross, free.throttled_until) == (True, None)
    assert braked.throttled_until is not None
    assert BRAKE_SECONDS <= braked.throttled_until - before < BRAKE_SECONDS + 60
    async with (await home.enter(a)).snapshot() as records:
        brake = await brake_in(records.settings, at())
        assert await brake_in(records.settings, at(BRAKE_SECONDS + 60)) is None
    assert brake is not None
    assert (brake.alert, brake.until, brake.ceilings) == (braked.id, braked.throttled_until, FLOORS)
    async with (await home.enter(b)).snapshot() as records:
        assert await brake_in(records.settings, at()) is None


async def test_a_gross_spike_of_yesterday_that_nobody_saw_is_an_alert_and_brakes_nothing_today(
    home: House, a: Resident
) -> None:
    await busy(home, a, 6)
    await age(home, a.id, 24)
    (raised,) = await looked(home, a, detect=_GROSS)
    assert (raised.alert.finding.gross, raised.alert.throttled_until) == (True, None)


async def _usual(home: House, one: Resident, weeks: int, requests: int) -> int:
    """Give a tenant a past in which each hour held about as much; return when the hour after it begins."""
    current = hour_of(at())
    rows = [
        {"tenant_id": one.id, "hour": current - ago * SECONDS, "requests": requests + ago % 7, "looked_at": 9e9}
        for ago in range(1, weeks * 7 * 24)
    ]
    async with home.foundation.store.tenant(one.id, writes=True) as db:
        await db.execute(sa.delete(activity))
        await db.execute(activity.insert(), rows)
    return current


async def test_with_a_past_the_detector_itself_lets_the_usual_be_and_brakes_what_is_far_beyond_it(
    home: House, a: Resident, b: Resident
) -> None:
    for one, seen in ((a, 205), (b, 30_000)):
        current = await _usual(home, one, 4, 200)
        async with home.foundation.store.tenant(one.id, writes=True) as db:
            await count(db, one.id, current + 1.0, Done(requests=seen))
    raised = await scanned(home.foundation, clock=lambda: current + 600.0)
    assert [(each.owner, each.alert.finding.kind) for each in raised] == [(b.id, Kind.SPIKE)]
    finding = raised[0].alert.finding
    assert (finding.gross, finding.seen, 190 < finding.expected < 300) == (True, 30_000, True)
    assert raised[0].alert.throttled_until == current + 600.0 + BRAKE_SECONDS
    assert await scanned(home.foundation, clock=lambda: current + 660.0) == []


async def test_a_spike_that_goes_on_when_the_brake_is_over_brakes_again_and_is_no_second_alert(
    home: House, a: Resident
) -> None:
    def once(
        past: Sequence[Hour], now: Hour, calendar: Calendar, since: int, known: Collection[Episode]
    ) -> list[Finding]:
        return [] if known else more_than(2, gross=6)(past, now, calendar, since, known)

    current = hour_of(at())

    async def looked_after(seconds: float, requests: int) -> list[float | None]:
        async with home.foundation.store.tenant(a.id, writes=True) as db:
            await count(db, a.id, current + seconds, Done(requests=requests))
        await scanned(home.foundation, a.id, clock=lambda: current + seconds, detect=once)
        return [each.throttled_until for each in await alerts_of(home, a)]

    first = current + SECONDS + 60.0
    assert await looked_after(SECONDS + 60.0, 9) == [first + BRAKE_SECONDS]
    assert await looked_after(SECONDS + 120.0, 9) == [first + BRAKE_SECONDS]  # it is on
    assert await looked_after(2 * SECONDS + 120.0, 4) == [first + BRAKE_SECONDS]  # usual again, but for what it was
    assert await looked_after(2 * SECONDS + 180.0, 9) == [current + 3 * SECONDS + 180.0]
    begun = [action for action, _, _ in await raised_entries(home, a)]
    assert begun == ["alert.raised", "throttle.begun", "throttle.begun"]
    async with (await home.enter(a)).begin() as records:
        await change_alerting(records.settings, {"automatic_throttle": "off"})
    assert await looked_after(4 * SECONDS, 9) == [current + 3 * SECONDS + 180.0]
