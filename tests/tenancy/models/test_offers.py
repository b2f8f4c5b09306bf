"""What operators offer the tenants of a plan, over both databases and from several processes at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from tenancy.crypto.revocation_log import RevocationLog
from tenancy.errors import NotFound, Unavailable
from tenancy.keys.local import LocalKeys
from tenancy.models.offers.offer import OfferWithoutKey, Status, renewed
from tenancy.models.offers.offers import Offers
from tenancy.models.own_provider import DEFAULTS
from tenancy.models.provider import KeyBoundElsewhere
from tenancy.sealing import SealBroken
from tenancy.stores.databases.store import Store, Transaction
from tenancy.stores.schema import deployment
from tests.tenancy.stores.conftest import engine_name, on_server, store

pytestmark = pytest.mark.shows("providers.operator")

__all__ = ["engine_name", "on_server", "store"]

_GIVEN = {"provider_key": "sk-one", "provider_base_url": "https://models.example/v1", "model": "m"}
_KEPT = {**_GIVEN, "provider_host": "models.example"}


@dataclass(slots=True)
class _Counted:
    """A store that counts how often its registry is opened, and can be out of reach."""

    store: Store
    opened: list[bool] = field(default_factory=list)
    down: bool = False

    @asynccontextmanager
    async def registry(self, *, writes: bool, single: bool = False) -> AsyncIterator[Transaction]:
        if self.down:
            raise Unavailable("records", "The records cannot be reached.")
        self.opened.append(writes)
        async with self.store.registry(writes=writes, single=single) as db:
            yield db


def process(store: object, folder: Path) -> Offers:
    """Return what one process of a deployment knows."""
    keys = LocalKeys(folder / "keys")
    ledger = RevocationLog(folder / "keys" / "ledger.jsonl", keys.secret("ledger"))
    return Offers(store, keys, ledger)  # type: ignore[arg-type]  # a stand-in that opens the registry


async def _body(store: Store, plan: str) -> bytes:
    async with store.registry(writes=False) as db:
        query = sa.select(deployment.c.value).where(deployment.c.key == f"offer:{plan}")
        return bytes((await db.execute(query)).scalar_one())


async def _put_back(store: Store, plan: str, body: bytes) -> None:
    mine = deployment.c.key == f"offer:{plan}"
    async with store.registry(writes=True) as db:
        await db.execute(deployment.delete().where(mine))
        await db.execute(deployment.insert().values(key=f"offer:{plan}", value=body))


@pytest.mark.parametrize("plan", ["free", "standard", "dedicated"])
async def test_what_is_set_for_one_plan_is_nothing_for_another(store: Store, folder: Path, plan: str) -> None:
    offers = process(store, folder)
    assert {each.status for each in await offers.all()} == {Status.NONE}
    made = await offers.set(plan, _GIVEN)
    assert (made.plan, made.status, made.provider) == (plan, Status.ACTIVE, _KEPT)
    assert "sk-one" not in repr(made)
    assert {each.plan: await offers.of(each.plan) for each in await offers.all()} == {
        **dict.fromkeys(("free", "standard", "dedicated")), plan: _KEPT,
    }  # fmt: skip


async def test_an_offer_that_is_copied_to_another_plan_does_not_open(store: Store, folder: Path) -> None:
    offers = process(store, folder)
    await offers.set("dedicated", _GIVEN)
    await offers.set("free", _GIVEN)
    await _put_back(store, "free", await _body(store, "dedicated"))
    again = process(store, folder)
    with pytest.raises(SealBroken):
        await again.of("free")
    assert [each.status for each in await again.all()] == [Status.LOST, Status.NONE, Status.ACTIVE]


async def test_a_row_that_nobody_set_is_no_offer(store: Store, folder: Path) -> None:
    elsewhere = process(store, folder / "elsewhere")
    await elsewhere.set("free", _GIVEN)
    assert await process(store, folder).of("free") is None


async def test_L46_what_was_ended_does_not_come_back_with_its_row(store: Store, folder: Path) -> None:
    offers = process(store, folder)
    await offers.set("free", _GIVEN)
    old = await _body(store, "free")
    for end in (offers.remove, offers.suspend):
        await end("free")
        await _put_back(store, "free", old)
        for one in (offers, process(store, folder)):
            assert await one.of("free") is None
        await offers.set("free", _GIVEN)
        await _put_back(store, "free", old)
        assert next(iter(await offers.all())).status is Status.LOST
        assert await process(store, folder).of("free") is None
        with pytest.raises(NotFound):
            await offers.resume("free")
        again = await offers.set("free", _GIVEN)
        assert again.status is (Status.SUSPENDED if end == offers.suspend else Status.ACTIVE)
        await offers.resume("free")
        assert await offers.of("free") == _KEPT
    assert (await offers.remove("free")).status is Status.NONE


async def test_every_change_holds_in_another_process_at_once(store: Store, folder: Path) -> None:
    here, there = process(store, folder), process(store, folder)
    await here.set("free", _GIVEN)
    assert await there.of("free") == _KEPT
    await here.set("free", {"model": "other"})
    assert await there.of("free") == {**_KEPT, "model": "other"}
    await here.suspend("free")
    assert await there.of("free") is None
    assert (await there.resume("free")).provider["model"] == "other"
    assert await here.of("free") == {**_KEPT, "model": "other"}
    await there.remove("free")
    assert await here.of("free") is None


async def test_a_request_reads_an_offer_once_and_nothing_where_there_is_none(store: Store, folder: Path) -> None:
    counted = _Counted(store)
    asked = process(counted, folder)
    assert [await asked.of("free") for _ in range(5)] == [None] * 5
    assert counted.opened == []
    offers = process(store, folder)
    for given in (_GIVEN, {"model": "other"}):
        await offers.set("free", given)
        counted.opened.clear()
        assert len([await asked.of("free") for _ in range(5)]) == 5
        assert counted.opened == [False]


async def test_what_cannot_be_read_is_raised_and_not_taken_for_nothing(store: Store, folder: Path) -> None:
    counted = _Counted(store)
    asked = process(counted, folder)
    await process(store, folder).set("free", _GIVEN)
    counted.down = True
    with pytest.raises(Unavailable):
        await asked.of("free")
    assert await asked.of("standard") is None
    counted.down = False
    assert await asked.of("free") == _KEPT


async def test_who_asks_in_the_midst_of_a_change_gets_the_one_or_the_other_and_never_nothing(
    store: Store, folder: Path
) -> None:
    here = process(store, folder)
    await here.set("free", {**_GIVEN, "model": "m0"})

    async def asks(seen: set[str]) -> None:
        while "m9" not in seen:
            found = await process(store, folder).of("free")  # a process that has met none of them
            seen.add("nothing" if found is None else found["model"])

    seen = set[str]()
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        tasks.create_task(asks(seen))
        for number in range(1, 10):
            await here.set("free", {"model": f"m{number}"})
    assert "nothing" not in seen


async def test_operators_at_the_same_moment_leave_one_whole_offer(store: Store, folder: Path) -> None:
    processes = [process(store, folder) for _ in range(3)]
    await processes[0].set("free", _GIVEN)
    words = [(one, f"m{number}") for number, one in enumerate(processes * 4)]
    made = await asyncio.gather(*(one.set("free", {"model": word}) for one, word in words))
    assert {each.status for each in made} == {Status.ACTIVE}
    (offer, *_) = await processes[0].all()
    assert (offer.status, offer.provider["model"] in {word for _, word in words}) == (Status.ACTIVE, True)
    assert [await one.of("free") for one in processes] == [offer.provider] * 3


async def test_what_is_set_while_it_is_suspended_waits_for_the_resumption(store: Store, folder: Path) -> None:
    offers = process(store, folder)
    await offers.set("free", _GIVEN)
    await offers.suspend("free")
    assert (await offers.set("free", {"provider_key": "sk-two"})).status is Status.SUSPENDED
    assert await offers.of("free") is None
    assert (await offers.resume("free")).status is Status.ACTIVE
    assert await offers.of("free") == {**_KEPT, "provider_key": "sk-two"}
    await offers.suspend("free")
    await offers.remove("free")
    assert (await offers.set("free", _GIVEN)).status is Status.ACTIVE


@pytest.mark.parametrize("plan", ["gold", "", "Free", "offer:free"])
async def test_a_plan_that_there_is_not_is_not_found(store: Store, folder: Path, plan: str) -> None:
    offers = process(store, folder)
    for change in (offers.set(plan, _GIVEN), offers.suspend(plan), offers.resume(plan), offers.remove(plan)):
        with pytest.raises(NotFound):
            await change
    assert await offers.of(plan) is None


def test_L50_a_key_stays_with_its_address_and_no_offer_is_without_one() -> None:
    assert renewed({}, {"provider_key": "sk-a"}) == {
        "provider_key": "sk-a", **DEFAULTS, "provider_host": "api.openai.com",
    }  # fmt: skip
    assert renewed(_KEPT, {"model": "other"}) == {**_KEPT, "model": "other"}
    assert renewed(_KEPT, {"provider_base_url": "https://models.example/v2"})["provider_key"] == "sk-one"
    for address in ("https://other.example/v1", "http://models.example/v1", "https://models.example:444/v1", None):
        with pytest.raises(KeyBoundElsewhere):
            renewed(_KEPT, {"provider_base_url": address})
    for before, given in (({}, {"model": "m"}), (_KEPT, {"provider_key": None})):
        with pytest.raises(OfferWithoutKey):
            renewed(before, given)
