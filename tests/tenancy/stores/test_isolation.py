"""Two tenants in one store: nothing that one does shows in the other, and no ciphertext opens elsewhere."""

from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from tenancy.anomalies import activity
from tenancy.anomalies.activity import Done
from tenancy.anomalies.alerts import Alert
from tenancy.anomalies.hours import Finding, Hour, Kind, Signal
from tenancy.auditing.interactions import Between, Interaction, Logged, Source
from tenancy.auditing.logging import LogMode
from tenancy.errors import NotFound
from tenancy.ids import ChunkId, ClientId, DocumentId, TenantId, new_id
from tenancy.metering import book
from tenancy.metering.book import Booked, Entry
from tenancy.metering.catalogue import Kind as CallKind
from tenancy.metering.money import MicroUsd
from tenancy.metering.spending import Payer, Spent
from tenancy.metering.tariff import Rates, Terms
from tenancy.metering.usage import Group
from tenancy.sealing import SealBroken
from tenancy.stores import schema
from tenancy.stores.databases.store import Store
from tenancy.stores.views import Document, DocumentStatus, Outcome
from tenancy.values.roles import Role
from tests.tenancy.stores.rooms import CALLER, Room

NOW = 1_700_000_000.0
LOGGED = Logged(
    "log_000000000000000000000000", NOW, "client:cli_1", "crawler", "req_1", LogMode.FULL,
    Interaction("ask", "Where?", "Here.", sources=(Source(DocumentId("doc_1"), ChunkId("chk_1"), 1, "a.txt"),)),
)  # fmt: skip

ALERT = Alert("alr_000000000000000000000000", Finding(Kind.SPIKE, Signal.REQUESTS, 0, 9, 1.0), NOW)


@dataclass(frozen=True, slots=True)
class _Filled:
    document: Document
    client: ClientId


async def _fill(room: Room) -> _Filled:
    """Put a row into every table of a tenant's."""
    document = await room.add("plan.txt", external_id="plan")
    await room.publish(document)
    gone = await room.add("gone.txt")
    client = ClientId(new_id("cli"))
    async with room.begin() as records:
        await records.documents.delete(gone.id)
        await records.jobs.add(document, CALLER)
        await records.clients.add(client, "crawler", frozenset({Role.USER}), "indexing")
        await records.clients.add_code("hashed", 9e9)
        await records.profiles.put("default", {"tone": "dry"})
        await records.settings.put("provider", {"provider_key": "k"})
        await records.replays.begin("cli_1", "key", "request")
        await records.replays.keep("cli_1", "key", {"id": "doc_1"})
        await records.audit.add("document.deleted", gone.id)
        await records.interactions.add([(1, LOGGED)], days=30)
        await records.activity.count(NOW, Done(requests=1))
        await records.alerts.add(1, ALERT, NOW)
    async with room.store.tenant(room.tenant, writes=True) as db:
        epoch = (await db.execute(sa.select(schema.state.c.epoch))).scalar_one()
        booked = Booked("crawler", "POST /v1/ask", "a-model", client)
        spent = Spent(CallKind.EMBEDDING, "a-model", Payer.PLATFORM, 3, 0, MicroUsd(7), "prices-1")
        rates = Rates("standard", Terms(0, 0, MicroUsd(5)), "tariff-1")
        await book.add(db, room.keys, epoch, Entry("call_1", 1.0, booked, "unlisted", rates, opens=True), spent)
        kept = {"tenant_id": room.tenant, "day": 1, "bytes": 2, "cost_left": 3, "charge_left": 4}
        await db.execute(schema.storage_days.insert(), kept)
    return _Filled(document, client)


async def _rows(room: Room) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of a tenant's, as the database holds it."""
    found = {}
    for table in schema.tenant.sorted_tables:
        mine = sa.select(table).where(table.c.tenant_id == room.tenant)
        found[table.name] = sorted(await room.tamper(mine), key=repr)
    return found


async def test_every_table_of_a_tenant_is_filled_by_these_tests(a: Room) -> None:
    await _fill(a)
    assert {name for name, rows in (await _rows(a)).items() if not rows} == set()


