"""A process whose parsers load slowly, or die while they load, stays up and says so until they are there."""

import asyncio
from typing import cast

from app.readiness import READY, Readiness
from app.serve import preload
from ingestion.parse import ParseFailed, ParserPool


class Slow:
    """A parser that cannot be loaded twice, and then can."""

    def __init__(self, readiness: Readiness) -> None:
        self.readiness = readiness
        self.attempts = 0
        self.told: list[str] = []

    async def preloaded(self) -> None:
        self.told.append((await self.readiness.report())["parser"])
        self.attempts += 1
        if self.attempts < 3:
            raise ParseFailed("unavailable")


async def test_parsers_that_could_not_be_loaded_are_loaded_again_and_readiness_says_so() -> None:
    readiness = Readiness({})
    readiness.loading("parser", "The parsers are being loaded.")
    slow = Slow(readiness)
    await asyncio.wait_for(preload(readiness, cast("ParserPool", slow), pause=0.0), 60)
    assert slow.attempts == 3
    assert slow.told[0] == "The parsers are being loaded."
    assert "again" in slow.told[1]
    assert await readiness.report() == {"parser": READY}
