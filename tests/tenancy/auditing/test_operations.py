"""The operators' own trail on both databases: an entry edited, removed, moved or cut off is noticed, none is lost."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from tenancy.auditing.operations import OWN, Operation, Operations, Wanted, operation_of
from tenancy.crypto.revocation_log import RevocationLog
from tenancy.deployment.anchors import Anchors
from tenancy.errors import Unavailable
from tenancy.identity.operators import InvalidReason, Operator, stated
from tenancy.ids import new_id
from tenancy.keys.local import LocalKeys
from tenancy.keys.tenant_keys import Purpose
from tenancy.sealing import SealBroken
from tenancy.stores.audit import Verdict
from tenancy.stores.databases.cursors import InvalidCursor
from tenancy.stores.databases.postgres import PostgresStore
from tenancy.stores.databases.sqlite import SqliteStore
from tenancy.stores.databases.store import Store
from tenancy.stores.schema import operations, operations_end
from tests.tenancy.stores.cluster import Database, rows_of
from tests.tenancy.stores.conftest import engine_name, on_server, store
from tests.tenancy.stores.rooms import fresh_keys

__all__ = ["engine_name", "on_server", "store"]

ADA = Operator("ada", "tok_1", "192.0.2.7", "req_1", "the quarterly review")
_ALL = Wanted()
Edit = Callable[[sa.Executable], Awaitable[list[tuple[object, ...]]]]


@dataclass(frozen=True, slots=True)
class Office:
    """A deployment's trail; `edit` runs a statement the way somebody with the database in hand does."""

    operations: Operations
    anchors: Anchors
    edit: Edit

    async def write(self, *resources: str, tenant: str = "") -> None:
        for resource in resources:
            await self.operations.write(operation_of(ADA, "tenant.read", resource, tenant=tenant))

    async def all(self) -> list[Operation]:
        return (await self.operations.page(100, None, _ALL))[0]


def _trail(store: Store, keys: LocalKeys, ledger: RevocationLog) -> tuple[Operations, Anchors]:
    anchors = Anchors(ledger)
    return Operations(store, keys, anchors), anchors


@pytest.fixture
async def office(store: Store, on_server: Database | None, folder: Path) -> Office:
    """Return a trail with four entries."""
    keys = LocalKeys(folder / "keys")

    async def in_file(statement: sa.Executable) -> list[tuple[object, ...]]:
        async with store.registry(writes=True) as db:
            return rows_of(await db.execute(statement))

    made = _trail(store, keys, RevocationLog(folder / "keys" / "ledger.jsonl", keys.secret("ledger")))
    opened = Office(*made, in_file if on_server is None else on_server.execute)
    await opened.write(*(f"r{number}" for number in range(4)))
    return opened


async def test_an_entry_says_who_did_what_when_from_where_why_with_what_outcome(office: Office) -> None:
    tenant = new_id("ten")
    suspended = operation_of(ADA, "tenant.suspended", tenant, "denied", reason="unpaid", tenant=tenant)
    await office.operations.write(suspended)
    done = (await office.all())[0]
    entry = done.entry
    assert (entry.actor, entry.action, entry.resource, entry.outcome) == (
        "operator:ada", "tenant.suspended", tenant, "denied",
    )  # fmt: skip
    assert (entry.purpose, entry.address, entry.request) == ("unpaid", "192.0.2.7", "req_1")
    assert (done.token, done.tenant) == ("tok_1", tenant)
    assert (await office.all())[1].entry.purpose == "the quarterly review"