@pytest.mark.shows("storage.records")
async def test_L11_L15_another_tenants_ids_find_nothing_and_change_nothing(a: Room, b: Room) -> None:
    theirs = await _fill(b)
    before = await _rows(b)
    document, version = theirs.document.id, theirs.document.version
    async with a.begin() as records:
        for refused in (
            records.documents.get(document),
            records.documents.delete(document),
            records.documents.add_version(document, theirs.document.upload),
            records.clients.get(theirs.client),
            records.clients.revoke(theirs.client),
            records.profiles.get("default"),
        ):
            with pytest.raises(NotFound):
                await refused
        assert await records.documents.set_status(document, version, DocumentStatus.FAILED) is False
        assert await records.documents.finish(document, version, Outcome(), DocumentStatus.READY) is False
        assert await records.documents.find_content(theirs.document.upload.sha256) is None
        assert await records.documents.find_external("plan") is None
        assert await records.documents.page(10, None) == ([], None)
        assert await records.documents.blobs() == []
        assert (await records.documents.stored()).documents == 0
        assert await records.chunks.page(version, 10, -1) == []
        assert (await records.chunks.changes_since(0)).published == ()
        assert await records.jobs.claim(9e9) is None
        assert await records.jobs.next_due() is None
        assert await records.clients.list() == []
        assert await records.clients.use_code("hashed") is False
        assert await records.settings.get("provider") == {}
        assert await records.audit.page(10) == ([], None)
        assert await records.usage.report(0.0, 9e9, [Group.APP]) == []
        assert await records.usage.page(10, None) == ([], None)
        assert await records.alerts.page(10, None) == ([], None)
        assert await records.alerts.lately(NOW) == await records.alerts.due(9e9) == []
        assert await records.alerts.next_due() is None
        await records.alerts.change(ALERT, None)
        with pytest.raises(NotFound):
            await records.alerts.get(ALERT.id)
    assert await _rows(b) == before


async def test_the_same_names_and_contents_in_two_tenants_do_not_meet(a: Room, b: Room) -> None:
    sha = "ab" * 32
    mine, theirs = await a.add(sha256=sha, external_id="x"), await b.add(sha256=sha, external_id="x")
    assert mine.id != theirs.id
    column, owner = schema.versions.c.content_mac, schema.versions.c.tenant_id
    (mac,), (other,) = [await room.tamper(sa.select(column).where(owner == room.tenant)) for room in (a, b)]
    assert mac != other


async def test_L42_purging_a_tenant_leaves_only_what_is_kept_and_nothing_of_the_other_changes(
    a: Room, b: Room, store: Store
) -> None:
    await _fill(a)
    await _fill(b)
    theirs = await _rows(b)
    mine = await _rows(a)
    await store.purge(a.tenant, keep=("audit", "state"))
    left = await _rows(a)
    assert {name for name, rows in left.items() if rows} == {"audit", "state"}
    assert left["audit"] == mine["audit"]
    assert await _rows(b) == theirs


async def test_hours_are_counted_kept_and_forgotten_for_one_tenant_alone(a: Room, b: Room) -> None:
    for room in (a, b):
        await _fill(room)
    theirs, hour = await _rows(b), activity.hour_of(NOW)
    async with a.store.tenant(a.tenant, writes=True) as db:
        await activity.count(db, a.tenant, NOW, Done(requests=2, refusals=1))
        spent = await activity.spent_in(db, a.tenant, 0)  # what _fill has booked was a second after the epoch
        assert (spent[Signal.TOKENS], spent[Signal.SPEND], spent[Signal.PROMPT_SIZE]) == (3, 7, 3)
        await activity.keep(db, a.tenant, [Hour(0, spent), Hour(hour, spent), Hour(hour + 3600, {})], NOW)
        kept = await activity.counted(db, a.tenant, 0)
        assert [(each.hour.starts, each.hour.counts[Signal.REQUESTS]) for each in kept] == [(0, 0), (hour, 3)]
        assert kept[1].hour.counts[Signal.TOKENS] == 3
        assert [await activity.has_before(db, a.tenant, each) for each in (0, 1)] == [False, True]
        assert [await activity.forget(db, a.tenant, hour) for _ in range(2)] == [1, 0]
    assert await _rows(b) == theirs


async def test_a_destroyed_tenant_is_gone_and_may_be_destroyed_again(a: Room, b: Room, store: Store) -> None:
    await _fill(a)
    await _fill(b)
    theirs = await _rows(b)
    for _ in range(2):
        await store.destroy(a.tenant)
    with pytest.raises(NotFound):
        async with a.begin():
            pass
    assert await _rows(b) == theirs


