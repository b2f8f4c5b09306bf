"""Pages of other origins (CORS): what a browser with a tenant's credentials may hand to a page that is not its own."""

from dataclasses import replace
from typing import Final

from evals.stage.populate import own_values, steady_operations
from evals.stage.stage import Pair, Stage
from evals.target.reply import Reply
from evals.target.session import with_header
from evals.verdicts.family import Evidence
from evals.verdicts.trial import Cell, ControlKind, Trial

ELSEWHERE: Final = "https://elsewhere.example"
_ANYBODY: Final = frozenset({ELSEWHERE, "*", "null"})


async def other_origins(stage: Stage, evidence: Evidence, pair: Pair) -> None:
    """Ask for a victim's own things as its browser would for a page of another origin."""
    attacker, victim = pair
    replies = []
    for operation in steady_operations(stage.spec):
        if not stage.serves(operation):
            continue
        request = stage.spec.operations[operation].filled({**victim.session.values, **own_values(victim)})
        reply = await victim.session.send(with_header(request, "Origin", ELSEWHERE))
        replies.append(reply)
        cell = Cell(reply.route, "header:Origin", "documents", "http")
        evidence.trial(Trial("", "a page of another origin", cell, attacker.name, victim.name))
        if handed_over(reply):
            title = f"{reply.route} lets any page read it with a visitor's credentials."
            says = f"{ELSEWHERE} is allowed, with credentials."
            evidence.leak(stage.finding(title, reply, attacker=attacker, victim=victim.name, cell=cell, says=says))
    if replies:
        allowed = (("access-control-allow-origin", ELSEWHERE), ("access-control-allow-credentials", "true"))
        opened = replace(replies[0], headers=(*replies[0].headers, *allowed))
        name = "An answer that any page may read with a visitor's credentials would be noticed."
        evidence.control(ControlKind.POSITIVE, name, held=handed_over(opened))


def handed_over(reply: Reply) -> bool:
    """Tell whether a browser gives an answer, which it asked for with credentials, to a page of any origin.

    A star alone is for answers without credentials; browsers refuse it with them, and some services think otherwise.
    """
    said = {name: value.strip().lower() for name, value in reply.headers}
    credentials = said.get("access-control-allow-credentials") == "true"
    return credentials and said.get("access-control-allow-origin", "") in _ANYBODY
