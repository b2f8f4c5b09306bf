"""Counts far above what is usual for the hour: requests, tokens and money, refusals, ids that are not the tenant's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tenancy.anomalies.baseline import Spread, Usual
from tenancy.anomalies.hours import SECONDS, Finding, Hour, Kind, Signal

_FAR_OUT: Final = 2.5
"""Gross is so many times as far out as a finding must be,"""
_TIMES: Final = 10
"""so many times the usual,"""
_EVER: Final = 4
"""and so many times what two days at most have ever seen."""
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

    def suspects(self, now: Hour, one: Usual) -> bool:
        """Tell whether an hour may be a finding at all, without a look at the spread of the past."""
        seen = now.counts.get(self.signal, 0)
        expected = max(one.here, one.explained)
        return seen - expected >= self.floor and one.deviation(seen, expected) > self.least


SPIKES: Final = (
    Rule(Kind.SPIKE, Signal.REQUESTS, slack=5, floor=30, steps=8, least=3, gross=300),
    Rule(Kind.SPIKE, Signal.TOKENS, slack=20_000, floor=150_000, steps=9, least=3.5, gross=2_000_000),
    Rule(Kind.SPIKE, Signal.SPEND, slack=100_000, floor=1_000_000, steps=9, least=3.5, gross=20_000_000),
)
RARE: Final = (
    Rule(Kind.REFUSALS, Signal.REFUSALS, slack=4, floor=12, steps=8, least=3),
    Rule(Kind.FOREIGN_IDS, Signal.FOREIGN_IDS, slack=5, floor=15, steps=8, least=3),
)


def exceeded(rule: Rule, now: Hour, one: Usual, past: Spread, weeks: float) -> tuple[Finding, float] | None:
    """Return the finding that a rule makes of an hour and how many steps out in the tail it is, None if it makes none.

    The fewer `weeks` of the past are known, the further out it must be.
    """
    seen, expected = now.counts.get(rule.signal, 0), max(one.here * past.grown, one.explained)
    deviation, bound = one.deviation(seen, expected), past.tail + rule.steps * past.step
    bound = max(rule.least, bound) * (1 + 1 / weeks**2)
    if seen - expected < rule.floor or deviation <= bound:
        return None
    gross = (
        rule.gross is not None
        and seen - expected >= rule.gross
        and deviation >= max(_FAR_OUT * bound, _TIMES)
        and seen >= _EVER * past.largest
    )
    found = Finding(rule.kind, rule.signal, now.starts, seen, expected, gross)
    return found, (deviation - past.tail) / past.step


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
