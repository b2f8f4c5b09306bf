"""The audit trail: an entry edited, removed, moved or cut off is noticed."""

import asyncio
from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from tenancy.keys.tenant_keys import Purpose
from tenancy.stores.audit import Head, Verdict
from tenancy.stores.schema import audit, state
from tests.tenancy.stores.rooms import CALLER, Room, fresh_keys


@pytest.fixture
async def trail(a: Room) -> Room:
    """Return A's records with four entries."""
    for number in range(4):
        async with a.begin() as records:
            await records.audit.add("document.deleted", f"doc_{number}", "done")
    return a


async def _verdict(room: Room) -> Verdict:
    async with room.snapshot() as records:
        return await records.audit.verify()


async def test_entries_read_back_newest_first_with_who_acted(trail: Room) -> None:
    async with trail.snapshot() as records:
        page, following = await records.audit.page(3)
        rest, last = await records.audit.page(3, following)
    assert [entry.resource for entry in page + rest] == [f"doc_{3 - n}" for n in range(4)]
    assert {(entry.actor, entry.purpose) for entry in page} == {(CALLER.actor, CALLER.purpose)}
    assert last is None


async def test_an_untouched_trail_is_intact(trail: Room) -> None:
    ((head,),) = await trail.tamper(sa.select(state.c.audit_head).where(state.c.tenant_id == trail.tenant))
    assert isinstance(head, bytes)
    assert await _verdict(trail) == Verdict(intact=True, entries=4, head=head.hex())


async def test_an_entry_of_a_transaction_that_failed_does_not_stand(trail: Room) -> None:
    async def fail() -> None:
        async with trail.begin() as records:
            await records.audit.add("document.deleted", "doc_x")
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert (await _verdict(trail)).entries == 4


def _swapped() -> Sequence[sa.Executable]:
    return [audit.update().where(audit.c.seq == old).values(seq=new) for old, new in ((2, 9), (3, 2), (9, 3))]


_SEQ_2 = audit.c.seq == 2
_TAMPERINGS: dict[str, Sequence[sa.Executable]] = {
    "edited": [audit.update().where(_SEQ_2).values(body=b"\0" * 80)],
    "digest": [audit.update().where(_SEQ_2).values(digest=b"\0" * 32)],
    "removed": [sa.delete(audit).where(_SEQ_2)],
    "first removed": [sa.delete(audit).where(audit.c.seq == 1)],
    "moved": _swapped(),
    "cut off": [sa.delete(audit).where(audit.c.seq == 4)],
    "emptied": [sa.delete(audit)],
    "head": [state.update().values(audit_head=b"\0" * 32)],
    "count": [state.update().values(audit_seq=5)],
}


@pytest.mark.parametrize("how", _TAMPERINGS)
async def test_a_trail_that_was_tampered_with_is_not_intact(trail: Room, how: str) -> None:
    for statement in _TAMPERINGS[how]:
        await trail.tamper(statement)
    assert (await _verdict(trail)).intact is False


async def test_whoever_has_the_database_alone_cannot_make_a_chain(trail: Room) -> None:
    """All that is stored is at hand, and how the digests are made is known; the key is not."""
    forger = fresh_keys()
    rows = await trail.tamper(sa.select(audit.c.seq, audit.c.body).order_by(audit.c.seq))
    head = b""
    for seq, body in rows[:3]:
        assert isinstance(body, bytes)
        head = forger.mac(Purpose.CHAIN, head, int(str(seq)).to_bytes(8, "big"), body)
        await trail.tamper(audit.update().where(audit.c.seq == seq).values(digest=head))
    await trail.tamper(sa.delete(audit).where(audit.c.seq == 4))
    await trail.tamper(state.update().values(audit_seq=3, audit_head=head))
    assert (await _verdict(trail)).intact is False


async def test_a_tail_cut_off_with_its_traces_is_found_by_the_head_kept_elsewhere(trail: Room) -> None:
    ends = await _ends(trail)
    await trail.tamper(sa.delete(audit).where(audit.c.seq > 2))
    await trail.tamper(state.update().values(audit_seq=2, audit_head=ends[1].digest))
    async with trail.snapshot() as records:
        assert (await records.audit.verify()).intact  # of itself a shorter trail is as good as a longer one
        assert await records.audit.verify(ends[:2]) == Verdict(intact=True, entries=2, head=ends[1].digest.hex())
        cut = await records.audit.verify(ends)
    assert (cut.intact, cut.entries, cut.lacking) == (False, 2, 2)


async def test_entries_written_again_after_a_cut_do_not_hide_it(trail: Room) -> None:
    ends = await _ends(trail)
    await trail.tamper(sa.delete(audit).where(audit.c.seq == 4))
    await trail.tamper(state.update().values(audit_seq=3, audit_head=ends[2].digest))
    async with trail.begin() as records:
        await records.audit.add("document.deleted", "doc_3")
    async with trail.snapshot() as records:
        verdict = await records.audit.verify(ends)
    assert (verdict.intact, verdict.entries, verdict.lacking) == (False, 4, 1)


async def _ends(room: Room) -> list[Head]:
    """Return where the trail stood after each entry."""
    rows = await room.tamper(sa.select(audit.c.seq, audit.c.digest).order_by(audit.c.seq))
    return [Head(seq, digest) for seq, digest in rows if isinstance(seq, int) and isinstance(digest, bytes)]


async def test_another_tenants_entry_does_not_open(trail: Room, b: Room) -> None:
    async with b.begin() as records:
        await records.audit.add("client.created", "cli_1")
    (row,) = await b.tamper(sa.select(audit.c.digest, audit.c.body).where(audit.c.tenant_id == b.tenant))
    await trail.tamper(
        audit.update().where(audit.c.tenant_id == trail.tenant, audit.c.seq == 1).values(digest=row[0], body=row[1])
    )
    assert (await _verdict(trail)).intact is False


async def test_entries_added_at_once_form_one_chain(a: Room) -> None:
    async def add(number: int) -> None:
        async with a.begin() as records:
            await records.audit.add("search.asked", f"doc_{number}")

    await asyncio.gather(*(add(number) for number in range(12)))
    verdict = await _verdict(a)
    assert (verdict.intact, verdict.entries) == (True, 12)
