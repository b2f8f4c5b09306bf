"""A15: tenants whose names become the same when a service folds, normalises, cleans or shortens them.

Such a name is refused, or its tenant is one of its own: another id, nothing of the other tenant's in any answer, and
nothing changed for that one.
"""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

from evals.families.channels.asking import ask, asking, cell_of
from evals.families.registry import AISVS, LLM09, Family
from evals.stage.scripts import PLANS
from evals.stage.sightings import Sighting
from evals.stage.stage import Pair, Stage
from evals.stage.tenant import StagedTenant
from evals.target.reply import Reply
from evals.target.session import Refused
from evals.verdicts.family import Evidence
from evals.verdicts.trial import Cell, ControlKind, Trial

_STANDARDS: Final = (AISVS, LLM09, "L03", "L21")
_NAME: Final = "Straße Café 12 office"
_LONG: Final = "a name that goes on " * 6
"""Longer than the names of PostgreSQL and of domains (63), and with what the stage puts before it below 200."""
_TAKEN: Final = range(400, 500)
_NOT_ABOUT_THE_NAME: Final = frozenset({401, 404, 405, 429})
_WIDE: Final = {number: number + 0xFEE0 for number in range(0x21, 0x7F)}

ALIKE: Final[Mapping[str, Callable[[str], str]]] = {
    "small letters": str.lower,
    "capitals": str.upper,
    "case folding": str.casefold,
    "decomposed": lambda name: unicodedata.normalize("NFD", name),
    "wide letters": lambda name: name.translate(_WIDE),
    "hyphens for blanks": lambda name: name.replace(" ", "-"),
    "underscores for blanks": lambda name: name.replace(" ", "_"),
    "two blanks": lambda name: name.replace(" ", "  "),
    "an ending of punctuation": lambda name: f"{name}!",
    "a blank behind": lambda name: f"{name} ",
    "a zero-width blank": lambda name: f"{name[:3]}\u200b{name[3:]}",
    "a no-break blank": lambda name: name.replace(" ", "\u00a0"),
    "without accents": lambda name: unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode(),
    "letters of another script": lambda name: name.replace("a", "\u0430").replace("e", "\u0435"),
    "a prefix of it": lambda name: name[:-2],
    "it as a prefix": lambda name: f"{name}s",
    "a slash": lambda name: name.replace(" ", "/"),
    "a pattern": lambda name: f"{name[:-6]}*",
}
"""How a name is changed into one that some service takes for the same."""
_TAILS: Final[Mapping[str, Callable[[str], str]]] = {
    "another end after 63 letters": lambda name: f"{name[:40]}of another",
    "another last letter": lambda name: f"{name[:-1]}x",
}


async def run(stage: Stage, evidence: Evidence) -> None:
    """Make two tenants, then one for every name that may be taken for one of theirs."""
    for name, variants in ((_NAME, ALIKE), (_LONG.strip(), _TAILS)):
        victim = await stage.fresh_tenant(name, PLANS[:1])
        await _owner_finds(stage, evidence, victim)
        alike = {variant: change(name) for variant, change in variants.items()}
        for variant, other in alike.items():
            twin = await _made(stage, evidence, victim, variant, other)
            if twin is not None:
                await _kept_apart(stage, evidence, (twin, victim), variant, frozenset({name, *alike.values()}))


async def _owner_finds(stage: Stage, evidence: Evidence, victim: StagedTenant) -> None:
    """Show that a plain name is taken, and that its tenant's things would be noticed in other hands."""
    shown = [stage.look(reply, stage.tenants[0]) for _, reply in await _looked(stage, victim, victim)]
    evidence.control(
        ControlKind.POSITIVE,
        f"A name like none other is taken ({victim.name[:12]}…), and what its tenant sees is its own.",
        held=any(one.leaks for one in shown),
    )


async def _made(stage: Stage, evidence: Evidence, victim: StagedTenant, variant: str, name: str) -> StagedTenant | None:
    """Make a tenant of a name and return it; None if the name was refused."""
    step = stage.spec.operations["tenant_create"]
    cell = Cell(stage.surface.name_of(step.base, step.method, step.path), "body:name", "tenants", "http")
    trial = Trial("", variant, cell, name, victim.name)
    try:
        twin = await stage.fresh_tenant(name, ())
    except Refused:
        refusal = stage.wire.log[-1]
        if refusal.status in _TAKEN and refusal.status not in _NOT_ABOUT_THE_NAME:
            evidence.trial(trial)
        else:
            evidence.doubt(f"A tenant ({variant}) could not be made: {refusal.route} answered {refusal.status}.")
        return None
    evidence.trial(trial)
    return twin


async def _kept_apart(stage: Stage, evidence: Evidence, pair: Pair, variant: str, alike: frozenset[str]) -> None:
    """See that neither tenant sees what the other holds; `alike` are all whose names may be taken for one."""
    twin, victim = pair
    seen: list[Sighting] = []
    await stage.disposable(twin)
    for caller, whose, title in (
        (twin, alike, f"A tenant whose name is alike ({variant}) sees what the other one holds."),
        (victim, {twin.name}, f"A tenant sees what one whose name is alike ({variant}) puts in."),
    ):
        for cell, reply in await _looked(stage, caller, victim):
            shown = stage.look(reply, caller)
            seen.append(shown)
            secrets = [one for one in shown.foreign if stage.lookout.owner(one.canary) in whose]
            ids = [one for one in shown.foreign_ids if one.tenant in whose]
            if secrets or ids:
                owner = ids[0].tenant if ids else stage.lookout.owner(secrets[0].canary)
                saw = secrets[0] if secrets else ids[0].id
                evidence.leak(stage.finding(title, reply, attacker=caller, victim=owner, cell=cell, saw=saw))
    evidence.control(
        ControlKind.NEGATIVE,
        f"Nothing that was never planted is seen where names are alike ({variant}).",
        held=bool(seen) and not any(one.unplanted for one in seen),
    )


async def _looked(stage: Stage, caller: StagedTenant, victim: StagedTenant) -> list[tuple[Cell, Reply]]:
    """List, and ask for the victim's secret, as a caller."""
    found = []
    if stage.serves("list"):
        reply = await caller.session.call("list", limit=100)
        found.append((Cell(reply.route, "", "documents", "http"), reply))
    for operation in asking(stage):
        for canary in victim.documents[0].canaries[:2]:
            reply = await ask(caller.session, operation, canary.question)
            found.append((cell_of(stage, operation, reply, "index"), reply))
    return found


FAMILY = Family("A15", "Identity collisions", frozenset({"ingest", "tenant_create"}), _STANDARDS, run)
