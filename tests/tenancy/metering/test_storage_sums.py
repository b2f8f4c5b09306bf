"""What tenants keep adds up: ledger, report, table and roll-up are one sum, without a lost micro-dollar."""

import csv
import io
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import floor

from app.spending.written import amounts_of, table
from tenancy.metering.covering import month_of
from tenancy.metering.rollup import Division, rollup
from tenancy.metering.usage import Group, Line, Totals
from tests.tenancy.building import House, Resident
from tests.tenancy.metering.keeping import DAY, GB, NOON, SINCE, UNTIL, booked, home, keep, look, stores
from tests.tenancy.metering.tariffs import at

__all__ = ["home", "stores"]


async def _lines(home: House, one: Resident, groups: list[Group]) -> list[Line]:
    async with (await home.enter(one)).snapshot() as records:
        return await records.usage.report(SINCE, UNTIL, groups)


async def _check_sums(home: House, one: Resident, wanted: Totals) -> None:
    """See that ledger, report, table and roll-up agree on one sum, all of it the platform's."""
    rows = await booked(home, one)
    assert (sum(row.cost for row in rows), sum(row.byte_days for row in rows)) == (wanted.cost, wanted.byte_days)
    for groups in ([Group.DAY], [Group.APP, Group.FEATURE, Group.MODEL], list(Group)):
        lines = await _lines(home, one, groups)
        total = Totals()
        for line in lines:
            total = total.plus(line.totals)
        assert total == wanted
        cells = list(csv.DictReader(io.StringIO(table(lines, groups))))
        for name, amount in amounts_of(wanted).items():
            assert sum(Decimal(row[name]) for row in cells) * 1_000_000 == amount
        assert sum(int(row["storage_byte_days"]) for row in cells) == wanted.byte_days
    for by in ([Division.TENANT], [Division.MONTH, Division.FEATURE, Division.MODEL, Division.APP]):
        total = Totals()
        for line in await rollup(home.foundation, SINCE, UNTIL, by, one.id):
            total = total.plus(line.totals)
        assert total == wanted


_TERMS = ((at("2026-04-01"), Fraction(0), 0), (at("2026-02-15"), Fraction(1), 500), (0.0, Fraction(3, 2), 1_000))
"""The standard plan's terms by hand: from when, what a micro-dollar of storage is charged, what a month includes."""


@dataclass(slots=True)
class Expected:
    """What is to come out, worked out in fractions; days come in their order."""

    cost: Fraction = Fraction(0)
    gross: Fraction = Fraction(0)
    byte_days: int = 0
    charge: int = 0
    covered: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, moment: float, kept: int) -> None:
        """Work a day out."""
        _, part, included = next(terms for terms in _TERMS if terms[0] <= moment)
        price = 80_000 if moment < at("2026-03-01") else 100_000
        cost = self.cost + Fraction(kept * price, 30 * GB)
        gross = self.gross + (floor(cost) - floor(self.cost)) * part
        amount, month = floor(gross) - floor(self.gross), month_of(moment)
        covered = min(amount, max(0, included - self.covered[month]))
        self.covered[month] += covered
        self.charge += amount - covered
        self.cost, self.gross, self.byte_days = cost, gross, self.byte_days + kept

    @property
    def totals(self) -> Totals:
        """The sums."""
        covered = sum(self.covered.values())
        return Totals(byte_days=self.byte_days, cost=floor(self.cost), covered=covered, charge=self.charge)


async def test_what_is_kept_for_months_costs_what_it_comes_to_under_every_price_and_term(
    home: House, a: Resident, b: Resident
) -> None:
    await keep(home, b, 7 * GB)
    expected = Expected()
    for day in range(120):
        moment, kept = SINCE + day * DAY, 10**7 + day * 1_234_567_890
        await keep(home, a, kept)
        assert await look(home.foundation, moment + 61) == 2
        expected.add(moment, kept)
    wanted = expected.totals
    assert wanted.charge > wanted.covered > 500
    await _check_sums(home, a, wanted)
    words = {line.words for line in await _lines(home, a, [Group.APP, Group.FEATURE, Group.MODEL])}
    assert words == {("", "storage", "")}


async def test_a_file_too_small_for_a_micro_dollar_a_day_is_not_rounded_to_one_and_not_forgotten(
    home: House, a: Resident
) -> None:
    await keep(home, a, 100_000)  # 0.27 micro-dollars a day
    for day in range(30):
        await look(home.foundation, NOON + day * DAY)
    rows = await booked(home, a)
    assert [sum(row.cost for row in rows[:days]) for days in (1, 3, 4, 30)] == [0, 0, 1, 8]
    assert {row.cost for row in rows} == {0, 1}
