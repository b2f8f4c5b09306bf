"""On a fixed sample of months: enough anomalies are found, with few false alarms, and the measure can tell."""

from collections.abc import Collection, Sequence
from functools import cache

import pytest

from tenancy.anomalies.detecting import findings
from tenancy.anomalies.hours import Calendar, Finding, Hour, Kind, Signal
from tests.tenancy.anomalies.characters import Character
from tests.tenancy.anomalies.measuring import Detector, Rates, judged, rates
from tests.tenancy.anomalies.months import Month, month
from tests.tenancy.anomalies.planting import ANSWERS, Plant

_SAMPLE = range(len(Character))
"""One month of every character."""


@cache
def _month(seed: int) -> Month:
    return month(seed)


def _measured(detector: Detector) -> Rates:
    return rates([judged(_month(seed), detector, quick=True) for seed in _SAMPLE], frozenset(Plant))


def _is_good(one: Rates) -> bool:
    """The floors: 95 of 100 anomalies, no more than one false alarm by tenant and month, no brake without a cause."""
    return one.detection >= 0.95 and one.false_alarms <= 1 and one.gross == 0


def _says_nothing(*_: object) -> list[Finding]:
    return []


def _always_cries(
    _past: Sequence[Hour], now: Hour, _calendar: Calendar, _since: int, _known: Collection[tuple[Kind, int]]
) -> list[Finding]:
    return [Finding(kind, Signal.REQUESTS, now.starts, 0, 0.0) for kind in Kind]


def _cries_once_a_day(
    past: Sequence[Hour], now: Hour, calendar: Calendar, since: int, known: Collection[tuple[Kind, int]]
) -> list[Finding]:
    return [] if any(now.starts - at < 86_400 for _, at in known) else _always_cries(past, now, calendar, since, known)


def test_anomalies_are_found_with_few_false_alarms() -> None:
    one = _measured(findings)
    assert _is_good(one), one


def test_a_detector_that_says_nothing_is_not_good() -> None:
    one = _measured(_says_nothing)
    assert (one.found, one.alarms) == (0, 0)
    assert not _is_good(one)


@pytest.mark.parametrize("detector", [_always_cries, _cries_once_a_day])
def test_a_detector_that_cries_wolf_is_not_good(detector: Detector) -> None:
    one = _measured(detector)
    assert one.false_alarms > 20
    assert not _is_good(one)


def test_every_plant_has_an_answer() -> None:
    assert set(ANSWERS) == set(Plant)
    assert set().union(*ANSWERS.values()) == set(Kind)