async def test_a_tenant_is_created_once(a: Room, store: Store) -> None:
    await _fill(a)
    before = await _rows(a)
    with pytest.raises((sa.exc.IntegrityError, FileExistsError)):
        await store.create(a.tenant)
    assert await _rows(a) == before


@pytest.mark.parametrize("asked", ["", "..", "ten_", "ten_../registry", "registry", "ten_" + "0" * 24])
async def test_L03_an_unknown_tenant_is_not_found_and_never_made_by_being_named(store: Store, asked: str) -> None:
    for _ in range(2):
        for writes in (True, False):
            with pytest.raises(NotFound):
                async with store.tenant(TenantId(asked), writes=writes):
                    pass


_SEALED = [
    ("versions", "body"),
    ("versions", "outcome"),
    ("versions", "manifest"),
    ("versions", "terms"),
    ("chunks", "body"),
    ("blocks", "body"),
    ("columns", "body"),
    ("parts", "body"),
    ("clients", "body"),
    ("profiles", "body"),
    ("settings", "body"),
    ("replays", "response"),
    ("audit", "body"),
    ("interactions", "body"),
    ("usage_labels", "body"),
    ("alerts", "body"),
]


async def _read_everything(room: Room, filled: _Filled) -> None:
    async with room.begin() as records:
        await records.documents.get(filled.document.id)
        await records.chunks.page(filled.document.version, 10, -1)
        await records.chunks.load((await records.chunks.changes_since(0)).published, "minilm")
        await records.columns.open(filled.document.version)
        await records.published.parts(filled.document.version, "minilm")
        await records.clients.get(filled.client)
        await records.profiles.get("default")
        await records.settings.get("provider")
        await records.replays.begin("cli_1", "key", "request")
        await records.audit.page(10)
        await records.interactions.page(10, None, Between(), NOW)
        await records.usage.report(0.0, 9e9, [Group.APP])
        await records.alerts.page(10, None)


async def test_untouched_records_all_open(a: Room) -> None:
    await _read_everything(a, await _fill(a))
    assert len(_SEALED) == sum(
        isinstance(column.type, sa.LargeBinary)
        and not column.name.endswith(("_mac", "mac", "_head", "digest", "request"))
        for table in schema.tenant.sorted_tables
        for column in table.c
        if (table.name, column.name) != ("jobs", "body")  # a job that does not open is removed: tests/…/test_jobs.py
    )


@pytest.mark.shows("sealing.records")
@pytest.mark.parametrize(("table", "column"), _SEALED)
async def test_L39_a_changed_or_moved_ciphertext_does_not_open_and_is_never_returned_raw(
    a: Room, b: Room, table: str, column: str
) -> None:
    mine, _ = await _fill(a), await _fill(b)
    body, foreign = await _bodies(a, table, column), await _bodies(b, table, column)
    elsewhere = await _bodies(a, "profiles" if table == "settings" else "settings", "body")
    puts = {
        "flipped": {key: each[:-20] + bytes([each[-20] ^ 4]) + each[-19:] for key, each in body.items()},
        "cut": {key: each[:-1] for key, each in body.items()},
        "emptied": dict.fromkeys(body, b""),
        "of another tenant": dict.fromkeys(body, next(iter(foreign.values()))),
        "of another table": dict.fromkeys(body, next(iter(elsewhere.values()))),
    }
    for values in puts.values():
        await _put(a, table, column, values)
        with pytest.raises(SealBroken):
            await _read_everything(a, mine)
    await _put(a, table, column, body)
    await _read_everything(a, mine)


async def _bodies(room: Room, table: str, column: str) -> dict[tuple[object, ...], bytes]:
    """Return a sealed column's values by primary key."""
    place = schema.tenant.tables[table]
    query = sa.select(*place.primary_key.columns, place.c[column]).where(place.c.tenant_id == room.tenant)
    return {tuple(key): bytes(body) for *key, body in await room.tamper(query) if isinstance(body, bytes)}


async def _put(room: Room, table: str, column: str, values: dict[tuple[object, ...], bytes]) -> None:
    place = schema.tenant.tables[table]
    for key, body in values.items():
        there = [own == value for own, value in zip(place.primary_key.columns, key, strict=True)]
        await room.tamper(place.update().where(*there).values({column: body}))
