"""Many asks at a time: in order, never more than so many, and the first error comes out."""

import asyncio
from functools import partial

import pytest

from evals.families.together import together


async def test_answers_keep_the_order_of_the_questions_and_few_are_on_their_way_at_a_time() -> None:
    free, busy, most = asyncio.Event(), 0, 0

    async def ask(number: int) -> int:
        nonlocal busy, most
        busy, most = busy + 1, max(most, busy + 1)
        if most == 3:
            free.set()
        await free.wait()
        busy -= 1
        return number

    assert await together([partial(ask, number) for number in range(9)], width=3) == list(range(9))
    assert most == 3


async def test_an_error_comes_out_when_all_others_have_ended() -> None:
    ended: list[int] = []

    async def ask(number: int) -> None:
        if number == 0:
            raise ValueError("the first")
        ended.append(number)

    with pytest.raises(ValueError, match="the first"):
        await together([partial(ask, number) for number in range(4)], width=2)
    assert ended == [1, 2, 3]
