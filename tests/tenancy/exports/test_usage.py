"""The ledger in an export is the ledger: every row once, with its tenant's words, to the last micro-dollar."""

import pytest
import sqlalchemy as sa
from pyrage import x25519

from tenancy.exports.making import export_of
from tenancy.metering.spending import Payer
from tenancy.metering.usage import Group, Totals
from tenancy.sealing import SealBroken
from tenancy.stores.schema import usage, usage_labels
from tests.tenancy.building import House, Resident, upload
from tests.tenancy.exports.reading import lines, unpacked, until_broken_off, whole
from tests.tenancy.lifecycle.rounds import booked
from tests.tenancy.metering.tariffs import Call, at, tariff_of, write

KEY = x25519.Identity.generate()
_SINCE, _UNTIL = at("2026-01-01"), at("2026-07-01")
_CALLS = [
    Call(at("2026-01-31T23:59:59"), "intranet", "our-own-model", own=False, estimate=10, cost=901),
    Call(at("2026-02-01"), "intranet", "our-own-model", own=True, estimate=10, cost=77),
    Call(at("2026-02-20"), "=cmd()", "small", own=False, estimate=10, cost=1_001),
    Call(at("2026-02-21"), "gone", "small", own=False, estimate=10, cost=None),
    Call(at("2026-05-02"), "intranet", "small", own=False, estimate=10, cost=333),
]


async def _export(home: House, one: Resident) -> dict[str, bytes]:
    made = export_of(await home.enter(one), home.foundation.exports, str(KEY.to_public()))
    return unpacked(await whole(made), KEY)


def _sums(rows: list[dict[str, object]]) -> Totals:
    def of(name: str, among: list[dict[str, object]] = rows) -> int:
        return sum(int(str(row[name])) for row in among)

    return Totals(
        calls=len(rows), opened=sum(row["first_of_request"] is True for row in rows),
        estimated=sum(row["exact"] is False for row in rows), prompt_tokens=of("prompt_tokens"),
        completion_tokens=of("completion_tokens"), embedding_tokens=of("embedding_tokens"),
        byte_days=of("byte_days"), cost=of("cost_microusd"),
        own=of("cost_microusd", [row for row in rows if row["payer"] == Payer.OWN]),
        covered=of("included_microusd"), charge=of("charged_microusd"),
    )  # fmt: skip


async def _reported(home: House, one: Resident) -> dict[tuple[str, ...], Totals]:
    async with (await home.enter(one)).snapshot() as records:
        found = await records.usage.report(_SINCE, _UNTIL, [Group.APP, Group.FEATURE, Group.MODEL])
    return {line.words: line.totals for line in found}


async def test_the_rows_of_an_export_add_up_to_the_ledger_line_by_line(home: House, a: Resident, b: Resident) -> None:
    for one in (a, b):
        await write(home, one, tariff_of(home.data), _CALLS)
    rows = lines(await _export(home, a), "usage/")
    lines_of = {tuple(str(row[name]) for name in ("app", "feature", "model")) for row in rows}
    divided = {
        words: _sums([row for row in rows if (row["app"], row["feature"], row["model"]) == words]) for words in lines_of
    }
    assert divided == await _reported(home, a)
    assert _sums(rows).cost == 901 + 77 + 1_001 + 333
    assert [row["at"] for row in rows] == [call.at for call in _CALLS if call.cost is not None]
    assert {row["client"] for row in rows} == {"cli_1"}
    assert {(row["price_version"], row["plan"]) for row in rows} == {("prices", "standard")}


async def test_a_ledger_of_many_pages_is_exported_once_and_whole(home: House, a: Resident) -> None:
    await write(home, a, tariff_of(home.data), _CALLS)
    async with home.foundation.store.tenant(a.id, writes=True) as db:
        first = dict((await db.execute(sa.select(usage).limit(1))).mappings().one())
        more = [first | {"id": f"use_x{number}", "cost": number % 7} for number in range(4_100)]
        await db.execute(usage.insert(), more)
    files = await _export(home, a)
    assert [path for path in files if path.startswith("usage/")] == [f"usage/0000{page}.jsonl" for page in (1, 2, 3)]
    rows = lines(files, "usage/")
    assert len({row["id"] for row in rows}) == len(rows) == 4_104
    reported = list((await _reported(home, a)).values())
    assert _sums(rows).cost == sum(each.cost for each in reported)
    assert _sums(rows).calls == sum(each.calls for each in reported)


async def test_a_day_of_storage_is_a_row_like_any_other(home: House, a: Resident) -> None:
    await upload(await home.enter(a), "a.txt", "x" * 3_000)
    assert await booked(home.foundation) == 1
    (row,) = lines(await _export(home, a), "usage/")
    assert (row["kind"], row["payer"], row["feature"], row["byte_days"]) == ("storage", "platform", "storage", 3_000)
    assert (row["app"], row["client"], row["first_of_request"]) == ("", "", False)


async def test_a_ledger_without_a_row_is_an_empty_file(home: House, a: Resident) -> None:
    assert (await _export(home, a))["usage/00001.jsonl"] == b""


@pytest.mark.parametrize("change", [usage_labels.update().values(body=b"\0" * 90), sa.delete(usage_labels)])
async def test_L39_a_row_whose_words_were_changed_or_taken_away_ends_the_export_and_is_in_no_report(
    home: House, a: Resident, change: sa.Executable
) -> None:
    await write(home, a, tariff_of(home.data), _CALLS)
    before = await whole(export_of(await home.enter(a), home.foundation.exports, str(KEY.to_public())))
    await home.execute(a.id, change)
    export = export_of(await home.enter(a), home.foundation.exports, str(KEY.to_public()))
    assert len(await until_broken_off(export, SealBroken)) < len(before)
    with pytest.raises(SealBroken):
        await _reported(home, a)
