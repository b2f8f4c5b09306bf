"""What is unusual becomes an alert once: with its entry in the audit, or not at all."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest
import sqlalchemy as sa

from tenancy.anomalies.alerts import Alert, DeliveryState
from tenancy.anomalies.chosen import change_alerting
from tenancy.anomalies.hours import SECONDS, Finding, Kind
from tenancy.anomalies.scan import NotJudged, scan
from tenancy.anomalies.tally import Tally
from tenancy.erasure import request_erasure, run_erasure
from tenancy.errors import NotFound, ServiceError
from tenancy.limits.brake import Brakes, brake_in
from tenancy.sealing import SealBroken
from tenancy.stores.databases.cursors import InvalidCursor
from tenancy.stores.schema import alerts
from tenancy.tripwires.alarms import Surface
from tenancy.tripwires.tokens import new_owner
from tests.tenancy.anomalies.alerting.raising import age, alerts_of, at, busy, looked, more_than, raised_entries
from tests.tenancy.building import OPERATOR, House, Resident
from tests.tenancy.failing import FailingStore, Fuse
from tests.tenancy.lifecycle.rounds import scanned

_SOME = more_than(2)
_GROSS = more_than(2, gross=6)


async def test_an_unusual_hour_is_one_alert_with_its_entry_however_often_it_is_looked_at(
    home: House, a: Resident
) -> None:
    await busy(home, a)
    for _ in range(3):
        await looked(home, a, detect=_SOME)
        await busy(home, a, 1)
    (alert,) = await alerts_of(home, a)
    assert (alert.finding.kind, alert.finding.gross, alert.throttled_until) == (Kind.SPIKE, False, None)
    assert await raised_entries(home, a) == [("alert.raised", alert.id, "service:anomalies")]


async def test_two_processes_that_look_at_the_same_moment_raise_it_once(home: House, a: Resident) -> None:
    await busy(home, a)
    others = [replace(home.foundation, tally=Tally(), brakes=Brakes()) for _ in range(6)]
    raised = await asyncio.gather(*(scanned(on, a.id, detect=_SOME) for on in others))
    assert sum(map(len, raised)) == 1
    assert len(await alerts_of(home, a)) == 1
    for on in others:
        assert await scanned(on, a.id, detect=_SOME) == []


async def test_the_database_itself_refuses_a_second_alert_for_one_episode(home: House, a: Resident) -> None:
    await busy(home, a)
    await looked(home, a, detect=_SOME)
    (alert,) = await alerts_of(home, a)
    with pytest.raises(sa.exc.IntegrityError):
        async with (await home.enter(a)).begin() as records:
            await records.alerts.add(9_999, replace(alert, id="alr_" + "0" * 24), None)


async def test_a_look_that_is_killed_anywhere_leaves_nothing_or_all_and_the_next_one_makes_it_whole(
    home: House, a: Resident
) -> None:
    await busy(home, a, 6)
    fuse = Fuse()
    on = replace(home.foundation, store=FailingStore(home.foundation.store, fuse))
    for fails_at in range(1, 40):
        fuse.arm(fails_at)
        with suppress(ServiceError):
            await scanned(on, a.id, detect=_GROSS)
        found, entries = await alerts_of(home, a), await raised_entries(home, a)
        async with (await home.enter(a)).snapshot() as records:
            brake = await brake_in(records.settings, at())
        assert (len(found), len(entries), brake is not None) in {(0, 0, False), (1, 2, True)}
        if fuse.calls < fails_at:
            break
    fuse.arm(0)
    assert len(await alerts_of(home, a)) == 1
    assert fails_at > 4


async def test_a_tenant_is_judged_by_its_own_hours_and_its_alerts_are_nobody_elses(
    home: House, a: Resident, b: Resident
) -> None:
    await busy(home, b)
    raised = await scanned(home.foundation, detect=_SOME)
    assert [each.owner for each in raised] == [b.id]
    (theirs,) = await alerts_of(home, b)
    assert await alerts_of(home, a) == []
    async with (await home.enter(a)).snapshot() as records:
        for asked in (theirs.id, "alr_" + "0" * 24, "alr_", "x"):
            with pytest.raises(NotFound):
                await records.alerts.get(asked)
    async with (await home.enter(b)).snapshot() as records:
        assert await records.alerts.get(theirs.id) == theirs


async def test_L17_a_cursor_of_alerts_is_good_for_this_list_of_this_tenant(
    home: House, a: Resident, b: Resident
) -> None:
    for one in (a, b):
        await busy(home, one)
        await looked(home, one, detect=_SOME)
        await age(home, one.id, 1)
        await busy(home, one)
        await looked(home, one, detect=_SOME)
    async with (await home.enter(a)).snapshot() as records:
        (newest,), cursor = await records.alerts.page(1, None)
        ((older,), end) = await records.alerts.page(1, cursor)
    assert end is None
    assert newest.made_at >= older.made_at
    assert newest.id != older.id
    async with (await home.enter(b)).snapshot() as records:
        with pytest.raises(InvalidCursor):
            await records.alerts.page(1, cursor)
        with pytest.raises(InvalidCursor):
            await records.audit.page(1, cursor)


async def test_a_suspended_tenant_is_not_looked_at_and_a_resumed_one_is(home: House, a: Resident) -> None:
    await busy(home, a)
    await (await home.custody(a.id)).suspend()
    assert await scanned(home.foundation, detect=_SOME) == []
    await (await home.custody(a.id)).resume()
    assert len(await scanned(home.foundation, detect=_SOME)) == 1


async def test_hours_that_cannot_be_judged_fail_and_are_judged_the_next_time(home: House, a: Resident) -> None:
    await busy(home, a)

    def stumbles(*_hours: object) -> list[Finding]:
        raise ZeroDivisionError

    with pytest.raises(NotJudged) as told:
        await scan(home.foundation, a.id, detect=stumbles)
    assert type(told.value.__cause__) is ZeroDivisionError
    assert len(await scanned(home.foundation, a.id, detect=_SOME)) == 1


async def test_a_canary_in_a_question_is_an_alert_at_the_next_look_and_asks_for_one_at_once(
    home: House, a: Resident
) -> None:
    token = home.foundation.tripwires.recogniser.make(new_owner())
    compartment = await home.enter(a)
    tally = home.foundation.tally
    assert not tally.rung.is_set()
    await compartment.tripwires.sound(compartment.tripwires.found(token), Surface.QUESTION, blocked=False)
    assert tally.rung.is_set()
    assert tally.pressing() == [a.id]
    (raised,) = await scanned(home.foundation, a.id)  # by the detector itself
    assert raised.alert.finding.kind is Kind.CANARY
    assert (raised.alert.finding.seen, raised.alert.throttled_until) == (1, None)


async def test_L39_L40_an_alert_rests_sealed_and_one_that_was_moved_or_edited_does_not_open(
    home: House, a: Resident, b: Resident
) -> None:
    for one in (a, b):
        await busy(home, one)
        await looked(home, one, detect=_SOME)
    held = b"".join(path.read_bytes() for path in (home.data / "tenants" / a.id).iterdir())
    assert (await alerts_of(home, a))[0].id.encode() in held
    for word in (b"spike", b"throttled_until"):
        assert word not in held
    async with home.foundation.store.tenant(b.id, writes=False) as db:
        theirs = (await db.execute(sa.select(alerts))).one()
    async with home.foundation.store.tenant(a.id, writes=False) as db:
        own = (await db.execute(sa.select(alerts))).one()
    for change in ({"body": theirs.body}, {"body": theirs.body, "id": theirs.id}, {"id": "alr_" + "0" * 24}):
        await home.execute(a.id, alerts.update().values(**change))
        with pytest.raises(SealBroken):
            await alerts_of(home, a)
        await home.execute(a.id, alerts.update().values(id=own.id, body=own.body))


async def test_L42_alerts_and_counts_go_with_their_tenant(home: House, a: Resident) -> None:
    await busy(home, a)
    await looked(home, a, detect=_SOME)
    erasure = await request_erasure(home.mint, home.foundation, OPERATOR, a.id, "a test")
    receipt = await run_erasure(home.foundation, erasure)
    for table in ("alerts", "activity"):
        assert (receipt.counts_before[table] > 0, receipt.counts_after[table]) == (True, 0)
    assert await scanned(home.foundation, detect=_SOME) == []


async def test_with_a_webhook_an_alert_is_due_at_once_and_without_one_never(
    home: House, a: Resident, b: Resident
) -> None:
    async with (await home.enter(a)).begin() as records:
        given = {"webhook_url": "https://alerts.example/hook", "webhook_secret": "x" * 24}
        await change_alerting(records.settings, given)
    made: dict[str, Alert] = {}
    for one in (a, b):
        await busy(home, one)
        (made[one.id],) = [each.alert for each in await looked(home, one, detect=_SOME)]
    assert [made[one.id].delivery for one in (a, b)] == [DeliveryState.PENDING, DeliveryState.NONE]
    due = [(await scan(home.foundation, one.id, detect=_SOME)).deliver_at for one in (a, b)]
    assert due[0] is not None
    assert due[0] <= at()
    assert due[1] is None


async def test_the_clock_of_a_look_decides_which_hour_it_is(home: House, a: Resident) -> None:
    await busy(home, a)
    assert await looked(home, a, detect=_SOME, later=-2.0 * SECONDS) == []
    assert len(await looked(home, a, detect=_SOME)) == 1
