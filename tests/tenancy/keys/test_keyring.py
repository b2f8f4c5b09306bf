"""Opened keys are leased: renewed while the provider agrees, gone when it denies, gone in time when it is silent."""

import asyncio
import threading
from pathlib import Path

import pytest

from tenancy.ids import TenantId, new_id
from tenancy.keys.keyring import Keyring, WrappedKey, holder_of, label_of
from tenancy.keys.local import KeyDenied, KeyUnreachable, LocalKeys
from tenancy.keys.tenant_keys import Family, Purpose
from tenancy.sealing import SealBroken


class Provider(LocalKeys):
    """A provider that also does what a remote one may: deny, be out of reach, take its time."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked: list[str] = []
        self.fails: Exception | None = None
        self.entered, self.gate = threading.Event(), threading.Event()
        self.gate.set()

    def unwrap(self, holder: str, label: str, wrapped: bytes) -> bytes:
        self.asked.append(label)
        self.entered.set()
        self.gate.wait(timeout=30)
        if self.fails is not None:
            raise self.fails
        return super().unwrap(holder, label, wrapped)


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Ring:
    """A keyring over one tenant, with everything around it in the test's hand."""

    def __init__(self, folder: Path) -> None:
        self.provider, self.clock = Provider(folder / "keys"), Clock()
        self.tenant = TenantId(new_id("ten"))
        self.rows: list[WrappedKey] = []
        for family in Family:
            holder = holder_of(self.tenant, family)
            if not self.provider.exists(holder):
                self.provider.create(holder)
            self.rows.append(self.row(family, 1, "active", bytes([len(self.rows) + 1]) * 32))
        self.keyring = Keyring(self.provider, self.load, refresh=60.0, expire=300.0, clock=self.clock)

    def row(self, family: Family, version: int, state: str, root: bytes) -> WrappedKey:
        wrapped = self.provider.wrap(holder_of(self.tenant, family), label_of(family, version), root)
        return WrappedKey(family, version, state, wrapped)

    async def load(self, tenant: TenantId) -> list[WrappedKey]:
        assert tenant == self.tenant
        return list(self.rows)


@pytest.fixture
def ring(folder: Path) -> Ring:
    return Ring(folder)


async def test_keys_are_asked_for_once_until_the_lease_wants_renewing(ring: Ring) -> None:
    first = await ring.keyring.open(ring.tenant)
    ring.clock.now += 59.9
    assert await ring.keyring.open(ring.tenant) is first
    assert len(ring.provider.asked) == len(Family)
    ring.clock.now += 0.2
    renewed = await ring.keyring.open(ring.tenant)
    assert renewed is not first
    assert len(ring.provider.asked) == 2 * len(Family)
    sealed = first.seal(Purpose.RECORDS, "t", "r", "c", b"text")
    assert renewed.open(Purpose.RECORDS, "t", "r", "c", sealed) == b"text"


async def test_fifty_openings_at_a_cold_start_ask_the_provider_once(ring: Ring) -> None:
    ring.provider.gate.clear()
    openings = [asyncio.create_task(ring.keyring.open(ring.tenant)) for _ in range(50)]
    await asyncio.sleep(0)
    ring.provider.gate.set()
    opened = await asyncio.gather(*openings)
    assert {id(each) for each in opened} == {id(opened[0])}
    assert len(ring.provider.asked) == len(Family)


async def test_a_provider_that_denies_evicts_the_keys_at_once(ring: Ring) -> None:
    await ring.keyring.open(ring.tenant)
    ring.clock.now += 61
    ring.provider.fails = KeyDenied("withheld")
    with pytest.raises(KeyDenied):
        await ring.keyring.open(ring.tenant)
    ring.provider.fails = KeyUnreachable("keys", "no answer")
    with pytest.raises(KeyUnreachable):
        await ring.keyring.open(ring.tenant)


async def test_a_provider_out_of_reach_is_waited_for_until_the_lease_ends(ring: Ring) -> None:
    first = await ring.keyring.open(ring.tenant)
    ring.provider.fails = KeyUnreachable("keys", "no answer")
    for passed in (61, 238):
        ring.clock.now += passed
        assert await ring.keyring.open(ring.tenant) is first
    ring.clock.now += 2
    with pytest.raises(KeyUnreachable):
        await ring.keyring.open(ring.tenant)
    ring.provider.fails = None
    assert await ring.keyring.open(ring.tenant) is not first


