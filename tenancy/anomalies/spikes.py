"""Counts far above what is usual for the hour: requests, tokens and money, refusals, ids that are not the tenant's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tenancy.anomalies.baseline import Baseline
from tenancy.anomalies.hours import SECONDS, Finding, Hour, Kind, Signal

_YOUNG: Final = 48
"""Hours of a life before which even a gross spike cannot be told from a beginning."""
_BEYOND_ALL: Final = 20
"""In the first week: how many times the busiest hour so far is gross."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a count is a finding.

    It must be `floor` above the usual, and deviate from it by more than the tenant's own past does `steps` steps out in
    its tail, and than `least`. `slack` is too little to matter. A spike is `gross` from that much above the usual on.
    """

    kind: Kind
    signal: Signal
    slack: float
    floor: int
    steps: float
    least: float
    gross: int | None = None


SPIKES: Final = (
    Rule(Kind.SPIKE, Signal.REQUESTS, slack=5, floor=30, steps=8, least=3, gross=300),
    Rule(Kind.SPIKE, Signal.TOKENS, slack=20_000, floor=150_000, steps=9, least=3.5, gross=2_000_000),
    Rule(Kind.SPIKE, Signal.SPEND, slack=100_000, floor=1_000_000, steps=9, least=3.5, gross=20_000_000),
)
RARE: Final = (
    Rule(Kind.REFUSALS, Signal.REFUSALS, slack=4, floor=12, steps=8, least=3),
    Rule(Kind.FOREIGN_IDS, Signal.FOREIGN_IDS, slack=5, floor=15, steps=8, least=3),
)


def exceeded(rule: Rule, now: Hour, base: Baseline) -> Finding | None:
    """Return the finding that a rule makes of an hour."""
    seen = now.counts.get(rule.signal, 0)
    deviation, bound = base.deviation(seen), max(rule.least, base.bound(rule.steps))
    if seen - base.usual < rule.floor or deviation <= bound:
        return None
    gross = (
        rule.gross is not None
        and seen - base.usual >= rule.gross
        and deviation >= max(2 * bound, 8)
        and seen >= 2 * base.largest
    )
    return Finding(rule.kind, rule.signal, now.starts, seen, base.usual, gross)


def gross_so_far(past: Sequence[Hour], now: Hour, since: int) -> Finding | None:
    """Return the gross spike of an hour in a tenant's first week: far more than in any hour before."""
    if now.starts < since + _YOUNG * SECONDS:
        return None
    for rule in SPIKES:
        seen = now.counts.get(rule.signal, 0)
        most = max((each.counts.get(rule.signal, 0) for each in past), default=0)
        if rule.gross is not None and seen >= 5 * rule.gross and seen > _BEYOND_ALL * most:
            return Finding(rule.kind, rule.signal, now.starts, seen, float(most), gross=True)
    return None
