"""Whether a claim affirms what its source affirms, and denies what it denies."""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Final

from retrieval.citations.placement import groups_of
from retrieval.citations.reading.names import known
from retrieval.citations.reading.quantities import equal
from retrieval.citations.reading.statement import Clause, Statement

_NEARLY: Final = 0.66  # a single clause that has this share of what the whole sentence shares speaks for it
_PREFIXES: Final = ("un", "in", "im", "ir", "il", "non", "dis", "nicht", "a", "des", "\u043d\u0435")
_ROOT: Final = 4
_ATTENDANCE: Final = "present"


def same_polarity(source: Statement, clause: Clause) -> bool:
    """Compare a clause of the claim with what the source says of the same; of what fits equally well one may agree."""
    holding = [each for each in source.clauses if clause.quantities and _shares_number(each, clause)]
    if holding:
        sides = frozenset(
            side
            for group in groups_of(source.clauses)
            if set(holding) & set(group)
            for each in group
            for side in each.sides
        )
        turned = _opposed(_bounds(clause.sides), _bounds(sides))
        return not turned and any(_parity((each,), clause) for each in holding)
    shared = [len(clause.keys & each.keys) for each in source.clauses]
    best, all_shared = max(shared), len(clause.keys & source.keys)
    if best < _NEARLY * all_shared:
        cover = _cover(source, clause)
        contrary = [each for each in cover if any(it.contrast for it in cover) and clause.subject in each.keys]
        return _parity(contrary or cover, clause)
    fitting = (each for each, count in zip(source.clauses, shared, strict=True) if count == best)
    return not best or any(_parity((each,), clause) for each in fitting)


def _bounds(sides: frozenset[tuple[str, int]]) -> frozenset[tuple[str, int]]:
    """Return what makes a number a least or a most."""
    return frozenset(side for side in sides if side[0] == "most")


def _shares_number(clause: Clause, claim: Clause) -> bool:
    return any(
        one.unit == other.unit and equal(one, other) for one, other in product(clause.quantities, claim.quantities)
    )


def _cover(source: Statement, clause: Clause) -> list[Clause]:
    """Return the clauses of the source that together say what one clause of the claim says, the fullest first."""
    wanted, cover = clause.keys & source.keys, list[Clause]()
    while wanted:
        fullest = max(source.clauses, key=lambda each: len(wanted & each.keys))
        if not wanted & fullest.keys:
            break
        cover.append(fullest)
        wanted -= fullest.keys
    return cover


def polarity_of_all(source: Statement, claim: Statement) -> bool:
    """Compare polarity across languages: of the clauses that hold the claim's values, or else of all."""
    holding = [each for each in source.clauses if _shares_value(each, claim)]
    words = frozenset(word for clause in claim.clauses for word in clause.sides)
    flips = sum(_opposed(words, frozenset(side for each in span for side in each.sides)) for span in [holding])
    negations = sum(each.negations for each in claim.clauses if each.keys)
    spans = [holding or source.clauses, source.clauses]
    return any(
        (negations + sum(each.negations for each in span) + flips) % 2 == 0 for span in spans[: 1 + (not holding)]
    )


def _shares_value(clause: Clause, claim: Statement) -> bool:
    numbers = any(one.values & other.values for one, other in product(clause.quantities, claim.quantities))
    return numbers or bool(clause.names & claim.names or clause.codes & claim.codes)


def _parity(span: Sequence[Clause], clause: Clause) -> bool:
    """Tell whether negations and opposites of both sides cancel out."""
    sides = frozenset(side for each in span for side in each.sides)
    words = frozenset(word for each in span for word in each.words)
    exclusive = any(each.only for each in span)
    if (clause.only and not exclusive) or (exclusive and not clause.only and _not_only(clause, span)):
        return False
    turned = sum(each.negations for each in span) + clause.negations
    return (turned + _opposed(clause.sides, sides) + _prefixed(clause.words, words)) % 2 == 0


def _not_only(clause: Clause, span: Sequence[Clause]) -> bool:
    """Tell whether the claim says `not only` where the source says `only`."""
    return clause.not_only and not any(each.not_only for each in span)


def elsewhere(source: Statement, claim: Statement) -> bool:
    """Tell whether a claim lists someone as present whom the source lists as absent, or the other way round."""
    said = frozenset(side for side in claim.sides if side[0] == _ATTENDANCE)
    for name in claim.names if said else ():
        lists = [each for each in source.clauses if known(name, each.words)]
        if lists and all(_opposed(said, each.sides) for each in lists):
            return True
    return False


def _opposed(claimed: frozenset[tuple[str, int]], offered: frozenset[tuple[str, int]]) -> int:
    """Count the pairs of opposites of which each has the other side only."""
    return sum(
        (pair, 1 - side) in offered and (pair, side) not in offered and (pair, 1 - side) not in claimed
        for pair, side in claimed
    )


def _prefixed(claimed: Iterable[str], offered: frozenset[str]) -> int:
    """Count words that one has with a prefix of negation and the other without: `refundable`, `non-refundable`."""
    count = 0
    for one, other in ((frozenset(claimed), offered), (offered, frozenset(claimed))):
        for word in one - other:
            for prefix in _PREFIXES:
                root = word.removeprefix(prefix).removeprefix("-")
                if root != word and len(root) >= _ROOT and root in other and root not in one:
                    count += 1
    return count
