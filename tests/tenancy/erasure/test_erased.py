"""What is left after an erasure, and what nobody can do any more."""

import json
from dataclasses import asdict

import pytest

from tenancy.erasure import (
    RETAINED,
    StillThere,
    pending_erasures,
    read_erasure,
    run_erasure,
)
from tenancy.errors import ServiceError
from tenancy.ids import TenantId
from tenancy.stores import schema
from tenancy.stores.databases.store import Store
from tests.tenancy.building import House, Resident, over, upload
from tests.tenancy.erasure.erasing import ask, erase, fill


class _Unpurged:
    """A record store that loses what is asked to be purged, once."""

    def __init__(self, inner: Store) -> None:
        self._inner = inner
        self._lost = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    async def purge(self, tenant: TenantId, *, keep: tuple[str, ...]) -> None:
        if self._lost:
            await self._inner.purge(tenant, keep=keep)
        self._lost = True


async def test_L42_no_receipt_is_signed_while_anything_is_left(home: House, a: Resident) -> None:
    await fill(home, a)
    erasure = await ask(home, a)
    on = over(home.foundation, _Unpurged(home.foundation.store))  # type: ignore[arg-type]  # a store but for its type
    with pytest.raises(StillThere, match="chunks"):
        await run_erasure(on, erasure)
    assert (await read_erasure(home.foundation, erasure)).signature is None
    assert await pending_erasures(home.foundation) == [erasure]
    receipt = await run_erasure(on, erasure)
    assert {name for name, count in receipt.counts_after.items() if count} == set(RETAINED)
    assert receipt.signature is not None


async def test_L42_the_key_folder_names_an_erased_tenant_in_its_ledger_and_at_its_audit_only(
    home: House, a: Resident
) -> None:
    await fill(home, a)
    async with (await home.enter(a)).begin() as records:
        documents, _ = await records.documents.page(1, None)
        await records.documents.delete(documents[0].id)
    assert home.foundation.deletions.newest(a.id) > 0
    await erase(home, a)
    named = {str(path.relative_to(home.keys)) for path in home.keys.rglob("*") if a.id in path.name}
    assert named == {f"retention/{a.id}.key"}
    assert [path.name for path in home.keys.rglob("*") if path.is_file() and a.id.encode() in path.read_bytes()] == [
        "ledger.jsonl"
    ]


async def test_L42_nobody_who_was_in_before_writes_after_the_end(home: House, a: Resident) -> None:
    await fill(home, a)
    late, writer = await home.enter(a), (await home.enter(a)).blobs.create()
    await writer.write(bytes(600_000))  # its first segments are on the disk
    await erase(home, a)
    with pytest.raises(ServiceError):
        async with late.begin():
            raise AssertionError("a late writer came in")
    with pytest.raises(ServiceError):
        await writer.commit()
    with pytest.raises(ServiceError):
        await upload(late, "late.txt", "too late")
    assert home.foundation.blobs.list(a.id) == []


async def test_a_receipt_that_an_older_version_has_signed_is_still_read(home: House, a: Resident) -> None:
    receipt = await erase(home, a)
    newer = ("reversible_until", "leases_ended_by", "best_effort")
    fields = {name: value for name, value in asdict(receipt).items() if name not in newer}
    await home.execute(None, schema.erasures.update().values(receipt=json.dumps(fields)))
    read = await read_erasure(home.foundation, receipt.id)
    assert (read.keys_destroyed, read.signature) == (receipt.keys_destroyed, receipt.signature)
    assert (read.leases_ended_by, read.best_effort) == (None, ())
