"""A report over all tenants comes in pages that together are the whole, on SQLite and PostgreSQL alike."""

from collections.abc import Sequence

import pytest

from tenancy.metering.rollup import Division, Report, rollup, rollup_page
from tenancy.metering.usage import Line
from tenancy.stores.databases.cursors import InvalidCursor
from tests.tenancy.building import House, Resident
from tests.tenancy.metering.keeping import DAY, GB, NOON, SINCE, UNTIL, home, keep, look, stores

__all__ = ["home", "stores"]


async def _pages(home: House, report: Report, limit: int) -> Sequence[Sequence[Line]]:
    lines, following = await rollup_page(home.foundation, report, limit)
    pages = [lines]
    while following is not None:
        lines, following = await rollup_page(home.foundation, report, limit, following)
        pages.append(lines)
    return pages


@pytest.mark.parametrize("groups", [(Division.TENANT, Division.DAY), (Division.DAY,)])
async def test_L64_the_pages_of_a_report_are_the_report(
    home: House, a: Resident, b: Resident, groups: Sequence[Division]
) -> None:
    for one in (a, b, await home.settle("Cedar & Sons")):
        await keep(home, one, GB)
    for day in range(4):
        await look(home.foundation, NOON + day * DAY)
    whole = await rollup(home.foundation, SINCE, UNTIL, groups)
    report = Report(SINCE, UNTIL, groups)
    assert len(whole) == 4 * (3 if Division.TENANT in groups else 1)
    for limit in (3, 4, 100):
        pages = await _pages(home, report, limit)
        assert [line for page in pages for line in page] == whole
        assert max(map(len, pages)) <= limit
    for wrong in ("", "x", "1", "-1.", "1.ten_nobody", "²."):
        with pytest.raises(InvalidCursor):
            await rollup_page(home.foundation, report, 3, wrong)
