"""What a tenant does is counted by the hour, as numbers, in transactions that are there anyway."""

import asyncio
from dataclasses import replace

import sqlalchemy as sa

from tenancy.anomalies.activity import Done, count, hour_of
from tenancy.anomalies.detecting import HISTORY_HOURS
from tenancy.anomalies.hours import SECONDS, Signal
from tenancy.anomalies.scan import forget_hours, report
from tenancy.auditing.accesses import Accesses
from tenancy.ids import ClientId, new_id
from tenancy.metering import book
from tenancy.metering.book import Booked, Entry
from tenancy.metering.catalogue import Kind
from tenancy.metering.money import MicroUsd
from tenancy.metering.spending import Payer, Spent
from tenancy.metering.tariff import Rates, Terms
from tenancy.mint import Mint
from tenancy.stores.jobs import RE_EMBEDDING, UPLOADS
from tenancy.stores.schema import activity, due, lanes, state
from tests.tenancy.anomalies.alerting.raising import MISSED, READ, REFUSED, act, age, at, hours_of, looked, more_than
from tests.tenancy.building import NOWHERE, House, Resident
from tests.tenancy.lifecycle.rounds import scanned

_NEVER = more_than(1_000_000)


async def _now(home: House, one: Resident) -> dict[str, int]:
    """Return the counts of the running hour, those of two if it has just begun."""
    counts: dict[str, int] = {}
    for each in (await hours_of(home, one.id)).values():
        counts = {signal: counts.get(signal, 0) + value for signal, value in each.items()}
    return counts


async def test_requests_refusals_and_missing_ids_are_counted_for_their_own_tenant(
    home: House, a: Resident, b: Resident
) -> None:
    before = await _now(home, a)
    await act(await home.enter(a), READ, MISSED, REFUSED, READ, MISSED)
    after = await _now(home, a)
    grown = {signal: after[signal] - before[signal] for signal in after if after[signal] != before[signal]}
    assert grown == {"requests": 5, "refusals": 1, "foreign_ids": 2}
    assert (await _now(home, b))["foreign_ids"] == 0


async def test_what_is_counted_costs_no_transaction_of_its_own(home: House, a: Resident) -> None:
    writes = 0

    class Counting:
        def __getattr__(self, name: str) -> object:
            return getattr(home.foundation.store, name)

        def tenant(self, tenant: object, *, writes: bool, single: bool = False) -> object:
            nonlocal_count(writes)
            return home.foundation.store.tenant(tenant, writes=writes, single=single)  # type: ignore[arg-type]  # as it came

    def nonlocal_count(is_write: object) -> None:
        nonlocal writes
        writes += bool(is_write)

    store = Counting()
    mint = Mint(replace(home.foundation, store=store, accesses=Accesses()))  # type: ignore[arg-type]  # a store but for its type
    compartment = await mint.from_token(a.token, NOWHERE)
    await asyncio.gather(*(compartment.audit.record(READ) for _ in range(10)))
    assert writes <= 2


async def test_a_change_that_stands_in_the_trail_already_is_counted_with_the_next_access_or_look(
    home: House, a: Resident
) -> None:
    compartment = await home.enter(a)
    before = (await _now(home, a))["requests"]
    compartment.audit.count()
    await act(compartment, READ)
    assert (await _now(home, a))["requests"] == before + 2
    compartment.audit.count()
    compartment.audit.count()
    await looked(home, a, detect=_NEVER)
    await looked(home, a, detect=_NEVER)
    assert (await _now(home, a))["requests"] == before + 4


async def _booked(home: House, one: Resident, at: float, feature: str, kind: Kind, tokens: int, cost: int) -> None:
    keys = await home.foundation.keyring.open(one.id)
    async with home.foundation.store.tenant(one.id, writes=True) as db:
        epoch = (await db.execute(sa.select(state.c.epoch))).scalar_one()
        spent = Spent(kind, "m", Payer.OWN, tokens, 10 if kind is Kind.CHAT else 0, MicroUsd(cost), "prices-1")
        rates = Rates("standard", Terms(0, 0, MicroUsd(0)), "tariff-1")
        entry = Entry(new_id("use"), at, Booked("app", feature, "m", ClientId("cli_1")), "m", rates, opens=True)
        await book.add(db, keys, epoch, entry, spent)


