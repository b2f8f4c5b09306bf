"""A drill, sentinel to sentinel: make the alarm ring through the running service, and see that it did.

The north sentinel holds a document with a token of its own. The drill makes that token the south sentinel's, in the
table of owners, and leaves everything else as it is: from then on the north sentinel's answers hold what is foreign to
it and never arrived as such, which is what a leak looks like to the guard. No wall is opened, and no switch exists.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import httpx

from app.sentinels.calling import SentinelCaller
from app.sentinels.probing import holds
from tenancy.foundation import Foundation
from tenancy.tripwires.alarms import Surface
from tenancy.tripwires.sentinels import DRILL, Sentinels, hand_drill_to, is_drill, read_note, write_note

_QUESTION: Final = "What is the exercise phrase of the drill?"
_WEAK: Final = "weak_evidence"
_NEWEST: Final = 200


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a drill and whether it held."""

    says: str
    held: bool


async def drill(on: Foundation, sentinels: Sentinels, http: httpx.AsyncClient, tell: Callable[[Step], None]) -> None:
    """Tell every step as it is done; ProbeFailed where one cannot be done at all."""
    caller = SentinelCaller(http, sentinels.north)
    await hand_drill_to(on, sentinels, sentinels.north)  # as it should be, unless a drill was killed
    await caller.sign_in()
    document = await caller.deposit(DRILL, f"The exercise phrase of the drill is {sentinels.drill}. It means nothing.")
    try:
        tell(Step("its owner finds the token and is answered with it", await _given(on, sentinels, caller)))
        await _leak(on, sentinels, caller, tell)
        tell(Step("its owner is answered with it again", await _given(on, sentinels, caller)))
    finally:
        await caller.remove(document)
    await write_note(on, DRILL, {"ended_at": time.time()})


async def _leak(on: Foundation, sentinels: Sentinels, caller: SentinelCaller, tell: Callable[[Step], None]) -> None:
    """Make the token another's for a moment, and look at what the service then does."""
    started = time.time()
    await hand_drill_to(on, sentinels, sentinels.south)
    try:
        said = (await caller.search(_QUESTION, DRILL), await caller.ask(_QUESTION, DRILL))
    finally:
        await hand_drill_to(on, sentinels, sentinels.north)
    shown = any(holds(on, each, sentinels.drill) for each in said)
    tell(Step("once the token is another's, no hit and no answer holds it", not shown))
    refusal = tuple(said[1].read.get(field) for field in ("refused", "reason", "citations"))
    tell(Step("the answer is a refusal like any for weak evidence", refusal == (True, _WEAK, [])))
    rang = {
        alarm.surface
        for alarm in await on.tripwires.alarms.page(_NEWEST)
        if is_drill(on, sentinels, alarm) and alarm.blocked and alarm.last_at >= started
    }
    tell(Step("the alarm rang for the hits of a search", Surface.SEARCH in rang))
    tell(Step("the alarm rang for the hits of a question", Surface.CONTEXT in rang))


async def _given(on: Foundation, sentinels: Sentinels, caller: SentinelCaller) -> bool:
    said = (await caller.search(_QUESTION, DRILL), await caller.ask(_QUESTION, DRILL))
    return all(holds(on, each, sentinels.drill) for each in said)


async def last_drill(on: Foundation) -> float | None:
    """Return when the last drill ended, in epoch seconds."""
    noted = (await read_note(on, DRILL)).get("ended_at")
    return noted if isinstance(noted, float) else None
