"""One probe: each sentinel finds its own token over the public API, and never the other's."""

from dataclasses import dataclass
from typing import Final

import httpx

from app.sentinels.calling import ProbeFailed, Said, SentinelCaller
from tenancy.foundation import Foundation
from tenancy.tripwires.alarms import Alarm
from tenancy.tripwires.sentinels import Sentinel, Sentinels, foreign_in

_SUBJECT: Final = "watchword"


@dataclass(frozen=True, slots=True)
class Probe:
    """How a probe ended: what leaked, none where the walls held; a probe that could not be made has no value."""

    leaks: tuple[Alarm, ...]


def question_of(sentinel: Sentinel) -> str:
    """Return what asks for a sentinel's watchword without naming it."""
    return f"What is the standing watchword of the {sentinel.name} sentinel?"


def document_of(sentinel: Sentinel) -> str:
    """Return the text that holds a sentinel's watchword."""
    return (
        f"The standing watchword of the {sentinel.name} sentinel is {sentinel.watchword}. "
        "This document belongs to the deployment itself; no other tenant has any business with it."
    )


async def probe(on: Foundation, sentinels: Sentinels, http: httpx.AsyncClient) -> Probe:
    """Look for each one's own token, the positive control, and for the other's; ProbeFailed where it cannot be done."""
    callers = [SentinelCaller(http, each) for each in (sentinels.north, sentinels.south)]
    for caller in callers:
        await caller.sign_in()
        await _find_own(on, caller)
    leaks: list[Alarm] = []
    for caller, other in zip(callers, (sentinels.south, sentinels.north), strict=True):
        question = question_of(other)
        for said in (await caller.search(question), await caller.ask(question)):
            leaks += await foreign_in(on, caller.sentinel, said.text, said.request)
    return Probe(tuple(leaks))


async def _find_own(on: Foundation, caller: SentinelCaller) -> None:
    """Search and ask for the sentinel's own watchword; put its document in where it is not there."""
    question = question_of(caller.sentinel)
    if not holds(on, await caller.search(question, _SUBJECT), caller.sentinel.watchword):
        await caller.deposit(_SUBJECT, document_of(caller.sentinel))
    for said in (await caller.search(question, _SUBJECT), await caller.ask(question, _SUBJECT)):
        if not holds(on, said, caller.sentinel.watchword):
            raise ProbeFailed(f"The {caller.sentinel.name} sentinel does not find its own watchword.")


def holds(on: Foundation, said: Said, token: str) -> bool:
    """Tell whether an answer holds a token, by the same recogniser that guards answers."""
    return on.tripwires.recogniser.found(token) <= on.tripwires.recogniser.found(said.text)
