"""Whether ids can be guessed: how much chance is in them, told from the ids that the run was given itself."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log2
from typing import Final

from evals.stage.stage import Stage
from evals.verdicts.family import Evidence
from evals.verdicts.trial import Cell, ControlKind, Trial

ENOUGH_BITS: Final = 64.0
"""As OWASP asks of session identifiers."""
_FEWEST: Final = 8
_ALPHABETS: Final = ("0123456789", "0123456789abcdef", "0123456789abcdefghijklmnopqrstuv")


async def guessable(stage: Stage, evidence: Evidence) -> None:
    """Measure the ids of every kind of which there are enough; one that can be guessed tells how many there are."""
    attacker, victim = stage.pairs()[0]
    listing = "list" if stage.serves("list") else next(one for one in stage.spec.operations if stage.serves(one))
    reply = await attacker.session.call(listing, limit=100)
    for kind, ids in _ids(stage).items():
        bits = chance(ids)
        cell = Cell(reply.route, f"{kind}_id", f"{kind}s", "http")
        evidence.trial(Trial("", f"ids of kind {kind}", cell, attacker.name, victim.name))
        if bits < ENOUGH_BITS:
            counted = all(one.isdecimal() for one in ids)
            title = f"Ids of {kind}s {'count up over all tenants' if counted else 'can be guessed'}."
            says = f"{len(ids)} ids have {bits:.0f} bits of chance in them, and should have {ENOUGH_BITS:.0f}"
            saw = next((one for one in attacker.ids.get(kind, ()) if one in reply.text), "")
            evidence.leak(
                stage.finding(title, reply, attacker=attacker, victim=victim.name, cell=cell, saw=saw, says=says)
            )
    numbers = [str(number) for number in range(10**7, 10**7 + 20)]
    evidence.control(ControlKind.POSITIVE, "Ids that count up are told as such.", held=chance(numbers) < ENOUGH_BITS)
    drawn = [f"{stage.rng.getrandbits(128):032x}" for _ in numbers]
    evidence.control(
        ControlKind.NEGATIVE, "Ids that are drawn are not told as guessable.", held=chance(drawn) >= ENOUGH_BITS
    )


def _ids(stage: Stage) -> Mapping[str, list[str]]:
    """Return the ids of each kind that a service made: what several tenants have is a name that somebody chose."""
    found: dict[str, list[str]] = {}
    for tenant in stage.tenants:
        own = tenant.rightful(stage.others(tenant))
        for kind, ids in tenant.ids.items():
            found.setdefault(kind, []).extend(one for one in ids if one in own)
    once = {kind: [one for one, times in Counter(ids).items() if times == 1] for kind, ids in found.items()}
    return {kind: ids for kind, ids in once.items() if len(ids) >= _FEWEST}


def chance(ids: Sequence[str]) -> float:
    """Return how many bits of chance are in ids at most: their places that vary, by the letters that stand there."""
    width = max(map(len, ids))
    columns = [set(column) for column in zip(*(one.rjust(width) for one in ids), strict=True)]
    varying = [column for column in columns if len(column) > 1]
    letters = "".join(sorted(set("".join(ids).lower())))
    mixed = any(one.isupper() for text in ids for one in text) and any(one.islower() for text in ids for one in text)
    used = set("".join("".join(column) for column in varying).lower()) & set(letters)
    fitting = next((len(one) for one in _ALPHABETS if used <= set(one)), 62 if mixed else 36)
    return len(varying) * log2(fitting)
