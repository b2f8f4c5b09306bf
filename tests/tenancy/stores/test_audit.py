"""The audit trail: an entry edited, removed, moved or cut off is noticed."""

import asyncio
from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from tenancy.stores.audit import Verdict
from tenancy.stores.schema import audit, state
from tests.tenancy.stores.rooms import CALLER, Room


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
        page = await records.audit.page(3)
        rest = await records.audit.page(3, before=page[-1][0])
    assert [(seq, entry.resource) for seq, entry in page + rest] == [(4 - n, f"doc_{3 - n}") for n in range(4)]
    assert {(entry.actor, entry.purpose) for _, entry in page} == {(CALLER.actor, CALLER.purpose)}


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
