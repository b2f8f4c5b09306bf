"""A9: how much other tenants hold or do, told by totals, counters, cursors, scores, or ids that can be guessed.

Whatever an attacker can read without naming an id is read before and after another tenant puts documents in, and
before and after some time has passed without. A value that moves in the first case only counts for others, if it
does so again when all is watched a second time: what counts the asker's own requests moves as it likes.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from evals.families.leaves import as_number, leaves
from evals.families.objects.guessing import guessable
from evals.families.registry import AISVS, LLM09, Family
from evals.families.requesting import request_for
from evals.stage.abreast import abreast
from evals.stage.populate import disposable, own_values
from evals.stage.scripts import ORDINARY_QUESTIONS
from evals.stage.stage import Pair, Stage
from evals.stage.tenant import StagedTenant
from evals.target.openapi import Route
from evals.target.operation import Caller
from evals.target.pacing import passing
from evals.target.reply import Reply
from evals.verdicts.family import Evidence
from evals.verdicts.trial import Cell, ControlKind, Trial

_STANDARDS: Final = (AISVS, LLM09, "L17", "L26", "L31")
_DOSES: Final = (1, 2, 3)
_WAITS: Final = (1.5, 0.5, 2.5)
"""How long it is waited after each dose, in times of what that took: what only time moves shows by these."""
_IN_ALL: Final = "how many values there are"

Leaves = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Round:
    """What everything read looked like at one moment, and the replies that showed it; by route."""

    seen: Mapping[str, Leaves]
    replies: Mapping[str, Reply]


async def run(stage: Stage, evidence: Evidence) -> None:
    """Watch what can be read while others put documents in; look at how ids are made; use others' cursors."""
    for pair in stage.pairs()[: max(1, stage.trials // 100)]:
        await _watched(stage, evidence, pair)
    await guessable(stage, evidence)
    if stage.serves("list") and "cursor" in stage.spec.operations["list"].needs:
        for pair in stage.pairs()[: max(1, stage.trials // 30)]:
            await _cursors(stage, evidence, pair)


# What counts


async def _watched(stage: Stage, evidence: Evidence, pair: Pair) -> None:
    """Read everything between doses of documents and waits, and judge every value."""
    attacker, victim = pair
    routes = list(_routes(stage))
    mine, theirs = await _sampled(stage, pair, routes)
    again = await _sampled(stage, pair, routes) if any(_moving(mine, route) for route in routes) else None
    for route in routes:
        cell = Cell(route.name, "", "counts", "http")
        evidence.trial(Trial("", "documents put in", cell, attacker.name, victim.name))
        moved = _moving(mine, route)
        both = [] if again is None else sorted(moved.keys() & _moving(again[0], route).keys())
        if not both:
            continue
        title = f"{route.name} counts what other tenants put in."
        path, last = both[0], mine[-1].replies[route.name]
        values = ", ".join(moved[path])
        says = f"{path} was {values} as {len(_DOSES)} times documents were put in and nothing happened; and so again."
        found = stage.finding(title, last, attacker=attacker, victim=victim.name, cell=cell, says=says)
        evidence.leak(replace(found, json_path=path if path.startswith("$") else ""))
    _controls(evidence, victim, routes, theirs, mine)


async def _sampled(stage: Stage, pair: Pair, routes: Sequence[Route]) -> tuple[list[_Round], list[_Round]]:
    """Return what attacker and victim read: at first, and then after each dose and after each wait."""
    _, victim = pair
    rounds = [await abreast(_round(stage, one, routes) for one in pair)]
    for dose, longer in zip(_DOSES, _WAITS, strict=True):
        began = time.perf_counter()
        scripts = [disposable(victim, stage.rng) for _ in range(dose)]
        for script in scripts:
            put = await stage.populate.put(victim, script)
            victim.own("document", [put.document_id])
        took = time.perf_counter() - began
        for waited in (False, True):
            if waited:
                await passing(longer * took)
            rounds.append(await abreast(_round(stage, one, routes) for one in pair))
    mine, theirs = map(list, zip(*rounds, strict=True))
    return mine, theirs


def _controls(
    evidence: Evidence, victim: StagedTenant, routes: Sequence[Route], theirs: Sequence[_Round], mine: Sequence[_Round]
) -> None:
    own = [route.name for route in routes if _moving(theirs, route)]
    evidence.control(
        ControlKind.POSITIVE,
        f"What {victim.name} puts in moves values that itself reads.",
        held=bool(own),
        detail=", ".join(own),
    )
    waits = [(mine[at].seen[route.name], mine[at + 1].seen[route.name]) for at in (1, 3, 5) for route in routes]
    values = [(before.get(name), after.get(name)) for before, after in waits for name in {**before, **after}]
    steady = sum(before == after for before, after in values)
    evidence.control(
        ControlKind.NEGATIVE,
        "While nobody puts anything in, most values stay as they are.",
        held=2 * steady > len(values),
        detail=f"{steady} of {len(values)} values",
    )


def _routes(stage: Stage) -> Iterator[Route]:
    """Yield the routes that read without an id, at the addresses that tenants use; and search, whose scores count."""
    bases = {one.base for one in stage.spec.operations.values() if one.caller is Caller.TENANT}
    for route in stage.surface.routes:
        operation = stage.operation_of(route)
        named = any(slot.place == "path" for slot in route.slots)
        search = operation is not None and operation.name == "search"
        if route.base in bases and not named and (route.method == "GET" or search):
            yield route


async def _round(stage: Stage, caller: StagedTenant, routes: Sequence[Route]) -> _Round:
    """Read everything once."""
    asked = ORDINARY_QUESTIONS[0]
    values = {**own_values(caller), **caller.session.values, "query": asked, "question": asked, "limit": 2}
    replies = {one.name: await caller.session.send(request_for(stage, one, values, {})) for one in routes}
    seen = {name: leaves(reply) for name, reply in replies.items()}
    return _Round({name: {**one, _IN_ALL: str(len(one))} for name, one in seen.items()}, replies)


def _moving(rounds: Sequence[_Round], route: Route) -> dict[str, list[str]]:
    """Return the values of a route that every dose moved, and by more than every wait, as they were each time."""
    seen = [one.seen[route.name] for one in rounds]
    names = [name for name in seen[0] if all(name in one for one in seen)]
    found = {}
    for name in names:
        values = [one[name] for one in seen]
        steps = list(pairwise(values))
        doses, waits = [_step(*one) for one in steps[::2]], [_step(*one) for one in steps[1::2]]
        if max(waits) < min(doses) and len(set(waits)) == 1:
            found[name] = values
    return found


def _step(before: str, after: str) -> float:
    """Return how far a value moved; a text that changed moved by one."""
    if before == after:
        return 0.0
    numbers = as_number(before), as_number(after)
    return 1.0 if numbers[0] is None or numbers[1] is None else abs(numbers[1] - numbers[0])


# Cursors


async def _cursors(stage: Stage, evidence: Evidence, pair: Pair) -> None:
    """Go on reading where another tenant stopped: it is answered like a cursor that never was."""
    attacker, victim = pair
    page = await victim.session.call("list", limit=1)
    theirs = next(iter(page.every("next_cursor")), None)
    if theirs is None:
        return
    used = await victim.session.call("list", limit=1, cursor=theirs)
    evidence.control(
        ControlKind.POSITIVE,
        f"{victim.name}'s cursor leads {victim.name} on to what would be noticed in other hands.",
        held=stage.look(used, attacker).leaks,
    )
    reply = await attacker.session.call("list", limit=1, cursor=theirs)
    cell = Cell(reply.route, "query:cursor", "documents", "http")
    evidence.trial(Trial("", "cursor of another", cell, attacker.name, victim.name))
    made_up = [stage.never_existed(str(theirs)) for _ in range(2)]
    others = [await attacker.session.call("list", limit=1, cursor=one) for one in made_up]
    seen = [stage.observe(other, [one]) for other, one in zip(others, made_up, strict=True)]
    shown = stage.look(reply, attacker, [str(theirs)])
    difference = stage.observe(reply, [str(theirs)]).difference(seen[0]) if seen[0] == seen[1] else ""
    if shown.leaks or difference:
        saw = next(iter(shown.foreign), None) or next((one.id for one in shown.foreign_ids), "")
        title = f"{reply.route} goes on where another tenant stopped."
        evidence.leak(
            stage.finding(title, reply, attacker=attacker, victim=victim.name, cell=cell, saw=saw, says=difference)
        )


FAMILY = Family("A9", "Volume: totals, counters, cursors, ids", frozenset({"ingest"}), _STANDARDS, run)
