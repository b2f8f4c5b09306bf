"""A whole deployment below HTTP with its records in PostgreSQL: provisioning, ingestion, suspension, erasure."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from retrieval.search import Search, search
from tenancy.credentials import Circumstances
from tenancy.erasure import RETAINED, request_erasure, run_erasure
from tenancy.identity.binding import SETTINGS
from tenancy.provision import NewTenant, provision
from tenancy.sealing import SealBroken
from tenancy.stores import schema
from tenancy.stores.databases.postgres import PostgresStore
from tenancy.stores.epoch import ScopeEnded
from tenancy.stores.registry import NameTaken
from tenancy.stores.views import DocumentStatus
from tenancy.tokens import TokenRefused
from tenancy.tripwires.sentinels import ensure_sentinels
from tests.standins.issuer import Issuer, issuer
from tests.tenancy.building import OPERATOR, House, Resident, house, upload
from tests.tenancy.identity import agreed
from tests.tenancy.stores.cluster import Database

__all__ = ["issuer"]


@pytest.fixture
async def home(folder: Path, database: Database) -> AsyncIterator[House]:
    """Yield a deployment without tenants whose records are in PostgreSQL."""
    async with house(folder, store=PostgresStore(database.owner)) as opened:
        yield opened


@pytest.fixture
async def a(home: House) -> Resident:
    """Return tenant A."""
    return await home.settle("Alder & Sons")


@pytest.fixture
async def b(home: House) -> Resident:
    """Return tenant B, A's twin."""
    return await home.settle("Birch & Sons")


async def _rows(database: Database, resident: Resident) -> dict[str, int]:
    found = {}
    for table in schema.tenant.sorted_tables:
        query = sa.select(sa.func.count()).select_from(table).where(table.c.tenant_id == resident.id)
        ((count,),) = await database.execute(query)
        assert isinstance(count, int)
        found[table.name] = count
    return {name: count for name, count in found.items() if count}


async def test_a_document_becomes_ready_for_its_own_tenant_only(home: House, a: Resident, b: Resident) -> None:
    document = await upload(await home.enter(a), "a.txt", "the moon is made of rock")
    assert await home.drain() == 1
    async with (await home.enter(a)).snapshot() as records:
        assert (await records.documents.get(document.id)).status is DocumentStatus.READY
        assert (await records.audit.verify()).intact
    async with (await home.enter(b)).snapshot() as records:
        assert await records.documents.page(10, None) == ([], None)


async def test_L36_twenty_uploads_of_the_same_bytes_at_once_are_one_document(home: House, a: Resident) -> None:
    compartment = await home.enter(a)
    made = await asyncio.gather(*(upload(compartment, "a.txt", "the same bytes") for _ in range(20)))
    assert len({document.id for document in made}) == 1
    assert await home.drain() == 1


async def test_L42_erasure_leaves_audit_and_state_only_and_the_other_tenant_whole(
    home: House, a: Resident, b: Resident, database: Database
) -> None:
    for one in (a, b):
        await upload(await home.enter(one), "a.txt", f"a secret of {one.id}")
    await home.drain()
    theirs = await _rows(database, b)
    erasure = await request_erasure(home.mint, home.foundation, OPERATOR, a.id, "the contract has ended")
    receipt = await run_erasure(home.foundation, erasure)
    assert set(await _rows(database, a)) == set(RETAINED)
    assert {name for name, count in receipt.counts_after.items() if count} == set(RETAINED)
    assert await _rows(database, b) == theirs
    with pytest.raises(TokenRefused):
        await home.enter(a)
    assert (await home.enter(b)).card().id == b.id


async def test_L07_a_suspended_tenants_work_under_way_is_refused_at_its_commit(home: House, a: Resident) -> None:
    entered = await home.enter(a)
    await (await home.custody(a.id)).suspend()
    with pytest.raises(ScopeEnded):
        await upload(entered, "late.txt", "too late")


async def test_L03_of_tenants_provisioned_at_once_under_one_name_the_losers_leave_no_row(
    home: House, database: Database
) -> None:
    async def make() -> bool:
        try:
            await provision(home.foundation, OPERATOR, NewTenant("Ash & Oak"))
        except NameTaken:
            return False
        return True

    assert sum(await asyncio.gather(*(make() for _ in range(5)))) == 1
    assert len(await database.execute(sa.select(schema.state.c.tenant_id))) == 1
    assert len(await database.execute(sa.select(schema.enrolments.c.tenant_id))) == 1


async def test_L47_a_client_copied_between_tenants_in_the_database_opens_nothing(
    home: House, a: Resident, b: Resident, database: Database
) -> None:
    (row,) = await database.execute(sa.select(schema.clients).where(schema.clients.c.tenant_id == b.id))
    forged = dict(zip(schema.clients.c.keys(), row, strict=True)) | {"tenant_id": a.id}
    await database.execute(schema.clients.insert().values(forged))
    await database.execute(schema.lookups.update().where(schema.lookups.c.key == b.client).values(tenant_id=a.id))
    with pytest.raises(TokenRefused):
        await home.mint.exchange(b.client, b.secret, None)
    assert (await home.mint.from_token(a.token, Circumstances())).card().id == a.id


async def test_a_tripwires_alarm_counts_when_many_ring_at_once_and_sentinels_are_made_once(
    home: House, a: Resident, b: Resident
) -> None:
    compartment, token = await home.enter(a), await home.plant(b, "a place")
    await asyncio.gather(*(search(compartment, Search(f"is it {token}")) for _ in range(8)))
    (alarm,) = await home.foundation.tripwires.alarms.page(10)
    assert (alarm.owner, alarm.place, alarm.seen_by, alarm.count) == (b.id, "a place", a.id, 8)
    made = await asyncio.gather(*(ensure_sentinels(home.mint, home.foundation) for _ in range(3)))
    assert len([each for each in made if each is not None]) == 1


async def test_L04_L47_people_of_an_issuer_come_to_the_tenant_it_is_confirmed_for_and_to_no_other(
    home: House, a: Resident, b: Resident, issuer: Issuer, database: Database
) -> None:
    for one, organisation in ((a, "org-a"), (b, "org-b")):
        await agreed.agree(home, one, issuer, organisation)
    for one, organisation in ((a, "org-a"), (b, "org-b")):
        token = issuer.token(org_id=organisation, groups="staff", tid=a.id)
        assert (await agreed.enter(home, token)).card().id == one.id
    theirs = sa.select(schema.settings.c.body).where(schema.settings.c.tenant_id == b.id)
    ((body,),) = await database.execute(theirs.where(schema.settings.c.name == SETTINGS))
    mine = schema.settings.update().where(schema.settings.c.tenant_id == a.id, schema.settings.c.name == SETTINGS)
    await database.execute(mine.values(body=body))
    with pytest.raises(SealBroken):
        await agreed.enter(home, issuer.token(org_id="org-a", groups="heads"))
    assert (await agreed.enter(home, issuer.token(org_id="org-b", groups="staff"))).card().id == b.id
    await (await home.enter(b)).issuer.withdraw()
    with pytest.raises(TokenRefused):
        await agreed.enter(home, issuer.token(org_id="org-b", groups="staff"))
