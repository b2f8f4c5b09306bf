"""The newest heads of audit trails stand beside the keys, so that a trail that was cut is noticed."""

import asyncio
import shutil

import pytest
import sqlalchemy as sa

from tenancy.compartment import Compartment
from tenancy.crypto.revocation_log import MOST_LINES, Ending
from tenancy.deployment.anchors import EVERY_ENTRIES
from tenancy.erasure import request_erasure
from tenancy.stores.audit import Head
from tenancy.stores.schema import audit, state
from tests.tenancy.building import OPERATOR, House, Resident, house, upload


def _anchored(home: House, one: Resident) -> list[int]:
    return [head.seq for head in home.foundation.anchors.of(one.id)]


async def _act(compartment: Compartment, times: int) -> None:
    for number in range(times):
        async with compartment.begin() as records:
            await records.audit.add("document.deleted", f"doc_{number}")


async def _cut(home: House, one: Resident, kept: int) -> None:
    """Cut the trail's tail off and set everything in the database so that nothing shows."""
    async with home.foundation.store.tenant(one.id, writes=True) as db:
        head = (await db.execute(sa.select(audit.c.digest).where(audit.c.seq == kept))).scalar_one()
        await db.execute(sa.delete(audit).where(audit.c.seq > kept))
        await db.execute(state.update().values(audit_seq=kept, audit_head=head))


async def test_a_trail_is_anchored_once_in_many_entries_and_not_at_each(home: House, a: Resident) -> None:
    compartment = await home.enter(a)
    await _act(compartment, EVERY_ENTRIES - 4)  # three entries were there before
    assert _anchored(home, a) == []
    await _act(compartment, 3)
    assert _anchored(home, a) == [EVERY_ENTRIES]
    await _act(compartment, EVERY_ENTRIES)
    assert _anchored(home, a) == [EVERY_ENTRIES, 2 * EVERY_ENTRIES]
    verdict = await compartment.audit.verify()
    assert (verdict.intact, verdict.lacking) == (True, 0)


async def test_entries_written_at_once_are_anchored_together(home: House, a: Resident) -> None:
    compartment = await home.enter(a)
    await asyncio.gather(*(_act(compartment, 30) for _ in range(20)))
    assert 1 <= len(_anchored(home, a)) <= 603 // EVERY_ENTRIES
    assert (await compartment.audit.verify()).intact


@pytest.mark.parametrize("when", ["suspended", "erasing", "closed"])
async def test_nothing_stays_without_an_anchor_when_a_tenant_or_a_process_ends(
    home: House, a: Resident, b: Resident, when: str
) -> None:
    if when == "suspended":
        await (await home.custody(a.id)).suspend()
    elif when == "erasing":
        await request_erasure(home.mint, home.foundation, OPERATOR, a.id, "a test")
    else:
        await home.foundation.anchors.close()
    async with home.foundation.store.tenant(a.id, writes=False) as db:
        known = (await db.execute(sa.select(state.c.audit_seq, state.c.audit_head))).one()
    assert home.foundation.anchors.of(a.id) == [Head(known.audit_seq, known.audit_head)]
    assert len(_anchored(home, b)) == (when == "closed")
    await home.foundation.anchors.close()
    assert len(_anchored(home, a)) == 1


async def test_a_trail_cut_by_somebody_with_the_database_is_reported_by_every_process(
    home: House, a: Resident, b: Resident
) -> None:
    for one in (a, b):
        await _act(await home.enter(one), 5)
    await home.foundation.anchors.close()
    await _cut(home, a, kept=4)
    async with (await home.enter(a)).snapshot() as records:
        assert (await records.audit.verify()).intact  # the database by itself shows nothing
    async with house(home.data.parent, store=home.foundation.store) as other:
        verdict = await (await other.enter(a)).audit.verify()
        assert (verdict.intact, verdict.entries, verdict.lacking) == (False, 4, 1)
        assert (await (await other.enter(b)).audit.verify()).intact
        await _act(await other.enter(a), 3)  # reported, not fatal: and growing past the cut does not hide it
        assert (await (await other.enter(a)).audit.verify()).lacking == 1


async def test_a_cut_shows_also_once_newer_heads_and_a_checkpoint_followed(home: House, a: Resident) -> None:
    """Only the anchor from before the cut tells of it, so no newer one may take its place."""
    compartment = await home.enter(a)
    await _act(compartment, 5)
    await home.foundation.anchors.close()
    await _cut(home, a, kept=4)
    await _act(compartment, EVERY_ENTRIES + 4)
    log = home.foundation.ledger
    log.extend([Ending("rotation.ended", a.id, a.id, 1.0, {}) for _ in range(MOST_LINES)])
    assert not (home.keys / "ledger.jsonl").exists()
    assert len(_anchored(home, a)) == 2
    assert (await compartment.audit.verify()).lacking == 1


async def test_L46_an_audit_head_ahead_of_a_backup_that_was_put_back_is_reported_and_the_tenant_served(
    home: House, a: Resident
) -> None:
    await home.foundation.store.close()
    backup = home.data.with_name("backup")
    shutil.copytree(home.data, backup)
    await _act(await home.enter(a), 3)
    await home.foundation.anchors.close()
    await home.foundation.store.close()
    shutil.rmtree(home.data)
    backup.rename(home.data)
    async with house(home.data.parent) as restored:
        compartment = await restored.enter(a)
        verdict = await compartment.audit.verify()
        assert (verdict.intact, verdict.lacking) == (False, 1)
        await upload(compartment, "a.txt", "served all the same")
        assert await restored.drain() == 1


async def test_what_is_committed_stands_while_the_ledger_is_out_of_reach_and_is_anchored_later(
    home: House, a: Resident
) -> None:
    compartment = await home.enter(a)
    await _act(compartment, EVERY_ENTRIES - 4)
    ledger = home.keys / "ledger.jsonl"
    away = ledger.rename(ledger.with_suffix(".away"))
    await _act(compartment, 3)
    away.rename(ledger)
    assert _anchored(home, a) == []
    await _act(compartment, 1)
    assert _anchored(home, a) == [EVERY_ENTRIES + 3]
    assert (await compartment.audit.verify()).entries == EVERY_ENTRIES + 3