async def test_tokens_money_and_the_largest_prompt_of_an_hour_are_those_of_its_ledger(home: House, a: Resident) -> None:
    now = float(hour_of(at()) + 1800)
    await _booked(home, a, now, "/v1/ask", Kind.CHAT, 700, 50)
    await _booked(home, a, now + 1, "/v1/ask", Kind.CHAT, 300, 30)
    await _booked(home, a, now + 2, "/v1/search", Kind.EMBEDDING, 40, 1)
    await _booked(home, a, now + 3, UPLOADS, Kind.EMBEDDING, 90_000, 7)
    await _booked(home, a, now + 4, RE_EMBEDDING, Kind.EMBEDDING, 900_000, 90)
    await _booked(home, a, now - SECONDS, "/v1/ask", Kind.CHAT, 5, 4)
    await scanned(home.foundation, a.id, clock=lambda: now + 10, detect=_NEVER)
    kept = await hours_of(home, a.id)
    told = [Signal.TOKENS, Signal.SPEND, Signal.PROMPT_SIZE]
    assert [kept[hour_of(now)][each] for each in told] == [700 + 300 + 20 + 40 + 90_000, 88, 700]
    assert [kept[hour_of(now) - SECONDS][each] for each in told] == [15, 4, 5]


async def test_an_hour_is_looked_at_until_it_was_seen_after_its_end_and_then_no_more(home: House, a: Resident) -> None:
    seen: list[int] = []

    def watching(*asked: object) -> list[object]:
        seen.append(asked[1].starts)  # type: ignore[attr-defined]  # the hour that is looked at
        return []

    await act(await home.enter(a), READ)
    await age(home, a.id, 30)  # nobody looked at it for more than a day
    (old,) = await hours_of(home, a.id)
    for _ in range(2):
        await looked(home, a, detect=watching)  # type: ignore[arg-type]  # a detector but for its types
    assert seen == [old]


async def test_hours_are_forgotten_when_no_baseline_looks_back_to_them_also_a_suspended_tenants(
    home: House, a: Resident, b: Resident
) -> None:
    for one in (a, b):
        await act(await home.enter(one), READ)
    await (await home.custody(b.id)).suspend()
    for later, left in ((HISTORY_HOURS - 2, 1), (HISTORY_HOURS + 2, 0)):
        for one in (a, b):
            await forget_hours(home.foundation, one.id, at(later * SECONDS))
        assert [len(await hours_of(home, one.id)) for one in (a, b)] == [left, left]


async def test_a_row_holds_numbers_and_no_word(home: House, a: Resident) -> None:
    await act(await home.enter(a), READ, REFUSED)
    async with home.foundation.store.tenant(a.id, writes=False) as db:
        row = (await db.execute(sa.select(activity))).first()
    assert row is not None
    assert {type(value) for name, value in row._asdict().items() if name != "tenant_id"} <= {int, float}


async def test_counts_of_one_hour_add_up_and_those_of_another_stand_apart(home: House, a: Resident) -> None:
    async with home.foundation.store.tenant(a.id, writes=True) as db:
        for at in (7200.0, 7200.9, 10_799.9, 10_800.0):
            await count(db, a.id, at, Done(requests=2, canaries=1))
    kept = await hours_of(home, a.id)
    assert [(hour, kept[hour]["requests"], kept[hour]["canaries"]) for hour in (7200, 10_800)] == [
        (7200, 6, 3),
        (10_800, 2, 1),
    ]


async def test_who_was_active_in_any_process_is_due_to_be_scanned(home: House, a: Resident, b: Resident) -> None:
    home.foundation.tally.active()
    await act(await home.enter(a), READ)
    before = (await _now(home, a))["requests"]
    (await home.enter(a)).audit.count()
    await report(home.foundation, home.foundation.tally.active())
    assert (await _now(home, a))["requests"] == before + 1
    async with home.foundation.store.registry(writes=False) as db:
        marked = sa.select(lanes.c.tenant_id).join(due, due.c.ref == lanes.c.ref)
        found = set((await db.execute(marked.where(due.c.kind == "scan", due.c.due_at <= at()))).scalars())
    assert (a.id in found, b.id in found) == (True, False)
