"""What is timed is alone, and waiting for it can be ended."""

import asyncio
from pathlib import Path

import pytest

from evals.mutants.attack.turns import taking_turns


async def test_who_wants_to_be_alone_waits_until_the_others_pause(tmp_path: Path) -> None:
    order: list[str] = []
    async with taking_turns(tmp_path) as one, taking_turns(tmp_path) as other:

        async def timed() -> None:
            async with one.alone():
                order.append("alone")

        waiting = asyncio.create_task(timed())
        await asyncio.sleep(0)
        order.append("beside")
        await other.pause()
        await waiting
    assert order == ["beside", "alone"]


async def test_waiting_for_a_turn_can_be_cancelled(tmp_path: Path) -> None:
    async with taking_turns(tmp_path) as one, taking_turns(tmp_path):

        async def timed() -> None:
            async with one.alone():
                raise AssertionError("somebody else is there")

        waiting = asyncio.create_task(timed())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
