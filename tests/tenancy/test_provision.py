"""A tenant comes into being whole or not at all, under a name that nobody else's can be taken for."""

import asyncio
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tenancy.errors import Invalid, NotFound, ServiceError, Unavailable
from tenancy.plans import UnknownPlan
from tenancy.provision import InvalidTenant, NewTenant, check_name, name_key, provision
from tenancy.stores.databases.sqlite import SqliteStore
from tenancy.stores.registry import NameTaken
from tenancy.stores.schema import lanes, lookups, tenant_keys, tenants
from tests.tenancy.building import NOWHERE, OPERATOR, House, Resident, house
from tests.tenancy.failing import FailingKeys, FailingStore, Fuse

_NAMES = st.text(min_size=1, max_size=20)


def _width(name: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in name)


@given(name=_NAMES)
def test_L03_a_name_in_another_case_width_or_composition_is_the_same_name(name: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert name_key(unicodedata.normalize(form, name)) == name_key(name)
    assert name_key(name.casefold()) == name_key(name)
    assert name_key(_width(name)) == name_key(name)
    assert name_key(f" {name}\t") == name_key(name)


@given(
    letters=st.text("abcdefgh0123", min_size=1, max_size=10), marks=st.lists(st.sampled_from(" -_./&'·–"), max_size=9)
)
def test_L03_names_that_sanitise_alike_are_the_same_name(letters: str, marks: list[str]) -> None:
    parts = [letter + (marks[number] if number < len(marks) else "") for number, letter in enumerate(letters)]
    assert name_key("".join(parts)) == name_key(letters)


@given(one=st.text("abcdefgh0123", min_size=1, max_size=10), other=st.text("abcdefgh0123", min_size=1, max_size=10))
def test_names_that_read_differently_are_different(one: str, other: str) -> None:
    assert (name_key(one) == name_key(other)) == (one == other)


@pytest.mark.shows("identity.names")
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Straße GmbH", "STRASSE GMBH"),
        ("Acme, Inc.", "ACME INC"),
        ("acme-inc", "acme_inc"),
        ("ﬁnance", "finance"),
        ("Ａｃｍｅ", "acme"),
        ("Zoë", "Zoe\u0308"),
        ("①", "1"),
        ("a/b", "ab"),
    ],
)
async def test_L03_two_names_that_read_the_same_cannot_both_exist(home: House, first: str, second: str) -> None:
    await provision(home.foundation, OPERATOR, NewTenant(first))
    for name in (first, second):
        with pytest.raises(NameTaken):
            await provision(home.foundation, OPERATOR, NewTenant(name))
    assert await _everything(home) == 1


@pytest.mark.parametrize("name", ["", " ", "a" * 201, "a\nb", "a\x00b", "\u202eevil", "zero\u200bwidth", "\ud800"])
def test_a_name_that_cannot_be_shown_is_refused(name: str) -> None:
    with pytest.raises(InvalidTenant):
        check_name(name)


@pytest.mark.parametrize("name", ["Acme", " Acme ", "日本語", "a" * 200, "★"])
def test_a_name_is_kept_as_it_was_given_but_for_spaces_around_it(name: str) -> None:
    assert check_name(name) == name.strip()


@pytest.mark.parametrize(
    "wish",
    [
        NewTenant("Acme", plan="gold"),
        NewTenant("Acme", limits={"tenants": 5}),
        NewTenant("Acme", embedder="psychic"),
        NewTenant("Acme", settings={"provider_key": "sk"}),
        NewTenant("Acme", settings={"provider_key": "sk", "provider_base_url": "nonsense", "model": "m"}),
        NewTenant("Acme", settings={"tenant_id": "ten_1"}),
        NewTenant("\n"),
    ],
)
async def test_a_wish_that_cannot_be_met_leaves_nothing(home: House, wish: NewTenant) -> None:
    with pytest.raises((Invalid, UnknownPlan)):
        await provision(home.foundation, OPERATOR, wish)
    assert await _everything(home) == 0


async def test_of_twenty_that_want_one_name_at_once_one_gets_it(home: House) -> None:
    wishes = [provision(home.foundation, OPERATOR, NewTenant("Acme")) for _ in range(20)]
    done = await asyncio.gather(*wishes, return_exceptions=True)
    assert sum(not isinstance(each, BaseException) for each in done) == 1
    assert {type(each) for each in done if isinstance(each, BaseException)} == {NameTaken}
    assert await _everything(home) == 1


@pytest.mark.shows("identity.names")
async def test_L03_an_unknown_tenant_is_never_made_by_being_named(home: House, a: Resident) -> None:
    neighbour = a.id[:-1] + ("y" if a.id.endswith("z") else "z")
    for named in (neighbour, "ten_unknown", "../other"):
        with pytest.raises(NotFound):
            await home.custody(named)
        token = home.foundation.tenant_tokens.sign("cli_1", 600, tid=named, cid="cli_1", roles=["admin"])
        with pytest.raises(ServiceError):
            await home.mint.from_token(token, NOWHERE)
    assert await _everything(home) == 1


async def _everything(home: House) -> int:
    """Return how many tenants there are after checking that every store and the key folder have exactly these."""
    async with home.foundation.store.registry(writes=False) as db:
        ids = set((await db.execute(sa.select(tenants.c.id))).scalars())
        for table, column in ((tenant_keys, "tenant_id"), (lanes, "tenant_id"), (lookups, "tenant_id")):
            assert set((await db.execute(sa.select(table.c[column]))).scalars()) == ids
    for folder in (home.data / "tenants", home.data / "blobs"):
        assert {path.name for path in folder.glob("*")} == ids
    for folder in (home.keys / "tenants", home.keys / "retention"):
        assert {path.stem for path in folder.glob("*")} == ids
    return len(ids)


async def test_a_provisioning_that_fails_at_any_step_leaves_nothing_and_can_be_repeated(folder: Path) -> None:
    fuse = Fuse()
    store = FailingStore(SqliteStore(folder / "data"), fuse)
    async with house(folder, store=store, provider=FailingKeys(folder / "data.keys", fuse)) as home:
        fuse.arm(0)
        await provision(home.foundation, OPERATOR, NewTenant("First"))
        steps = fuse.calls
        assert steps >= 12
        for step in range(1, steps + 1):
            fuse.arm(step)
            with pytest.raises(Unavailable):
                await provision(home.foundation, OPERATOR, NewTenant("Acme"))
            assert fuse.calls >= step
            fuse.arm(0)
            assert await _everything(home) == 1, f"something stayed after a failure at step {step}"
        one = await home.settle("Acme")
        assert (await home.enter(one)).card().name == "Acme"
        assert await _everything(home) == 2


async def test_a_provisioning_whose_caller_goes_away_ends_whole(home: House) -> None:
    made = [0]
    for turns in range(40):
        task = asyncio.create_task(provision(home.foundation, OPERATOR, NewTenant(f"Acme {turns}")))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
        made.append(await _everything(home))  # which sees that no store holds a part of one
    assert {after - before for before, after in pairwise(made)} <= {0, 1}
    assert made[-1] > 0
