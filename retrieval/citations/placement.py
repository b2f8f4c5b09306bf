"""Whether a value stands where the claim puts it, or beside something else in the same sentence."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import product
from typing import Final

from retrieval.citations.reading.names import known
from retrieval.citations.reading.quantities import Quantity, comparable, equal
from retrieval.citations.reading.statement import Clause, Statement

_ROOT: Final = 4


def misplaced(source: Statement, claim: Statement) -> bool:
    """Tell whether a value of the claim is its neighbour's: another part, with a value of its kind, fits better."""
    groups = groups_of(source.clauses)
    if len(groups) == 1:
        return False
    shared = frozenset.intersection(*(_keys(group) for group in groups))
    shared |= _keys([each for each in source.clauses if each.lead and not each.aside][:1])
    return any(_foreign_value(groups, part, claim, shared) for part in groups_of(claim.clauses))


def parts(claim: Statement) -> list[Statement]:
    """Return the parts of a claim that each state something: a value, and words besides its names and numbers."""
    found: list[tuple[Clause, ...]] = []
    for group in groups_of(claim.clauses):
        if found and not (_says_something(group) and _says_something(found[-1])):
            found[-1] = (*found[-1], *group)
        else:
            found.append(group)
    return [Statement.of(group, claim.language, claim.script) for group in found] if len(found) > 1 else []


def groups_of(clauses: Sequence[Clause]) -> list[tuple[Clause, ...]]:
    """Join clauses that hold no value to the next that does, and what is left at the end to the last."""
    groups: list[tuple[Clause, ...]] = []
    waiting: tuple[Clause, ...] = ()
    for clause in clauses:
        if clause.aside and not clause.lead and groups and not waiting:
            groups[-1] = (*groups[-1], clause)
            continue
        waiting = (*waiting, clause)
        if clause.valued:
            groups.append(waiting)
            waiting = ()
    if waiting:
        groups[-1:] = [(*groups[-1], *waiting)] if groups else [waiting]
    return groups


def _foreign_value(
    groups: Sequence[Sequence[Clause]], part: Sequence[Clause], claim: Statement, shared: frozenset[str]
) -> bool:
    """Tell whether one part of a claim takes its value from a group while another group is what it speaks of."""
    wanted = _keys(part) - shared
    own = [place for place, group in enumerate(groups) if _holds(group, part)]
    if not own:
        return False
    held = frozenset[str]().union(*(_keys(groups[place]) for place in own))
    value, words = (
        values_of_parts(part),
        frozenset(word for place in own for each in groups[place] for word in each.words),
    )
    for place, group in enumerate(groups):
        if place in own or not _rival(group, part, claim):
            continue
        said = frozenset(word for each in group for word in each.words)
        mine, theirs = (wanted & held) - _keys(group) - value, wanted & _keys(group) - held
        named = (
            _known(part, said - words)
            - _known(part, words - said)
            + _months(theirs)
            - _months(wanted & held - _keys(group))
        )
        if named > 0 or (not named and len(theirs) > len(mine)):
            return True
    return False


def _months(keys: frozenset[str]) -> int:
    return sum(key.startswith("month ") for key in keys)


def _known(part: Sequence[Clause], words: frozenset[str]) -> int:
    """Count the names of a part that has numbers among some words: what a number is said of decides."""
    return sum(known(name, words) for each in part for name in each.names) if _numbers(part) else 0


def _holds(group: Sequence[Clause], part: Sequence[Clause]) -> bool:
    """Tell whether a group has a value of the part."""
    one, other = _numbers(group), _numbers(part)
    if other:
        return any(equal(a, b) and comparable(a, b) for a, b in product(one, other))
    if codes := _codes(part):
        return bool(codes & _codes(group))
    named = frozenset(name for each in part for name in each.names)
    return any(known(name, each.words) for each in group for name in named)


def _rival(group: Sequence[Clause], part: Sequence[Clause], claim: Statement) -> bool:
    """Tell whether a group has a value of the kind that the part states, none of which the claim states."""
    if numbers := _numbers(part):
        offered = [each for each in _numbers(group) if any(comparable(each, one) for one in numbers)]
        return bool(offered) and not any(a.values & b.values for a, b in product(offered, claim.quantities))
    if _codes(part):
        return bool(_codes(group)) and not _codes(group) & claim.codes
    offered_names = frozenset(name for each in group for name in each.names)
    return bool(offered_names) and not any(known(name, claim.words) for name in offered_names)


def _says_something(group: Sequence[Clause]) -> bool:
    return any(each.valued for each in group) and bool(_keys(group) - values_of_parts(group))


def values_of_parts(group: Sequence[Clause], *, with_names: bool = False) -> frozenset[str]:
    """Return the keys of a part that are its values: numbers where it has any, else (or `with_names` too) names."""
    numbers = frozenset(key for each in group for key in each.keys if key[:1].isdigit() or key.startswith("month "))
    if _numbers(group) and not with_names:
        return numbers
    return numbers | _stems_of({name for each in group for name in each.names}, _keys(group))


def unit_words(claim: Statement) -> frozenset[str]:
    """Return the words of a claim that are units of its numbers."""
    return _stems_of({each.noun for each in claim.quantities if each.unit and each.noun}, claim.keys)


def _stems_of(words: AbstractSet[str], keys: frozenset[str]) -> frozenset[str]:
    """Return the keys that are made of some of the folded words."""
    begun = tuple(word[:_ROOT] for word in words)
    return frozenset(key for key in keys if key.startswith(begun) or any(word.startswith(key) for word in words))


def _numbers(group: Sequence[Clause]) -> list[Quantity]:
    """Return the numbers of a part; ordinals only where there are no others, for they tell which one is meant."""
    numbers = [number for each in group for number in each.quantities]
    return [number for number in numbers if number.unit != "ordinal"] or numbers


def _codes(group: Sequence[Clause]) -> frozenset[str]:
    return frozenset(code for each in group for code in each.codes)


def _keys(group: Sequence[Clause]) -> frozenset[str]:
    return frozenset(key for each in group for key in each.keys)
