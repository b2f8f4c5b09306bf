"""Ledger, a tenant's report, its table and the operator's roll-up are one sum, to the last micro-dollar."""

import asyncio
import csv
import io
import random
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from app.spending.written import amounts_of, table
from tenancy.metering.rollup import Division, rollup
from tenancy.metering.usage import Group, Totals
from tenancy.stores.databases.postgres import PostgresStore
from tenancy.stores.schema import usage, usage_months
from tests.tenancy.building import House, Resident, fresh_folder, house
from tests.tenancy.metering.tariffs import Call, Expected, at, tariff_of, write
from tests.tenancy.stores.cluster import Database

_SINCE, _UNTIL = at("2026-01-01"), at("2026-07-01")
_BY = ((Group.DAY,), (Group.APP, Group.MODEL), (Group.DAY, Group.APP, Group.FEATURE, Group.MODEL))
_ROLLED = ((Division.TENANT,), (Division.PLAN, Division.MONTH), (Division.DAY, Division.APP, Division.MODEL))
_AMOUNTS = st.integers(0, 400)
_CALLS = st.lists(
    st.builds(
        Call, st.floats(_SINCE, _UNTIL - 1), st.sampled_from(["one", "two"]), st.sampled_from(["small", "large"]),
        st.booleans(), _AMOUNTS, st.none() | _AMOUNTS,
    ),
    max_size=25,
)  # fmt: skip


def _amounts(totals: list[Totals]) -> tuple[int, int, int, int]:
    each = [(one.cost, one.own, one.covered, one.charge) for one in totals]
    cost, own, covered, charge = (sum(column) for column in zip(*each, strict=True)) if each else (0, 0, 0, 0)
    return cost, own, covered, charge


async def _ledger(home: House, one: Resident) -> tuple[int, int, int, int]:
    async with home.foundation.store.tenant(one.id, writes=False) as db:
        rows = (await db.execute(sa.select(usage).where(usage.c.tenant_id == one.id))).all()
    own = sum(row.cost for row in rows if row.payer == "own")
    return sum(row.cost for row in rows), own, sum(row.covered for row in rows), sum(row.charge for row in rows)


async def _check(home: House, folder: Path, calls: list[Call]) -> None:
    spender, other = await home.settle("Spender"), await home.settle("Other")
    expected = Expected()
    for call in calls:
        expected.add(call)
    theirs = [Call(_SINCE + 5, "theirs", "small", own=False, estimate=7, cost=7_777)]
    tariff = tariff_of(folder)
    await write(home, spender, tariff, calls)
    await write(home, other, tariff, theirs)
    wanted = (expected.cost, expected.own, expected.covered, expected.charge)
    assert await _ledger(home, spender) == wanted
    for groups in _BY:
        async with (await home.enter(spender)).snapshot() as records:
            lines = await records.usage.report(_SINCE, _UNTIL, groups)
        assert _amounts([line.totals for line in lines]) == wanted
        rows = list(csv.DictReader(io.StringIO(table(lines, groups))))
        for name, amount in amounts_of(
            Totals(cost=wanted[0], own=wanted[1], covered=wanted[2], charge=wanted[3])
        ).items():
            assert sum(Decimal(row[name]) for row in rows) * 1_000_000 == amount
    for divisions in _ROLLED:
        mine = await rollup(home.foundation, _SINCE, _UNTIL, divisions, spender.id)
        everybody = await rollup(home.foundation, _SINCE, _UNTIL, divisions)
        assert _amounts([line.totals for line in mine]) == wanted
        assert _amounts([line.totals for line in everybody])[0] == wanted[0] + 7_777
    async with home.foundation.store.tenant(spender.id, writes=False) as db:
        kept = {
            row.month: row.covered
            for row in (await db.execute(sa.select(usage_months).where(usage_months.c.tenant_id == spender.id))).all()
        }
    used = {int(month.replace("-", "")): covered for month, covered in expected.used.items()}
    assert {month: covered for month, covered in kept.items() if covered} == {m: c for m, c in used.items() if c}


@settings(max_examples=12)
@given(_CALLS)
def test_over_months_with_changing_tariffs_every_report_is_the_ledger(calls: list[Call]) -> None:
    folder = fresh_folder()

    async def work() -> None:
        async with house(folder) as home:
            await _check(home, folder, calls)

    try:
        asyncio.run(work())
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize("seed", [1, 2])
async def test_over_months_with_changing_tariffs_every_report_is_the_ledger_on_postgresql(
    folder: Path, database: Database, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    calls = [
        Call(
            chance.uniform(_SINCE, _UNTIL - 1), chance.choice("ab"), chance.choice("xy"), chance.random() < 0.3,
            chance.randrange(400), chance.choice([None, *range(0, 400, 7)]),
        )
        for _ in range(40)
    ]  # fmt: skip
    async with house(folder, store=PostgresStore(database.owner)) as home:
        await _check(home, folder, calls)


async def test_calls_at_once_are_not_covered_by_the_same_micro_dollar(home: House, a: Resident, folder: Path) -> None:
    calls = [Call(_SINCE + number, f"app {number}", "small", own=False, estimate=90, cost=80) for number in range(30)]
    tariff = tariff_of(folder)
    await asyncio.gather(*(write(home, a, tariff, [call], first=number) for number, call in enumerate(calls)))
    _, _, covered, charge = await _ledger(home, a)
    assert covered == 1_000
    assert covered + charge == 30 * 90  # 80 and an eighth
