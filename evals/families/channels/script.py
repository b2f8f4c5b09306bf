"""What an attacker does in each of two worlds, step by step the same, with a name for every step."""

import random
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, final

from evals.canaries.derive import World
from evals.canaries.forms import SUBJECT
from evals.families.channels.asking import ask, asking
from evals.stage.scripts import ORDINARY_QUESTIONS, Script
from evals.stage.stage import Stage
from evals.stage.tenant import StagedTenant
from evals.stage.world import Worlds
from evals.target.operation import Caller, Operation, Request
from evals.target.reply import Reply
from evals.target.templates import MissingValue

_WORDS: Final = 8
_ASKED: Final = frozenset({"query", "question"})
_WRONG: Final[Mapping[str, Mapping[str, object]]] = {
    "an unknown field": {"field_of_nobody": "x"},
    "an unknown filter": {"filter": {"field_of_nobody": "x"}},
    "an empty list of documents": {"document_ids": []},
    "no hits wanted": {"top_k": 0, "limit": 0},
    "a question of the wrong kind": {"query": 7, "question": 7},
}


@dataclass(frozen=True, slots=True)
class Step:
    """One request: what it is, through which operation, the ids in it that differ by world, which secret is meant."""

    template: str
    operation: str
    send: Callable[[], Awaitable[Reply]]
    asked: tuple[str, ...] = ()
    canary: str = ""
    question: str = ""


@final
class Guesses:
    """Rare words, of which the victim holds one half in one world, and the other, as long, in the other."""

    def __init__(self, rng: random.Random) -> None:
        """Draw the words."""
        drawn = [SUBJECT.spell(rng.getrandbits(96)) for _ in range(2 * _WORDS)]
        self.pairs = tuple(zip(drawn[:_WORDS], drawn[_WORDS:], strict=True))

    def held(self, world: World) -> Script:
        """Write the victim's document."""
        return _glossary(
            "glossary.txt", [pair[world is World.DECOY] for pair in self.pairs], "a word that few documents hold"
        )

    def own(self) -> tuple[Script, Script]:
        """Write the attacker's: every guess, right in one world or in the other."""
        return (
            _glossary("guesses-1.txt", [one for one, _ in self.pairs], "a guess"),
            _glossary("guesses-2.txt", [other for _, other in self.pairs], "a guess"),
        )


def _glossary(name: str, words: list[str], what: str) -> Script:
    text = "".join(f"{word}: {what}.\n\n" for word in words)
    return Script(name.partition(".")[0], name, text, {}, ())


def script(stage: Stage, worlds: Worlds, guesses: Guesses, most: int) -> dict[str, Step]:
    """Return the script, by names that are the same in both worlds; `most` bounds the secrets asked for.

    The ids of the world that is entered stand in it.
    """
    numbered = enumerate(_steps(stage, worlds, guesses, most))
    return {f"{number}: {step.operation}, {step.template}": step for number, step in numbered}


def _steps(stage: Stage, worlds: Worlds, guesses: Guesses, most: int) -> Iterator[Step]:
    one, other = worlds.canaries(World.PLANTED), worlds.canaries(World.DECOY)
    every = max(1, len(one) // max(1, most))
    pairs = list(zip(one, other, strict=True))[::every]
    for operation in asking(stage):
        for planted, _ in pairs:
            yield _question(worlds, operation, "the victim's question", planted.question, planted.id)
        for question in ORDINARY_QUESTIONS[: max(2, most // 2)]:
            yield _question(worlds, operation, "an ordinary question", question)
        yield from _wrong(stage, worlds, operation)
    if stage.serves("search"):
        for planted, decoy in pairs:
            both = f"{planted.value} {decoy.value}"
            yield _question(worlds, "search", "either secret", both, planted.id)
        for word, alike in guesses.pairs:
            yield _question(worlds, "search", "either rare word", f"{word} {alike}")
            yield _question(worlds, "search", "one rare word", word)
    yield from _looks(stage, worlds, guesses)


def _question(worlds: Worlds, operation: str, template: str, text: str, canary: str = "") -> Step:
    session = worlds.attacker.session
    return Step(template, operation, lambda: ask(session, operation, text), canary=canary, question=text)


def _wrong(stage: Stage, worlds: Worlds, operation: str) -> Iterator[Step]:
    """Ask wrongly: what an error says must not depend on what others hold."""
    described, session = stage.spec.operations[operation], worlds.attacker.session
    request = described.filled({**session.values, "query": "anything", "question": "anything"})
    if isinstance(request.json, Mapping):
        for name, fields in _WRONG.items():
            given = {key: value for key, value in fields.items() if key in request.json or key not in _ASKED}
            yield _sent(worlds, described, replace(request, json={**request.json, **given}), name)


def _looks(stage: Stage, worlds: Worlds, guesses: Guesses) -> Iterator[Step]:
    """Look at everything that can be looked at: with ids of one's own, of the victim, of nobody, and with none."""
    bases = {one.base for one in stage.spec.operations.values() if one.caller is Caller.TENANT}
    whose = {"its own": worlds.attacker, "the victim": worlds.victim}
    for operation in stage.spec.operations.values():
        asked = operation.name in asking(stage) or not operation.steady or operation.base not in bases
        if asked or operation.caller is Caller.OPERATOR or not stage.serves(operation.name):
            continue
        for word, alike in guesses.pairs if "prefix" in operation.needs else ():
            for guess in (word, alike):
                yield from _look(worlds, operation, "the beginning of a rare word", {"prefix": guess[:5].lower()})
        if "document_id" not in operation.needs:
            yield from _look(worlds, operation, "nothing named", {})
            continue
        for name, tenant in whose.items():
            for document_id in _documents(tenant):
                yield from _look(worlds, operation, f"a document of {name}", {"document_id": document_id})


def _documents(tenant: StagedTenant) -> list[str]:
    return [one.document_id for one in tenant.documents]


def _look(worlds: Worlds, operation: Operation, name: str, values: Mapping[str, str]) -> Iterator[Step]:
    known: dict[str, object] = {"query": "anything", "question": "anything", "top_k": 5, "limit": 2, **values}
    try:
        request = operation.filled({**worlds.attacker.session.values, **known})
    except MissingValue:
        return
    yield _sent(worlds, operation, request, name, tuple(values.values()) if "document_id" in values else ())


def _sent(worlds: Worlds, operation: Operation, request: Request, name: str, asked: tuple[str, ...] = ()) -> Step:
    session = worlds.attacker.session
    return Step(name, operation.name, lambda: session.send(request, operation=operation), asked)