async def test_pages_go_backwards_and_what_is_wanted_narrows_them(office: Office) -> None:
    page, following = await office.operations.page(3, None, _ALL)
    rest, last = await office.operations.page(3, following, _ALL)
    assert [done.entry.resource for done in page + rest] == ["r3", "r2", "r1", "r0"]
    assert last is None
    mine, other = new_id("ten"), new_id("ten")
    await office.write("mine", tenant=mine)
    await office.write("other", tenant=other)
    assert [done.entry.resource for done in (await office.operations.page(9, None, Wanted(mine)))[0]] == ["mine"]
    at = (await office.all())[2].entry.at  # of r3
    later, _ = await office.operations.page(9, None, Wanted(start=at))
    earlier, _ = await office.operations.page(9, None, Wanted(end=at))
    assert [done.entry.resource for done in later] == ["other", "mine", "r3"]
    assert [done.entry.resource for done in earlier] == ["r2", "r1", "r0"]
    for wrong in ("", "00" * 24, "not hex"):
        with pytest.raises(InvalidCursor):
            await office.operations.page(3, wrong, _ALL)


async def test_an_untouched_trail_is_intact(office: Office) -> None:
    ((head,),) = await office.edit(sa.select(operations_end.c.digest))
    assert isinstance(head, bytes)
    assert await office.operations.verify() == Verdict(intact=True, entries=4, head=head.hex())


def _swapped() -> Sequence[sa.Executable]:
    return [operations.update().where(operations.c.seq == old).values(seq=new) for old, new in ((2, 9), (3, 2), (9, 3))]


_SEQ_2 = operations.c.seq == 2
_TAMPERINGS: dict[str, Sequence[sa.Executable]] = {
    "edited": [operations.update().where(_SEQ_2).values(body=b"\0" * 80)],
    "digest": [operations.update().where(_SEQ_2).values(digest=b"\0" * 32)],
    "time": [operations.update().where(_SEQ_2).values(at=operations.c.at - 1)],
    "tenant": [operations.update().where(_SEQ_2).values(tenant_id="ten_00000000000000000000000a")],
    "removed": [sa.delete(operations).where(_SEQ_2)],
    "first removed": [sa.delete(operations).where(operations.c.seq == 1)],
    "moved": _swapped(),
    "cut off": [sa.delete(operations).where(operations.c.seq == 4)],
    "emptied": [sa.delete(operations)],
    "end": [operations_end.update().values(digest=b"\0" * 32)],
    "count": [operations_end.update().values(seq=5)],
    "end removed": [sa.delete(operations_end)],
}


@pytest.mark.shows("audit.chain")
@pytest.mark.parametrize("how", _TAMPERINGS)
async def test_L39_a_trail_that_was_tampered_with_is_not_intact(office: Office, how: str) -> None:
    for statement in _TAMPERINGS[how]:
        await office.edit(statement)
    assert (await office.operations.verify()).intact is False


async def test_whoever_has_the_database_alone_cannot_make_a_chain(office: Office) -> None:
    """All that is stored is at hand, and how the digests are made is known; the key is not."""
    forger = fresh_keys()
    rows = await office.edit(sa.select(operations.c.seq, operations.c.body).order_by(operations.c.seq))
    head = b""
    for seq, body in rows[:3]:
        assert isinstance(body, bytes)
        head = forger.mac(Purpose.CHAIN, head, int(str(seq)).to_bytes(8, "big"), body)
        await office.edit(operations.update().where(operations.c.seq == seq).values(digest=head))
    await office.edit(sa.delete(operations).where(operations.c.seq == 4))
    await office.edit(operations_end.update().values(seq=3, digest=head))
    assert (await office.operations.verify()).intact is False


async def _cut(office: Office, kept: int) -> None:
    """Cut the trail's tail off and set everything in the database so that nothing shows."""
    ((digest,),) = await office.edit(sa.select(operations.c.digest).where(operations.c.seq == kept))
    await office.edit(sa.delete(operations).where(operations.c.seq > kept))
    await office.edit(operations_end.update().values(seq=kept, digest=digest))


@pytest.mark.shows("audit.chain")
async def test_L46_a_tail_cut_off_with_its_traces_is_found_by_the_head_beside_the_keys(office: Office) -> None:
    await _cut(office, 3)
    assert (await office.operations.verify()).intact  # of itself a shorter trail is as good as a longer one
    await office.write("r4", "r5")
    await office.anchors.close()
    whole = await office.operations.verify()
    assert (whole.intact, whole.entries, whole.lacking) == (True, 5, 0)
    await _cut(office, 4)
    cut = await office.operations.verify()
    assert (cut.intact, cut.entries, cut.lacking) == (False, 4, 1)
    await office.write("r5")
    hidden = await office.operations.verify()
    assert (hidden.intact, hidden.entries, hidden.lacking) == (False, 5, 1)


