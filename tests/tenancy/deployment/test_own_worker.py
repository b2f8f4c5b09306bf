"""A process of one tenant's opens that tenant and nobody else, whoever asks it to."""

from dataclasses import replace

import pytest

from tenancy.deployment.own_worker import NoOwnWorker, confined
from tenancy.errors import NotFound
from tenancy.identity.operators import Operator
from tenancy.keys.keyring import Keyring, holder_of
from tenancy.keys.local import KeyDenied
from tenancy.keys.tenant_keys import Family
from tenancy.mint import Mint
from tenancy.provision import NewTenant, provision
from tenancy.stores.registry import key_loader
from tests.tenancy.building import House, Resident, upload


async def _dedicated(home: House, resident: Resident) -> None:
    custody = await home.mint.custody(Operator("tests"), resident.id, "a test")
    await custody.change("dedicated", None)


@pytest.fixture
async def own(home: House, a: Resident) -> House:
    """Give the deployment as a process of `a`'s own worker has it."""
    await _dedicated(home, a)
    found = await confined(home.foundation.store, home.keys, a.id)
    keyring = Keyring(found.keys, key_loader(found.store))
    foundation = replace(home.foundation, store=found.store, provider=found.keys, keyring=keyring)
    return replace(home, foundation=foundation, mint=Mint(foundation))


@pytest.mark.shows("keys.own-worker")
async def test_an_own_worker_does_its_tenants_jobs(home: House, own: House, a: Resident) -> None:
    await upload(await home.enter(a), "one.txt", "One sentence.")
    (lane,) = await home.foundation.lanes.due()
    claimed = await own.mint.from_lane(lane)
    assert claimed is not None
    assert claimed[0].card().id == a.id


@pytest.mark.shows("keys.own-worker")
async def test_an_own_worker_opens_no_other_tenants_jobs(home: House, own: House, b: Resident) -> None:
    await upload(await home.enter(b), "one.txt", "One sentence.")
    (lane,) = await home.foundation.lanes.due()
    with pytest.raises(KeyDenied):
        await own.mint.from_lane(lane)
    assert await home.foundation.lanes.due() == [lane]


@pytest.mark.shows("keys.own-worker")
async def test_an_own_worker_opens_no_other_tenants_keys(home: House, own: House, b: Resident) -> None:
    with pytest.raises(KeyDenied):
        await own.foundation.keyring.open(b.id)
    for family in Family:
        holder = holder_of(b.id, family)
        for act in (
            lambda holder=holder: own.foundation.provider.wrap(holder, "data.1", bytes(32)),
            lambda holder=holder: own.foundation.provider.renew(holder, 2),
            lambda holder=holder: own.foundation.provider.destroy(holder),
            lambda holder=holder: own.foundation.provider.create(holder),
        ):
            with pytest.raises(KeyDenied):
                act()
        assert home.foundation.provider.exists(holder)


@pytest.mark.shows("keys.own-worker")
async def test_an_own_worker_opens_no_other_tenants_records(own: House, a: Resident, b: Resident) -> None:
    store = own.foundation.store
    for writes in (False, True):
        with pytest.raises(NotFound):
            async with store.tenant(b.id, writes=writes):
                pass
    with pytest.raises(NotFound):
        await store.purge(b.id, keep=("state",))
    with pytest.raises(NotFound):
        await store.destroy(b.id)
    with pytest.raises(NotFound):
        await store.create(b.id)
    assert set(await store.listed()) <= {a.id}


@pytest.mark.shows("keys.own-worker", without="the confinement")
async def test_any_other_process_opens_them(home: House, own: House, b: Resident) -> None:
    """What is refused above is refused by the confinement alone."""
    await upload(await home.enter(b), "one.txt", "One sentence.")
    (lane,) = await home.foundation.lanes.due()
    unconfined = replace(own.foundation, store=home.foundation.store, provider=home.foundation.provider)
    unconfined = replace(unconfined, keyring=Keyring(unconfined.provider, key_loader(unconfined.store)))
    assert await Mint(unconfined).from_lane(lane) is not None


async def test_the_tenant_is_named_by_id_or_name(home: House) -> None:
    card, _ = await provision(home.foundation, Operator("tests"), NewTenant("Alder & Sons", "dedicated"))
    by_id = await confined(home.foundation.store, home.keys, card.id)
    by_name = await confined(home.foundation.store, home.keys, "ALDER & sons")
    assert by_id.lane == by_name.lane


async def test_a_tenant_without_a_worker_of_its_own_is_a_sentence(home: House, a: Resident) -> None:
    with pytest.raises(NoOwnWorker, match="plan is standard"):
        await confined(home.foundation.store, home.keys, a.id)
    for absent in ("nobody", "ten_00000000000000000000000a", ""):
        with pytest.raises(NoOwnWorker, match="tenant list"):
            await confined(home.foundation.store, home.keys, absent)
