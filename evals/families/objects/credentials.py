"""Credentials that are not right: none, cut short, altered, put together from two tenants'.

Nothing that takes a credential may be done with one of these, whoever's it resembles.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from evals.stage.populate import own_values, steady_operations
from evals.stage.stage import Pair, Stage
from evals.target.operation import Request
from evals.target.reply import Reply
from evals.verdicts.family import Evidence
from evals.verdicts.trial import Cell, ControlKind, Trial

_BEGINNING: Final = 40
"""How much of a token a service has been seen to know it by."""
_WITHIN: Final = 6
_SHORTEST: Final = 8
_PARTS: Final = 3
_SECRETS: Final = ("secret", "password", "key", "code")


async def wrong_credentials(stage: Stage, evidence: Evidence, pair: Pair) -> None:
    """Ask for a victim's things, and sign in, with credentials that are not right."""
    attacker, victim = pair
    mine, theirs = attacker.session.credentials(), victim.session.credentials()
    done = tried = 0
    for operation in steady_operations(stage.spec):
        if not stage.serves(operation) or not theirs:
            continue
        request = stage.spec.operations[operation].filled({**victim.session.values, **own_values(victim)})
        right = await victim.session.send(request)
        done, tried = done + right.done, tried + 1
        said = [request.path, json.dumps(request.json), *request.query.values()]
        for header, variant, value in _wrong(mine, theirs):
            reply = await attacker.session.send(_carrying(request, header, value), bare=True)
            cell = Cell(reply.route, f"header:{header}", "clients", "http")
            evidence.trial(Trial("", f"credentials: {variant}", cell, attacker.name, victim.name))
            if right.done and (reply.done or stage.look(reply, attacker, said).leaks):
                title = f"{reply.route} is done with credentials that are not right: {variant}."
                _leak(stage, evidence, pair, cell, reply, title)
    name = "With the right credentials the same requests are done."
    evidence.control(ControlKind.POSITIVE, name, held=done > 0, detail=f"{done} of {tried}")
    await _signing_in(stage, evidence, pair)


def _carrying(request: Request, header: str, value: str) -> Request:
    return replace(request, headers={**request.headers, header: value} if value else request.headers)


def _wrong(mine: dict[str, str], theirs: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield header, variant and value: each header's token altered, what comes before it kept."""
    for header, value in theirs.items():
        before, _, token = value.rpartition(" ")
        own = mine.get(header, "").rpartition(" ")[2]
        if len(token) < _SHORTEST:
            continue
        yield header, "none", ""
        for variant, other in altered(token, own):
            yield header, variant, f"{before} {other}".strip()


def altered(token: str, own: str) -> Iterator[tuple[str, str]]:
    """Yield every way in which a victim's token is not right, with the token; `own` is the attacker's."""
    yield "one letter altered", _other(token, len(token) - _WITHIN)
    yield "cut short", token[: max(_SHORTEST, len(token) // 2)]
    if len(token) > 2 * _BEGINNING:
        rest = "".join(_other(token, at)[at] for at in range(_BEGINNING, len(token)))
        yield f"its first {_BEGINNING} letters and others", token[:_BEGINNING] + rest
    parts, others = token.split("."), own.split(".")
    if len(parts) == len(others) == _PARTS and _is_header(parts[0]):
        unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
        yield "a token without a signature", f"{unsigned}.{parts[1]}."
        yield "a token with no signature left", f"{parts[0]}.{parts[1]}."
        yield "one's claims under another's signature", f"{parts[0]}.{parts[1]}.{others[2]}"


def _other(token: str, at: int) -> str:
    """Return a token with another letter at one place; what parts a token stays."""
    swapped = {"A": "B", ".": "."}.get(token[at], "A")
    return token[:at] + swapped + token[at + 1 :]


def _is_header(part: str) -> bool:
    """Tell whether the first part of a token says how it is signed."""
    try:
        return "alg" in json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return False


async def _signing_in(stage: Stage, evidence: Evidence, pair: Pair) -> None:
    """Sign in as a victim with each of its secrets altered, and with one's own in its place."""
    attacker, victim = pair
    sign_in = stage.spec.sign_in
    if sign_in is None:
        return
    operation, values = stage.spec.operations[sign_in], victim.session.values
    secrets = [name for name in operation.needs if any(word in name for word in _SECRETS) and name in values]
    for name in sorted(secrets):
        right, own = str(values[name]), str(attacker.session.values.get(name, ""))
        for variant, value in (("one letter altered", _other(right, len(right) // 2)), ("one's own secret", own)):
            request = operation.filled({**values, name: value})
            reply = await attacker.session.send(request, operation=operation, bare=True)
            cell = Cell(reply.route, f"body:{name}", "clients", "http")
            evidence.trial(Trial("", f"signing in: {variant}", cell, attacker.name, victim.name))
            if reply.done and value != right:
                _leak(stage, evidence, pair, cell, reply, f"{reply.route} takes a wrong {name}: {variant}.")


def _leak(stage: Stage, evidence: Evidence, pair: Pair, cell: Cell, reply: Reply, title: str) -> None:
    attacker, victim = pair
    found = stage.finding(title, reply, attacker=attacker, victim=victim.name, cell=cell)
    evidence.leak(found)