async def test_a_tenant_never_opened_fails_closed_when_the_provider_is_out_of_reach(ring: Ring) -> None:
    ring.provider.fails = KeyUnreachable("keys", "no answer")
    with pytest.raises(KeyUnreachable):
        await ring.keyring.open(ring.tenant)


async def test_destroyed_keys_are_denied_from_the_next_renewal_on(ring: Ring) -> None:
    await ring.keyring.open(ring.tenant)
    ring.provider.destroy(holder_of(ring.tenant, Family.DATA))
    ring.clock.now += 61
    with pytest.raises(KeyDenied):
        await ring.keyring.open(ring.tenant)


async def test_evicted_keys_are_asked_for_again(ring: Ring) -> None:
    first = await ring.keyring.open(ring.tenant)
    ring.keyring.evict(ring.tenant)
    assert await ring.keyring.open(ring.tenant) is not first


async def test_keys_evicted_while_they_were_being_opened_are_not_kept(ring: Ring) -> None:
    ring.provider.gate.clear()
    opening = asyncio.create_task(ring.keyring.open(ring.tenant))
    await asyncio.to_thread(ring.provider.entered.wait, 30)
    ring.keyring.evict(ring.tenant)
    ring.provider.gate.set()
    await opening
    ring.provider.fails = KeyDenied("withheld")
    with pytest.raises(KeyDenied):
        await ring.keyring.open(ring.tenant)


async def test_a_sweep_forgets_leases_past_their_end_whether_used_or_not(ring: Ring) -> None:
    await ring.keyring.open(ring.tenant)
    ring.clock.now += 299
    assert ring.keyring.sweep() == []
    ring.clock.now += 1
    assert ring.keyring.sweep() == [ring.tenant]
    assert ring.keyring.sweep() == []


@pytest.mark.parametrize("missing", list(Family))
async def test_a_tenant_whose_keys_are_not_complete_is_denied(ring: Ring, missing: Family) -> None:
    ring.rows = [row for row in ring.rows if row.family is not missing]
    with pytest.raises(KeyDenied):
        await ring.keyring.open(ring.tenant)


async def test_L47_wrapped_keys_swapped_between_families_or_tenants_do_not_open(folder: Path) -> None:
    mine, theirs = Ring(folder / "a"), Ring(folder / "b")
    first, second, *rest = mine.rows
    genuine = mine.rows
    for forged in (
        [WrappedKey(first.family, 1, "active", second.wrapped), second, *rest],
        [theirs.rows[0], second, *rest],
    ):
        mine.rows = forged
        with pytest.raises(SealBroken):
            await mine.keyring.open(mine.tenant)
    mine.rows = genuine
    assert (await mine.keyring.open(mine.tenant)).tenant == mine.tenant


async def test_an_older_version_still_opens_and_the_active_one_seals(ring: Ring) -> None:
    before = (await ring.keyring.open(ring.tenant)).seal(Purpose.RECORDS, "t", "r", "c", b"old")
    old = next(row for row in ring.rows if row.family is Family.DATA)
    kept = WrappedKey(Family.DATA, 1, "decrypt-only", old.wrapped)
    ring.rows = [row for row in ring.rows if row is not old]
    ring.rows += [kept, ring.row(Family.DATA, 2, "active", b"n" * 32)]
    ring.keyring.evict(ring.tenant)
    keys = await ring.keyring.open(ring.tenant)
    after = keys.seal(Purpose.RECORDS, "t", "r", "c", b"new")
    assert (before[4], after[4]) == (1, 2)
    assert keys.open(Purpose.RECORDS, "t", "r", "c", before) == b"old"
    ring.rows = [row for row in ring.rows if row is not kept]
    ring.keyring.evict(ring.tenant)
    keys = await ring.keyring.open(ring.tenant)
    with pytest.raises(SealBroken, match="no longer exists"):
        keys.open(Purpose.RECORDS, "t", "r", "c", before)
