"""Give a tenant something to lose, and erase it."""

from tenancy.erasure import (
    Receipt,
    request_erasure,
    run_erasure,
)
from tenancy.ids import ErasureId
from tests.tenancy.building import OPERATOR, House, Resident, upload


async def ask(home: House, one: Resident) -> ErasureId:
    return await request_erasure(home.mint, home.foundation, OPERATOR, one.id, "the contract has ended")


async def erase(home: House, one: Resident) -> Receipt:
    return await run_erasure(home.foundation, await ask(home, one))


async def fill(home: House, one: Resident) -> None:
    for name in ("a.txt", "b.txt"):
        await upload(await home.enter(one), name, f"the canary of {one.id} in {name}")
    await home.drain()
    await upload(await home.enter(one), "waiting.txt", f"still waiting in {one.id}")
