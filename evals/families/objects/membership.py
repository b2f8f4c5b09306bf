"""Whether questions tell what another tenant holds: its secrets are ranked among decoys that nobody holds.

The attacker puts the candidates, secrets and decoys alike, into a document of its own and asks for each: statistics
that other tenants' documents go into move the scores of those that others hold too. It also asks without having put
anything in. No single answer shows anything; the order of many does.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from evals.canaries.derive import Canary
from evals.canaries.forms import Form
from evals.families.leaves import STATUS, as_number, leaves
from evals.stage.abreast import abreast
from evals.stage.scripts import Script
from evals.stage.stage import Pair, Stage
from evals.stage.tenant import StagedTenant
from evals.statistics.ranking import auc, exposure, separation
from evals.target.reply import Reply
from evals.verdicts.family import Evidence
from evals.verdicts.finding import Finding
from evals.verdicts.trial import Cell, ControlKind, Measurement, Trial

_SECRETS: Final = 16
_DECOYS: Final = 32
_OTHERS: Final = 16
_ALPHA: Final = 0.001
_CLEARLY: Final = 0.4
"""How far an AUC is from one half where nobody needs a test: 4.5 standard errors of 16 among 32."""
_QUESTIONS: Final = (("search", "query"), ("ask", "question"))
_HALF: Final = 0.5
_Suspicion = tuple[str, str, str, bool]
"""Operation, variant, feature, and whether secrets rank above decoys."""


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Values of one shape: the victim holds the secrets; nobody holds the decoys, nor the others."""

    secrets: tuple[Canary, ...]
    decoys: tuple[Canary, ...]
    others: tuple[Canary, ...]

    @property
    def all(self) -> tuple[Canary, ...]:
        """Every candidate, in an order that says nothing about which is which."""
        return tuple(sorted([*self.secrets, *self.decoys, *self.others], key=lambda one: one.value))


@dataclass(frozen=True, slots=True)
class _Measured:
    """What the answers to all candidates measure: by feature, by the candidate's id."""

    features: dict[str, dict[str, float]]
    replies: dict[str, Reply]

    def of(self, feature: str, candidates: Iterable[Canary]) -> list[float]:
        """Return a feature of some candidates."""
        return [self.features[feature][one.id] for one in candidates]


