"""A client's secret and the one before it work side by side until the overlap ends, by the row and by the ledger."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from tenancy.crypto.revocation_log import Ending
from tenancy.identity.client_secrets import ends_at
from tenancy.mint import Mint
from tenancy.stores.clients import NewClient
from tenancy.stores.databases.postgres import PostgresStore
from tenancy.stores.databases.store import Store
from tenancy.stores.schema import clients
from tenancy.stores.views import ClientTerms
from tenancy.tokens import TokenRefused
from tenancy.values.roles import Role
from tests.tenancy.building import NOWHERE, House, Resident, house

pytestmark = pytest.mark.shows("identity.overlap")

HOUR = 3_600


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Store | None:
    """Return the store on a server, if that is what is under test."""
    return PostgresStore(request.getfixturevalue("database").owner) if request.param == "postgresql" else None


@pytest.fixture
async def home(folder: Path, server: Store | None) -> AsyncIterator[House]:
    """Yield a deployment without tenants on either database."""
    async with house(folder, store=server) as opened:
        yield opened


async def _made(home: House, one: Resident, expires_in: float | None = None) -> NewClient:
    terms = ClientTerms(None if expires_in is None else time.time() + expires_in)
    return await (await home.enter(one)).add_client("reader", frozenset({Role.USER}), "reading", terms)


async def _rotated(home: House, one: Resident, made: NewClient, overlap: int = HOUR) -> NewClient:
    return await (await home.enter(one)).rotate_client(made.client.id, overlap)


async def _works(home: House, made: NewClient, *, after: float = 0) -> bool:
    """Tell whether a secret gets a token when so many seconds have passed."""
    mint = Mint(replace(home.foundation, clock=lambda: time.time() + after))
    try:
        return bool((await mint.exchange(made.client.id, made.secret, None)).access_token)
    except TokenRefused:
        return False


async def _row(home: House, one: Resident, made: NewClient) -> dict[str, object]:
    async with home.foundation.store.tenant(one.id, writes=False) as db:
        return dict((await db.execute(sa.select(clients).where(clients.c.id == made.client.id))).mappings().one())


async def _put(home: House, one: Resident, made: NewClient, values: dict[str, object]) -> None:
    """Change a client's row the way somebody with the database in hand does."""
    await home.execute(one.id, clients.update().where(clients.c.id == made.client.id).values(values))


async def test_both_secrets_work_until_the_overlap_ends_and_then_the_newest_alone(home: House, a: Resident) -> None:
    first = await _made(home, a)
    second = await _rotated(home, a, first)
    assert second.earlier_until is not None
    for after, both in ((0, True), (HOUR - 60, True), (HOUR + 1, False), (400 * 24 * HOUR, False)):
        assert await _works(home, second, after=after)
        assert await _works(home, first, after=after) is both


async def test_without_an_overlap_the_secret_before_ends_at_once(home: House, a: Resident) -> None:
    first = await _made(home, a)
    second = await _rotated(home, a, first, 0)
    assert second.earlier_until is None
    assert (await _works(home, first), await _works(home, second)) == (False, True)


async def test_another_rotation_during_an_overlap_ends_the_oldest_at_once(home: House, a: Resident) -> None:
    first = await _made(home, a)
    second = await _rotated(home, a, first)
    third = await _rotated(home, a, first)
    assert [await _works(home, each) for each in (first, second, third)] == [False, True, True]
    fourth = await _rotated(home, a, first, 0)
    assert [await _works(home, each) for each in (first, second, third, fourth)] == [False, False, False, True]


async def test_L07_a_revoked_client_gets_nothing_with_either_secret(home: House, a: Resident) -> None:
    first = await _made(home, a)
    second = await _rotated(home, a, first)
    token = (await home.mint.exchange(first.client.id, first.secret, None)).access_token
    await (await home.enter(a)).revoke_client(first.client.id)
    assert [await _works(home, each) for each in (first, second)] == [False, False]
    with pytest.raises(TokenRefused):
        await home.mint.from_token(token, NOWHERE)


async def test_an_expired_client_gets_nothing_with_either_secret(home: House, a: Resident) -> None:
    first = await _made(home, a, expires_in=600)
    second = await _rotated(home, a, first)
    assert [await _works(home, each, after=540) for each in (first, second)] == [True, True]
    assert [await _works(home, each, after=601) for each in (first, second)] == [False, False]


async def test_L46_of_two_rotations_at_once_both_new_secrets_work_and_the_one_before_them_ends(
    home: House, a: Resident
) -> None:
    first, entered = await _made(home, a), await home.enter(a)
    pair = await asyncio.gather(*(entered.rotate_client(first.client.id, HOUR) for _ in range(2)))
    assert [await _works(home, each) for each in (first, *pair)] == [False, True, True]
    assert sorted([await _works(home, each, after=HOUR + 1) for each in pair]) == [False, True]


