"""Attempts side by side: all of them in order, no more at once than allowed, the first error as it is."""

import asyncio

import pytest

from evals.stage.abreast import abreast
from evals.target.wire import Unreachable


async def test_everything_comes_back_in_order_and_no_more_run_at_once_than_allowed() -> None:
    running = most = 0

    async def attempt(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(9 - number % 9):
            await asyncio.sleep(0)
        running -= 1
        return number

    assert await abreast((attempt(number) for number in range(30)), at_once=4) == list(range(30))
    assert most == 4


async def test_the_first_error_ends_the_others_and_is_raised_as_it_is() -> None:
    never = asyncio.Event()
    begun = ended = 0

    async def waiting() -> None:
        nonlocal begun, ended
        begun += 1
        try:
            await never.wait()
        finally:
            ended += 1

    async def failing() -> None:
        raise Unreachable("POST /search as alpha: refused")

    with pytest.raises(Unreachable):
        await abreast([waiting(), failing(), waiting()], at_once=2)
    assert begun == ended > 0
