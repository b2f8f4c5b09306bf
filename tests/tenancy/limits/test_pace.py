"""The arithmetic of the sliding minute."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenancy.limits.pace import Pace


@pytest.mark.parametrize(
    ("pace", "most", "used", "wait"),
    [
        (Pace(60, 0, 0, 0, 60), 5, 0, 0),
        (Pace(60, 0, 0, 5, 40), 5, 5, 40),
        (Pace(60, 0, 0, 10, 40), 5, 10, 70),
        (Pace(60, 10, 30, 0, 30), 5, 5, 0),
        (Pace(60, 10, 60, 0, 60), 5, 10, 30),
        (Pace(60, 10, 30, 4, 30), 5, 9, 24),
        (Pace(60, 0, 0, 0, 60), 0, 0, 60),
    ],
)
def test_what_counts_and_when_one_more_fits(pace: Pace, most: int, used: int, wait: float) -> None:
    assert pace.used == used
    assert pace.wait(most) == pytest.approx(wait)


@given(before=st.integers(0, 1000), current=st.integers(0, 1000), gone=st.integers(0, 59), most=st.integers(1, 500))
def test_after_the_whole_seconds_that_are_told_one_more_fits(before: int, current: int, gone: int, most: int) -> None:
    rest = 60 - gone
    told = math.floor(Pace(60, before, rest if before else 0, current, rest).wait(most)) + 1
    if told >= rest:  # the windows have moved on by then
        later = Pace(60, current, max(0, 60 - (told - rest)), 0, 0)
    else:
        later = Pace(60, before, rest - told, current, rest - told)
    assert later.used + 1 <= most
