"""The same change with the records in PostgreSQL: its statements count, page and delete there too."""

from pathlib import Path

import sqlalchemy as sa

from tenancy.embedder_change.model import ChangeState, EmbedderChange
from tenancy.embedder_change.service import find_change
from tenancy.embedder_change.tasks import advance
from tenancy.models.terms import TERMS
from tenancy.stores import schema
from tenancy.stores.databases.postgres import PostgresStore
from tenancy.stores.vectors import BLOCK_ROWS
from tests.tenancy.building import house, upload
from tests.tenancy.embedder_change.anew import OTHER, LetterCounts, ask, change, searched, with_two
from tests.tenancy.stores.cluster import Database


async def test_a_change_comes_to_its_end_on_postgresql(folder: Path, database: Database) -> None:
    async with house(folder, store=PostgresStore(database.owner)) as opened:
        home = with_two(opened, LetterCounts())
        a, b = await home.settle("Alder"), await home.settle("Birch")
        texts = [f"Berth {number} of the harbour." for number in range(BLOCK_ROWS + 20)]
        for one in (a, b):
            await upload(await home.enter(one), "berths.txt", "\n\n".join(texts))
        await home.drain()
        before, theirs = await searched(home, a), await searched(home, b)
        await home.execute(a.id, schema.versions.update().values(terms_generation=TERMS - 1))
        await ask(home, a, OTHER)
        assert not await advance(home.foundation, a.id, seconds=0.0)  # terms
        assert not await advance(home.foundation, a.id, seconds=0.0)  # a block
        under_way = EmbedderChange(OTHER, ChangeState.EMBEDDING, len(texts), 20)
        assert await find_change(home.foundation, a.id) == ("minilm", under_way)
        assert await searched(home, a) == before
        await change(home, a)
        assert await find_change(home.foundation, a.id) == (OTHER, None)
        assert await searched(home, a) != before
        assert await searched(home, b) == theirs
        counted = sa.select(schema.blocks.c.embedder, sa.func.count()).group_by(schema.blocks.c.embedder)
        async with home.foundation.store.tenant(a.id, writes=False) as db:
            assert [tuple(row) for row in await db.execute(counted)] == [(OTHER, 2)]
