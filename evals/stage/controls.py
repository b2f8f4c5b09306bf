"""The controls that most families share, each written into the evidence with what it showed."""

from collections.abc import Iterable

from evals.stage.sightings import Sighting
from evals.target.masks import Observable
from evals.verdicts.family import Evidence
from evals.verdicts.trial import ControlKind


def found_its_own(evidence: Evidence, what: str, found: int, tried: int, *, least: float = 0.5) -> None:
    """Write the positive control down: victims found their own secrets the same way, at least this share of them."""
    held = tried > 0 and found >= least * tried
    evidence.control(ControlKind.POSITIVE, what, held=held, detail=f"{found} of {tried}")


def no_unplanted(evidence: Evidence, sightings: Iterable[Sighting]) -> None:
    """Write the negative control down: no secret that was never planted was seen in any of the answers."""
    looked = list(sightings)
    fired = [match.canary.id for sighting in looked for match in sighting.unplanted]
    evidence.control(
        ControlKind.NEGATIVE,
        "A secret that was never planted is seen in no answer.",
        held=bool(looked) and not fired,
        detail=f"{len(fired)} seen in {len(looked)} answers",
    )


def told_apart(evidence: Evidence, route: str, existing: Observable, absent: Observable) -> None:
    """Write the positive control down: an id that exists is answered to its owner unlike one that never existed."""
    difference = existing.difference(absent)
    evidence.control(
        ControlKind.POSITIVE,
        f"{route}: the owner's id is answered unlike one that never existed.",
        held=bool(difference),
        detail=difference or "Both answers are the same.",
    )


def alike(evidence: Evidence, route: str, one: Observable, other: Observable) -> bool:
    """Write the negative control down: two ids that never existed are answered alike; return whether they are."""
    difference = one.difference(other)
    evidence.control(
        ControlKind.NEGATIVE,
        f"{route}: two ids that never existed are answered alike.",
        held=not difference,
        detail=difference,
    )
    return not difference
