"""The months that the detector is measured on: what they promise, so that a rate measured on them means something."""

from datetime import datetime
from itertools import pairwise

import numpy as np
import pytest

from tenancy.anomalies.hours import SECONDS, Signal
from tests.tenancy.anomalies.characters import Character
from tests.tenancy.anomalies.living import COLUMNS
from tests.tenancy.anomalies.months import DEVELOPMENT, HELD_OUT, MONTH, hours, month
from tests.tenancy.anomalies.planting import Plant

_SOME = range(24)


def test_a_seed_makes_the_same_month_every_time_and_another_seed_another() -> None:
    one, again, other = month(3), month(3), month(3 + len(Character))
    assert np.array_equal(one.attacked, again.attacked)
    assert one.planted == again.planted
    assert one.normal.shape != other.normal.shape or not np.array_equal(one.normal, other.normal)


def test_held_out_months_are_none_of_those_for_development_and_as_many_as_are_promised() -> None:
    assert not set(DEVELOPMENT) & set(HELD_OUT)
    assert len(HELD_OUT) >= 100
    assert len(HELD_OUT) * (len(Plant) - 1) >= 500


def test_every_character_has_its_turn() -> None:
    assert {month(seed).tenant.character for seed in _SOME} == set(Character)


@pytest.mark.parametrize("seed", _SOME)
def test_the_versions_of_a_month_differ_in_the_planted_hours_alone(seed: int) -> None:
    one = month(seed)
    differs = set(np.flatnonzero((one.normal != one.attacked).any(axis=1)).tolist())
    planted = {hour for each in one.planted for hour in range(each.first, each.last + 1)}
    assert differs <= planted
    assert all(differs & set(range(each.first, each.last + 1)) for each in one.planted)
    assert (one.attacked >= one.normal).all()
    assert min(planted) >= one.learning
    assert max(planted) < len(one.normal) == one.learning + MONTH


def test_anomalies_lie_a_day_apart_and_at_every_hour_of_the_day() -> None:
    at = []
    for seed in _SOME:
        planted = sorted(month(seed).planted, key=lambda each: each.first)
        gaps = [after.first - before.last for before, after in pairwise(planted)]
        assert min(gaps) > 24
        at += [each.first % 24 for each in planted]
    assert set(at) == set(range(24))


def test_clocks_change_in_some_of_the_months() -> None:
    changed = 0
    for seed in range(48):
        one = month(seed)
        begins = one.begins + one.learning * SECONDS
        ends = begins + MONTH * SECONDS
        changed += len({datetime.fromtimestamp(at, one.tenant.zone).utcoffset() for at in (begins, ends)}) > 1
    assert changed >= 3


def test_an_office_is_silent_at_night_and_a_tiny_tenant_most_of_the_day() -> None:
    asked = COLUMNS[Signal.REQUESTS]
    tenants = {one.tenant.character: one for one in map(month, range(len(Character)))}
    office, tiny = tenants[Character.OFFICE], tenants[Character.TINY]
    assert (office.normal[:, asked] == 0).mean() > 0.5
    assert 0 < tiny.normal[:, asked].sum() / (len(tiny.normal) / 24) < 30


def test_only_hours_in_which_anything_was_done_are_told() -> None:
    one = month(0)
    told = list(hours(one.begins, one.normal))
    assert [each.starts for each in told] == sorted({each.starts for each in told})
    assert all(each.starts % SECONDS == 0 and any(each.counts.values()) for each in told)
    assert sum(each.counts.get(Signal.REQUESTS, 0) for each in told) == one.normal[:, COLUMNS[Signal.REQUESTS]].sum()
