"""What an erased tenant spent stays in the books as the sums of its months, and goes on a day of its own."""

import pytest
import sqlalchemy as sa

from tenancy.erasure import ACCOUNTS_SECONDS, RETENTION_SECONDS, USAGE_TOTALS, pending_erasures, run_erasure
from tenancy.errors import Unavailable
from tenancy.metering.rollup import Division, forget_months, rollup
from tenancy.metering.usage import Totals
from tenancy.stores.schema import SUMMED, accounts
from tests.tenancy.building import House, Resident, over
from tests.tenancy.erasure.erasing import ask, erase
from tests.tenancy.failing import FailingStore, Fuse
from tests.tenancy.metering.tariffs import Call, at, tariff_of, write

_SINCE, _UNTIL = at("2026-01-01"), at("2026-07-01")
_CALLS = [
    Call(at("2026-01-31T23:59:59"), "secret-project", "our-own-model", own=False, estimate=10, cost=901),
    Call(at("2026-02-01"), "secret-project", "our-own-model", own=True, estimate=10, cost=77),
    Call(at("2026-02-20"), "secret-project", "our-own-model", own=False, estimate=10, cost=1_001),
]


async def _months(home: House) -> dict[tuple[str, str], Totals]:
    """Return every tenant's months, which are what an operator is shown of erased ones."""
    by = (Division.TENANT, Division.MONTH)
    lines = await rollup(home.foundation, _SINCE, _UNTIL, by)
    return {(line.words[0], line.words[1]): line.totals for line in lines}


async def test_an_operators_report_says_the_same_before_and_after_an_erasure(
    home: House, a: Resident, b: Resident
) -> None:
    for one in (a, b):
        await write(home, one, tariff_of(home.data), _CALLS)
    before = await _months(home)
    assert before[a.id, "2026-02"].own == 77
    receipt = await erase(home, a)
    assert await _months(home) == before
    assert receipt.counts_after["usage"] == receipt.counts_after["usage_months"] == 0
    assert receipt.retained[USAGE_TOTALS] == receipt.requested_at + ACCOUNTS_SECONDS
    assert ACCOUNTS_SECONDS > RETENTION_SECONDS


async def test_a_tenant_that_spent_nothing_leaves_no_months_and_its_receipt_names_none(
    home: House, a: Resident
) -> None:
    assert set((await erase(home, a)).retained) == {"audit"}


async def test_L42_no_word_of_an_erased_tenant_is_in_what_is_kept_of_its_spending(home: House, a: Resident) -> None:
    await write(home, a, tariff_of(home.data), _CALLS)
    await erase(home, a)
    async with home.foundation.store.registry(writes=False) as db:
        rows = (await db.execute(sa.select(accounts))).all()
    assert len(rows) == 2
    assert {value for row in rows for value in row if isinstance(value, str)} == {a.id, "standard"}
    assert tuple(Totals().named()) == SUMMED


async def test_an_erasure_that_fails_at_any_step_keeps_the_months_once_and_whole(home: House, a: Resident) -> None:
    await write(home, a, tariff_of(home.data), _CALLS)
    before = await _months(home)
    await ask(home, a)
    fuse, failed, step = Fuse(), 0, 0
    failing = over(home.foundation, FailingStore(home.foundation.store, fuse))
    while failed == step:
        step += 1
        fuse.arm(step)
        try:
            for erasure in await pending_erasures(failing):
                await run_erasure(failing, erasure)
        except Unavailable:
            failed += 1
        assert await _months(home) == before
    assert failed > 8


@pytest.mark.parametrize(("seconds", "left"), [(-60, 2), (60, 0)])
async def test_the_months_of_an_erased_tenant_go_when_their_time_is_over(
    home: House, a: Resident, seconds: int, left: int
) -> None:
    await write(home, a, tariff_of(home.data), _CALLS)
    receipt = await erase(home, a)
    gone = await forget_months(home.foundation, receipt.requested_at + ACCOUNTS_SECONDS + seconds)
    assert gone == 2 - left
    assert len(await _months(home)) == left
