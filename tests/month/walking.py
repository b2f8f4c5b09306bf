"""Walk through the month hour by hour: every request at its own second, and the house kept meanwhile."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from tenancy.anomalies.hours import SECONDS, Signal
from tenancy.ids import new_id
from tests.month.lives import FIRST
from tests.month.provider import Said
from tests.month.town import QUESTION, Citizen, Town
from tests.tenancy.anomalies.living import COLUMNS
from tests.tenancy.lifecycle.rounds import scanned

_ASKS: Final = 6
"""So many questions an hour carry the hour's tokens; the other requests read a document."""
_ASKS_OF_REAL_LENGTH: Final = 60
"""And so many where no answer may cost more than it can be long."""


class Clock(Protocol):
    """What sets the time; in epoch seconds."""

    def move_to(self, destination: float) -> None:
        """Set it."""


@dataclass(frozen=True, slots=True)
class Act:
    """One request of a tenant at a moment: a question that costs `said`, with a tripwire in it or not, or a path."""

    at: float
    of: Citizen
    said: Said | None = None
    path: str = ""
    tripwire: bool = False


async def walk(town: Town, hours: int, clock: Clock, step: Callable[[], None] = lambda: None) -> None:
    """Live through the first `hours` of the month; `step` is told of each."""
    on = town.deployment.resources.foundation
    rng = np.random.default_rng(2026)
    for number in range(hours):
        begins = FIRST + number * SECONDS
        acts = sorted((act for one in town.citizens for act in _acts(one, number, rng)), key=lambda act: act.at)
        half = False
        for act in acts:
            if not half and act.at >= begins + SECONDS // 2:
                half = True
                await scanned(on, *on.tally.active())
            clock.move_to(act.at)
            await _do(town, act)
        clock.move_to(begins + SECONDS + 1)
        await scanned(on)
        town.provider.asked.clear()
        step()


async def _do(town: Town, act: Act) -> None:
    http = await town.signed_in(act.of, act.at)
    if act.said is None:
        answer = await http.get(act.path)
    else:
        town.next = act.said
        words = f"{QUESTION['question']} {town.neighbour(act.of).tripwire}" if act.tripwire else QUESTION["question"]
        answer = await http.post("/v1/ask", json={"question": words})
    code = "" if answer.status_code < 400 else f" {answer.json()['code']}"
    act.of.answers[f"{answer.status_code}{code}"] += 1


def _acts(one: Citizen, number: int, rng: np.random.Generator) -> Iterator[Act]:
    """Yield what a tenant does in an hour of the month."""
    counts = {signal: int(one.life.month[number, column]) for signal, column in COLUMNS.items()}
    refusals, canaries, foreign = (counts[each] for each in (Signal.REFUSALS, Signal.CANARIES, Signal.FOREIGN_IDS))
    canaries = min(canaries, 1)  # a question is counted once, however many tripwires are in it
    others = max(0, counts[Signal.REQUESTS] - refusals - canaries - foreign)
    real = bool(one.limits)
    asks = min(others, _ASKS_OF_REAL_LENGTH if real else _ASKS)
    said = [*_costs(counts, asks, real=real), *[Said(None if real else 0, 0, refused=True)] * refusals]
    starts = FIRST + number * SECONDS
    moments = iter(np.sort(starts + rng.uniform(0, SECONDS - 1, len(said) + canaries + foreign + others - asks)))
    ways = (
        *(Act(0.0, one, each) for each in said),
        *(Act(0.0, one, Said(None if real else 0, 0), tripwire=True) for _ in range(canaries)),
        *(Act(0.0, one, path=f"/v1/documents/{new_id('doc')}") for _ in range(foreign)),
        *(Act(0.0, one, path=f"/v1/documents/{one.document}") for _ in range(others - asks)),
    )
    for place in rng.permutation(len(ways)):
        act = ways[place]
        yield Act(float(next(moments)), act.of, act.said, act.path, act.tripwire)


def _costs(counts: dict[Signal, int], asks: int, *, real: bool) -> list[Said]:
    """Return what each question of an hour costs, so that together they cost the hour's tokens."""
    if not asks:
        return []
    if real:
        return [Said(None, counts[Signal.TOKENS] // asks)] * asks
    largest = counts[Signal.PROMPT_SIZE]
    rest = max(0, counts[Signal.TOKENS] - largest)
    each = rest // max(1, asks - 1)
    others = [Said(min(largest, each), max(0, each - largest))] * (asks - 1)
    return [Said(largest, 0 if asks > 1 else rest), *others]