async def test_L47_an_entry_that_is_found_under_another_tenant_or_time_is_not_shown(office: Office) -> None:
    tenant = new_id("ten")
    await office.edit(operations.update().where(_SEQ_2).values(tenant_id=tenant))
    with pytest.raises(SealBroken):
        await office.operations.page(9, None, Wanted(tenant))


async def test_an_entry_of_another_deployment_does_not_open(office: Office, store: Store, folder: Path) -> None:
    keys = LocalKeys(folder / "other")
    other, _ = _trail(store, keys, RevocationLog(folder / "other" / "ledger.jsonl", keys.secret("ledger")))
    await other.write(operation_of(ADA, "tenant.read", "r4"))
    assert (await office.operations.verify()).intact is False
    with pytest.raises(SealBroken):
        await office.all()


async def test_L40_no_word_of_an_entry_rests_in_the_clear(office: Office) -> None:
    rows = await office.edit(sa.select(operations.c.digest, operations.c.body))
    assert len(rows) == 4
    # No repr of them: its escapes spell short words by chance.
    rest = b"".join(value for row in rows for value in row if isinstance(value, bytes))
    assert len(rest) > 4 * 32
    for word in (b"quarterly", b"tenant.read", b"192.0.2.7", b"tok_1"):
        assert word not in rest


@pytest.mark.shows("audit.chain")
async def test_entries_of_several_processes_at_once_form_one_chain(
    office: Office, on_server: Database | None, folder: Path
) -> None:
    again: Store = SqliteStore(folder) if on_server is None else PostgresStore(on_server.owner)
    await again.start()
    keys = LocalKeys(folder / "keys")
    other, _ = _trail(again, keys, RevocationLog(folder / "keys" / "ledger.jsonl", keys.secret("ledger")))
    both = (office.operations, other)
    await asyncio.gather(
        *(both[number % 2].write(operation_of(ADA, "tenant.read", f"at once {number}")) for number in range(12))
    )
    verdict = await office.operations.verify()
    assert (verdict.intact, verdict.entries) == (True, 16)
    assert await other.verify() == verdict
    assert len({done.entry.resource for done in await office.all()}) == 16
    await again.close()


async def test_without_its_end_nothing_is_added_and_whoever_did_it_is_told(office: Office) -> None:
    await office.edit(sa.delete(operations_end))
    with pytest.raises(Unavailable):
        await office.write("r4")
    assert len(await office.all()) == 4


async def test_the_heads_stand_beside_the_keys_as_those_of_tenants_do(office: Office) -> None:
    assert office.anchors.of(OWN) == []
    await office.anchors.close()
    (head,) = office.anchors.of(OWN)
    assert (head.seq, head.digest.hex()) == (4, (await office.operations.verify()).head)


async def test_what_was_asked_about_stands_as_an_id_or_as_a_digest_that_equal_askings_share(office: Office) -> None:
    named = office.operations.named
    for known in (new_id("ten"), new_id("era"), ""):
        assert named(known) == known
    for words in ("Alder & Sons", "ten_Alder", f"{new_id('ten')}/x", f"Alder_{new_id('x').partition('_')[2]}"):
        told = named(words)
        assert told.startswith("asked:")
        assert words not in told
        assert named(words) == told != named(words + " ")


@pytest.mark.parametrize("words", ["a\nb", "bell\x07", "x" * 1001, "\x1b[2J"])
def test_a_reason_that_cannot_stand_in_a_line_is_refused(words: str) -> None:
    with pytest.raises(InvalidReason):
        stated(words)
    assert stated("  Prüfung nach § 5 ") == "Prüfung nach § 5"
    assert stated("x" * 1000) == "x" * 1000