async def test_a_secret_of_one_client_is_no_secret_of_another(home: House, a: Resident, b: Resident) -> None:
    mine, twin, theirs = await _made(home, a), await _made(home, a), await _made(home, b)
    await _rotated(home, a, mine)
    for other in (twin, theirs):
        assert not await _works(home, replace(mine, client=other.client))
        assert await _works(home, other)


async def test_the_audit_says_how_long_an_overlap_is(home: House, a: Resident) -> None:
    made = await _made(home, a)
    for overlap in (HOUR, 0):
        await _rotated(home, a, made, overlap)
    async with (await home.enter(a)).snapshot() as records:
        entries, _ = await records.audit.page(50)
    said = [entry.resource for entry in entries if entry.action == "client.rotated"]
    assert said == [made.client.id, f"{made.client.id}: overlap {HOUR} s"]


async def test_L46_a_row_put_back_from_before_keeps_the_secret_its_overlap_and_not_a_second_more(
    home: House, a: Resident
) -> None:
    first = await _made(home, a)
    before = await _row(home, a, first)
    second = await _rotated(home, a, first)
    await _put(home, a, first, before)
    assert await _works(home, first, after=HOUR - 60)
    assert not await _works(home, first, after=HOUR + 1)
    assert not await _works(home, second)  # no row knows it


async def test_L46_a_row_put_back_from_an_overlap_revives_no_secret_and_ends_none_that_works(
    home: House, a: Resident
) -> None:
    first = await _made(home, a)
    second = await _rotated(home, a, first)
    during = await _row(home, a, first)
    third = await _rotated(home, a, first, HOUR // 2)
    await _put(home, a, first, during)
    assert [await _works(home, each) for each in (first, second, third)] == [False, True, False]
    assert not await _works(home, second, after=HOUR // 2 + 1)


async def test_L46_an_ended_secret_that_a_row_put_back_knows_gets_no_overlap(home: House, a: Resident) -> None:
    first = await _made(home, a)
    before = await _row(home, a, first)
    await _rotated(home, a, first, 0)
    await _put(home, a, first, before)
    third = await _rotated(home, a, first)
    assert third.earlier_until is None
    assert [await _works(home, each) for each in (first, third)] == [False, True]


async def test_L46_a_secret_whose_end_is_set_gets_no_later_one(home: House, a: Resident) -> None:
    first = await _made(home, a)
    before = await _row(home, a, first)
    second = await _rotated(home, a, first)
    await _put(home, a, first, before)
    third = await _rotated(home, a, first, 5 * HOUR)
    assert third.earlier_until == second.earlier_until
    assert await _works(home, first)
    assert not await _works(home, first, after=HOUR + 1)


@pytest.mark.shows("grants.clients")
@pytest.mark.parametrize("overlap", [0, HOUR])
async def test_L47_an_overlap_written_into_the_row_opens_nothing(home: House, a: Resident, overlap: int) -> None:
    first = await _made(home, a)
    old = (await _row(home, a, first))["secret_mac"]
    second = await _rotated(home, a, first, overlap)
    genuine = await _row(home, a, first)
    edits: list[dict[str, object]] = [
        {"earlier_mac": old, "earlier_until": 9e9},
        {"earlier_until": 9e9},
        {"earlier_mac": bytes(32)},
        {"earlier_mac": old, "earlier_until": math.inf},
        {"earlier_mac": b"", "earlier_until": None},
    ]
    for edit in edits:
        await _put(home, a, first, edit)
        assert [await _works(home, each) for each in (first, second)] == [False, False], edit
        await _put(home, a, first, genuine)
    assert [await _works(home, each) for each in (first, second)] == [overlap > 0, True]


def _entry(**data: str) -> Ending:
    return Ending("secret.rotated", "cli_1", "ten_1", 1.0, data)


@pytest.mark.parametrize(
    ("last", "end"),
    [
        (None, math.inf),
        (_entry(digest="a"), math.inf),
        (_entry(digest="a", earlier="b", until="7.5"), math.inf),
        (_entry(digest="b", earlier="a", until="7.5"), 7.5),
        (_entry(digest="b"), 0.0),
        (_entry(digest="b", earlier="c", until="7.5"), 0.0),
    ],
    ids=["never rotated", "newest", "newest of two", "before", "without overlap", "older than both"],
)
def test_L46_the_ledger_says_when_a_secret_ends(last: Ending | None, end: float) -> None:
    assert ends_at(last, "a") == end