async def membership(stage: Stage, evidence: Evidence, pairs: Sequence[Pair]) -> None:
    """Rank the secrets of some victims among decoys; what stands out has to do so again among fresh ones."""
    questions = [(name, value) for name, value in _QUESTIONS if stage.serves(name)]
    for number, pair in enumerate(pairs[: max(1, stage.trials // 100)] if questions else ()):
        suspected = await _round(stage, evidence, pair, questions, f"{number}")
        if suspected:
            again = await _round(stage, evidence, pair, questions, f"{number} again")
            for suspicion in sorted(set(suspected) & set(again)):
                evidence.leak(again[suspicion])


async def _round(
    stage: Stage, evidence: Evidence, pair: Pair, questions: Sequence[tuple[str, str]], label: str
) -> dict[_Suspicion, Finding]:
    """Ask for fresh candidates before and after the attacker put them in; return what stands out."""
    attacker, victim = pair
    candidates = _candidates(stage, victim, label)
    some = [*candidates.secrets, *candidates.decoys[:_OTHERS]]
    await stage.populate.put(victim, _listing(f"parcels {label}", candidates.secrets))
    seen = [await _measured(stage, victim, one, some) for one in questions]
    told = [question for question, one in zip(questions, seen, strict=True) if _tells(one, candidates)]
    evidence.control(
        ControlKind.POSITIVE,
        f"What {victim.name} holds is told from decoys by answers to itself.",
        held=bool(told),
        detail=f"by {' and '.join(name for name, _ in told) or 'none'}",
    )
    bare = [await _measured(stage, attacker, one, candidates.all) for one in told]
    await stage.populate.put(attacker, _listing(f"parcels here {label}", candidates.all))
    planted = [await _measured(stage, attacker, one, candidates.all) for one in told]
    found: dict[_Suspicion, Finding] = {}
    for variant, measured in (("bare", bare), ("planted", planted)):
        for (operation, _), one in zip(told, measured, strict=True):
            judged = _judged(stage, evidence, pair, variant, one, candidates)
            found |= {(operation, variant, *key): finding for key, finding in judged.items()}
    return found


def _candidates(stage: Stage, victim: StagedTenant, label: str) -> _Candidates:
    """Draw values of one shape that the detector does not look for: an attacker will hold them too."""
    kit, document = stage.props.kit, f"membership {label}"
    made = [kit.canary(victim.name, document, Form.TABLE_CELL, index) for index in range(_SECRETS + _DECOYS + _OTHERS)]
    return _Candidates(
        tuple(made[:_SECRETS]), tuple(made[_SECRETS : _SECRETS + _DECOYS]), tuple(made[_SECRETS + _DECOYS :])
    )


def _listing(key: str, candidates: Iterable[Canary]) -> Script:
    text = "\n\n".join(f"Parcel {one.value} was weighed and stored." for one in candidates)
    return Script("membership", re.sub(r"\W+", "-", key) + ".txt", f"Parcels\n\n{text}\n", {}, ())


async def _measured(
    stage: Stage, caller: StagedTenant, question: tuple[str, str], candidates: Sequence[Canary]
) -> _Measured:
    """Ask for every candidate, in random order, and measure each answer."""
    operation, value = question
    order = stage.rng.sample(candidates, len(candidates))

    async def ask(one: Canary) -> Reply:
        values: dict[str, object] = {value: f"parcel {one.value}", "top_k": 5}
        return await caller.session.call(operation, **values)

    answers = await abreast(ask(one) for one in order)
    rows = {one.id: _features(reply, one.value) for one, reply in zip(order, answers, strict=True)}
    features = {name: {one: row[name] for one, row in rows.items()} for name in rows[order[0].id]}
    return _Measured(features, dict(zip((one.id for one in order), answers, strict=True)))


def _features(reply: Reply, said: str) -> dict[str, float]:
    """Return numbers that an answer comes down to; what it echoes of the candidate is left out of its length."""
    found = leaves(reply)
    scores = [number for one in reply.every("score") if (number := as_number(str(one))) is not None]
    return {
        STATUS: float(reply.status),
        "length": float(len(reply.text.replace(said, ""))),
        "values": float(len(found)),
        "mentions": float(reply.text.count(said)),
        "first score": scores[0] if scores else 0.0,
        "all scores": sum(scores),
    }


def _tells(measured: _Measured, candidates: _Candidates) -> bool:
    """Tell whether the owner's own answers separate its secrets from decoys: where they do not, nobody's could."""
    decoys = candidates.decoys[:_OTHERS]
    found = [auc(measured.of(one, candidates.secrets), measured.of(one, decoys)) for one in measured.features]
    return any(abs(one - _HALF) >= _CLEARLY for one in found)


def _judged(
    stage: Stage, evidence: Evidence, pair: Pair, variant: str, measured: _Measured, candidates: _Candidates
) -> dict[tuple[str, bool], Finding]:
    """Compare every feature of the attacker's answers; return a finding for each that tells secrets from decoys."""
    attacker, victim = pair
    first = measured.replies[candidates.secrets[0].id]
    cell = Cell(first.route, "body:query", "index", "http")
    for one in candidates.secrets:
        evidence.trial(Trial(one.id, f"membership, {variant}", cell, attacker.name, victim.name))
    found = {}
    for feature in measured.features:
        secrets, decoys = measured.of(feature, candidates.secrets), measured.of(feature, candidates.decoys)
        twins = auc(measured.of(feature, candidates.others), decoys)
        evidence.control(
            ControlKind.NEGATIVE,
            f"{first.route}, {variant}: two groups that nobody holds are not told apart by {feature}.",
            held=abs(twins - _HALF) < _CLEARLY,
            detail=f"AUC {twins:.2f}",
        )
        seen = separation(secrets, decoys, rng=stage.rng)
        bits = _exposures(secrets, decoys, above=seen.auc >= _HALF)
        name = f"{victim.name} to {attacker.name}: membership by {feature} of {first.route}, {variant}"
        evidence.measured(Measurement(name, {"auc": seen.auc, "p": seen.p, "exposure_bits": bits}))
        if seen.p < _ALPHA:
            title = f"{first.route} ranks what another tenant holds apart from decoys by {feature} ({variant})."
            says = f"AUC {seen.auc:.2f}, p {seen.p:.4f}, {median(bits):.1f} bits of exposure in the median"
            found[feature, seen.auc > _HALF] = stage.finding(
                title, first, attacker=attacker, victim=victim.name, cell=cell, says=says
            )
    return found


def _exposures(secrets: Sequence[float], decoys: Sequence[float], *, above: bool) -> list[float]:
    """Return how exposed each secret is, in bits, with the scores turned so that secrets rank high."""
    sign = 1.0 if above else -1.0
    return [exposure(sign * one, [sign * decoy for decoy in decoys]) for one in secrets]
