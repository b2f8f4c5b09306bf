"""Sentinels are made once, and what is kept of them is sealed."""

import asyncio

import pytest
import sqlalchemy as sa

from tenancy.deployment.roster import roster
from tenancy.sealing import SealBroken
from tenancy.stores.schema import deployment
from tenancy.tripwires.sentinels import ensure_sentinels, read_sentinels, write_note
from tests.tenancy.building import House, Resident


async def test_of_several_processes_that_start_together_one_makes_them(home: House) -> None:
    made = await asyncio.gather(*(ensure_sentinels(home.mint, home.foundation) for _ in range(4)))
    assert len([each for each in made if each is not None]) == 1
    assert len([card async for card in roster(home.foundation)]) == 2
    assert await ensure_sentinels(home.mint, home.foundation) == await read_sentinels(home.foundation)


async def test_a_process_that_died_over_making_them_is_followed_by_another(home: House) -> None:
    await write_note(home.foundation, "sentinels", {"claimed_at": 1.0, "by": "a process that died"})
    assert await ensure_sentinels(home.mint, home.foundation) is not None


async def test_no_credential_and_no_token_rests_in_the_clear(home: House) -> None:
    made = await ensure_sentinels(home.mint, home.foundation)
    assert made is not None
    rest = b"".join(path.read_bytes() for path in home.data.rglob("*") if path.is_file())
    assert made.north.tenant.encode() in rest  # the search finds what is there
    for secret in (made.north.secret, made.south.secret, made.drill, made.north.watchword, made.south.watchword):
        assert secret.encode() not in rest


async def test_what_was_noted_of_them_and_edited_by_hand_does_not_open(home: House, a: Resident) -> None:
    await ensure_sentinels(home.mint, home.foundation)
    await write_note(home.foundation, "probe", {"good_at": 1.0})
    other = sa.select(deployment.c.value).where(deployment.c.key == "probe").scalar_subquery()
    await home.execute(None, deployment.update().where(deployment.c.key == "sentinels").values(value=other))
    with pytest.raises(SealBroken):
        await ensure_sentinels(home.mint, home.foundation)
    assert a.id not in {
        card.id for card in [card async for card in roster(home.foundation)] if card.name.startswith("Sentinel")
    }


async def test_the_tokens_are_their_holders_own(home: House) -> None:
    made = await ensure_sentinels(home.mint, home.foundation)
    assert made is not None
    wires = home.foundation.tripwires
    for token, holder in (
        (made.north.watchword, made.north),
        (made.south.watchword, made.south),
        (made.drill, made.north),
    ):
        (found,) = wires.recogniser.found(token)
        owner = (await wires.owners.find([found.owner]))[found.owner]
        assert (owner.tenant, owner.drill) == (holder.tenant, False)
