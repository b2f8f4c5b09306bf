"""Streamed answers, for A12: each stream holds its caller's own, whatever else is streaming or was cut off."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from evals.families.channels.strangers import Attempt, Strangers
from evals.stage.controls import found_its_own, no_unplanted
from evals.stage.sightings import Sighting
from evals.stage.stage import Stage
from evals.stage.tenant import StagedTenant
from evals.target.reply import Reply
from evals.verdicts.trial import Cell, Trial

OPERATIONS: Final = ("ask_stream",)
_TEXT: Final = frozenset({"text", "delta", "content", "answer", "token"})
_FEWEST: Final = 6
_UNDER_WAY: Final = 0.01  # seconds after which a request has left


def joined(body: bytes) -> str:
    """Return the text that the events of a stream make together: secrets may be cut anywhere between two."""
    pieces: list[str] = []
    for line in body.decode("utf-8", errors="replace").splitlines():
        field, _, data = line.partition(":")
        if field.strip() == "data":
            try:
                pieces += _texts(json.loads(data))
            except ValueError:
                pieces.append(data.removeprefix(" "))
    return "".join(pieces)


def _texts(node: object) -> Iterator[str]:
    """Yield the texts of an event: its own, if it is one, and those of fields that hold text."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for one in node:
            yield from _texts(one) if isinstance(one, dict) else ()
    elif isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, dict | list) or name in _TEXT:
                yield from _texts(value)


async def attack(stage: Stage, strangers: Strangers) -> None:
    """Stream to two tenants at once, cut one of them off, and stream again."""
    seen: list[Sighting] = []
    found = tried = 0
    for attacker, victim in (stage.pairs() * stage.trials)[: max(_FEWEST, stage.trials // 4)]:
        canary = stage.rng.choice(victim.canaries)
        theirs, mine = await asyncio.gather(*(_streamed(one, canary.question) for one in (victim, attacker)))
        own = stage.look(theirs, victim, [canary.question])
        found, tried = found + (canary.id in {match.canary.id for match in own.own}), tried + 1
        await _cut_off(victim, canary.question)
        again = await _streamed(attacker, canary.question)
        for name, reply in (("a stream beside another's", mine), ("a stream after another's was cut off", again)):
            attempt = Attempt(name, "body:question", "index", attacker, victim)
            cell = Cell(reply.route, attempt.slot, attempt.store, "stream")
            strangers.evidence.trial(Trial(canary.id, name, cell, attacker.name, victim.name))
            strangers.shown(reply, attempt, cell, canary.question)
            seen.append(stage.look(reply, attacker, [canary.question]))
    found_its_own(strangers.evidence, "Streams show tenants their own secrets.", found, tried)
    no_unplanted(strangers.evidence, seen)


async def _streamed(caller: StagedTenant, question: str) -> Reply:
    """Ask, and return the whole stream with the text that its events make together behind it."""
    reply = await caller.session.call("ask_stream", question=question, query=question)
    return replace(reply, body=reply.body + b"\n" + joined(reply.body).encode())


async def _cut_off(caller: StagedTenant, question: str) -> None:
    """Ask, and hang up soon after the request is under way; what answers faster than that is not cut off."""
    asked = asyncio.ensure_future(caller.session.call("ask_stream", question=question, query=question))
    await asyncio.wait({asked}, timeout=_UNDER_WAY)
    asked.cancel()
    await asyncio.wait({asked})
