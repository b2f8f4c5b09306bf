"""Columns at rest: what was sealed comes back whole for its version, or not at all."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import sqlalchemy as sa

from tenancy.ids import VersionId, new_id
from tenancy.sealing import SealBroken
from tenancy.stores.columns import open_columns, seal_columns
from tenancy.stores.schema import columns
from tenancy.values.columns import ColumnKind, ColumnTable, TableColumn
from tests.tenancy.stores.rooms import Room, fresh_keys, one_table

_ROWS = 60_000
Blocks = list[tuple[int, bytes]]


def _large() -> ColumnTable:
    """Return a table of several blocks."""
    rows = np.arange(_ROWS, dtype=np.uint32)
    texts = tuple(f"{new_id('row')} {place}" for place in range(_ROWS))
    figures = rows.astype(np.int64) * 7
    column = TableColumn("Amount", ColumnKind.FIGURES, texts, rows, figures, 2, ("EUR",), np.zeros(_ROWS, np.uint8))
    return ColumnTable("Sheet", "Caption", (column,), rows * 9, rows // 4)


def test_tables_come_back_as_they_were() -> None:
    keys, version, table = fresh_keys(), VersionId("ver_1"), _large()
    sealed = seal_columns(keys, version, [one_table(("a", "", "b")), table])
    small, large = open_columns(keys, version, list(enumerate(sealed)))
    assert len(sealed) > 1
    assert small.columns[0].texts == ("a", "", "b")
    (before,), (after,) = table.columns, large.columns
    assert (after.name, after.kind, after.scale, after.units, after.texts) == (
        "Amount", ColumnKind.FIGURES, 2, ("EUR",), before.texts,
    )  # fmt: skip
    assert (large.sheet, large.caption, len(large)) == ("Sheet", "Caption", _ROWS)
    for kept, given in (
        (large.starts, table.starts),
        (large.ordinals, table.ordinals),
        (after.figures, before.figures),
    ):
        assert np.array_equal(kept, given)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(lambda blocks: blocks[:-1], id="the last is gone"),
        pytest.param(lambda blocks: blocks[1:], id="the first is gone"),
        pytest.param(lambda blocks: [(0, blocks[1][1]), (1, blocks[0][1]), *blocks[2:]], id="two are swapped"),
        pytest.param(lambda blocks: [*blocks, (len(blocks), blocks[0][1])], id="one is there twice"),
    ],
)
def test_blocks_that_are_not_all_and_in_place_do_not_open(changed: Callable[[Blocks], Blocks]) -> None:
    keys, version = fresh_keys(), VersionId("ver_1")
    sealed: Sequence[bytes] = seal_columns(keys, version, [_large()])
    with pytest.raises(SealBroken):
        open_columns(keys, version, changed(list(enumerate(sealed))))


async def test_a_version_opens_its_own_columns_and_one_without_has_none(a: Room, b: Room) -> None:
    document = await a.add()
    await a.publish(document)
    async with a.snapshot() as records:
        (table,) = await records.columns.open(document.version)
        assert table.columns[0].texts == ("one", "two", "three")
        assert await records.columns.open(VersionId(new_id("ver"))) == ()
    async with b.snapshot() as records:
        assert await records.columns.open(document.version) == ()


async def test_columns_go_with_their_document(a: Room) -> None:
    document = await a.add()
    await a.publish(document)
    async with a.begin() as records:
        await records.documents.delete(document.id)
    assert await a.tamper(sa.select(columns)) == []
