"""A past is laid out by the tenant's own clock, whatever that does."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tenancy.anomalies.detecting import HISTORY_HOURS, findings
from tenancy.anomalies.hours import SECONDS, Calendar, Hour, Kind, Signal
from tenancy.anomalies.local import OWN, WEEK, WEEKS, Past, laid_out


def _laid_out(now: datetime, counts: Sequence[tuple[datetime, int]] = (), hours: int = HISTORY_HOURS) -> Past:
    assert isinstance(now.tzinfo, ZoneInfo)
    past = [Hour(_starts(at), {Signal.REQUESTS: count}) for at, count in counts]
    at = _starts(now)
    return laid_out(past, at, Calendar(now.tzinfo), at - hours * SECONDS)


def _starts(at: datetime) -> int:
    return int(at.timestamp()) // SECONDS * SECONDS


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
def test_the_last_column_is_the_same_hour_of_the_weeks_before(zone: str) -> None:
    now = datetime(2026, 4, 15, 10, 30, tzinfo=ZoneInfo(zone))
    before = [(now.replace(month=month, day=day), day) for month, day in ((3, 25), (4, 1), (4, 8))]
    grid = _laid_out(now, before).grid(Signal.REQUESTS)
    assert grid.shape == (WEEKS, WEEK)
    assert grid[:3, OWN].tolist() == [8, 1, 25]
    assert np.nansum(grid) == 34


def test_an_hour_that_a_clock_left_out_is_unknown_and_of_one_twice_the_larger_counts() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    spring = _laid_out(datetime(2026, 3, 29, 10, tzinfo=berlin)).grid(Signal.REQUESTS)
    assert np.flatnonzero(np.isnan(spring[0])).tolist() == [7]  # at ten, two o'clock was eight hours ago
    first, again = (datetime(2026, 10, 25, 2, tzinfo=berlin, fold=fold) for fold in (0, 1))
    autumn = _laid_out(datetime(2026, 10, 25, 10, tzinfo=berlin), [(first, 7), (again, 3)]).grid(Signal.REQUESTS)
    assert autumn[0, 7] == 7
    assert np.nansum(autumn) == 7
    at_two = _laid_out(again, [(first, 7)]).grid(Signal.REQUESTS)
    assert at_two[0, 0] == 7  # it is two o'clock again: the first time was an hour ago


def test_a_clock_that_went_back_and_forth_within_eight_weeks_is_followed() -> None:
    casablanca = ZoneInfo("Africa/Casablanca")
    now = datetime(2026, 4, 1, 10, tzinfo=casablanca)
    counts = [(datetime(2026, 3, day, 10, tzinfo=casablanca), day) for day in (4, 11, 18, 25)]  # three in Ramadan
    assert _laid_out(now, counts).grid(Signal.REQUESTS)[:4, OWN].tolist() == [25, 18, 11, 4]


def test_what_is_before_a_life_is_unknown() -> None:
    now = datetime(2026, 6, 17, 10, tzinfo=ZoneInfo("UTC"))
    past = _laid_out(now, hours=30)
    assert np.isfinite(past.grid(Signal.REQUESTS)).sum() == 30
    assert past.weeks == 1


def test_days_hours_and_weekdays_are_those_of_the_tenants_clock() -> None:
    past = _laid_out(datetime(2026, 6, 17, 10, tzinfo=ZoneInfo("Asia/Tokyo")))  # a Wednesday
    assert (past.weekday, past.hour) == (2, 10)
    assert past.days()[[0, 9, 10, 33, 34]].tolist() == [0, 0, 1, 1, 2]
    assert past.weekdays()[[0, 9, 10, 34, OWN]].tolist() == [2, 2, 1, 0, 2]


def test_the_same_hours_mean_something_else_where_the_clock_is_another() -> None:
    now = datetime(2026, 6, 17, 19, tzinfo=ZoneInfo("Europe/Berlin"))  # three at night in Sydney
    at = int(now.timestamp())
    past = [
        Hour(at - number * SECONDS, {Signal.REQUESTS: 100})
        for number in range(HISTORY_HOURS, 0, -1)
        if 6 <= number % 24 < 12  # from seven to one in Berlin, from three to nine in the evening in Sydney
    ]
    business = dict.fromkeys(range(7), (6, 23))
    seen = Hour(at, {Signal.REQUESTS: 28})
    here, there = (
        findings(past, seen, Calendar(ZoneInfo(zone), business), at - HISTORY_HOURS * SECONDS)
        for zone in ("Europe/Berlin", "Australia/Sydney")
    )
    assert here == []
    assert [each.kind for each in there] == [Kind.OFF_HOURS]
