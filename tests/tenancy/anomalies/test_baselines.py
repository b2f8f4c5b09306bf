"""What a tenant's own past makes usual: jobs, holidays, habits, growth, bursts, late work, long prompts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tenancy.anomalies.detecting import HISTORY_HOURS, findings
from tenancy.anomalies.hours import SECONDS, Calendar, Hour, Kind, Signal
from tests.tenancy.anomalies.plain import BERLIN, MORNING, NIGHT, SYDNEY, found_in, hour_of, kinds, office, past_of


def test_what_comes_every_night_is_usual_and_at_another_hour_it_is_not() -> None:
    def nightly(local: datetime) -> int:
        return 2_000 if local.hour == 2 else office(local)

    two, five = NIGHT.replace(hour=2), NIGHT.replace(hour=6)
    assert found_in(two, hour_of(two, 2_300), rhythm=nightly) == []
    assert kinds(found_in(five, hour_of(five, 2_000), rhythm=nightly)) == {Kind.SPIKE}


@pytest.mark.parametrize(
    ("zone", "changed"),
    [(BERLIN, (2026, 3, 31)), (BERLIN, (2026, 10, 27)), (SYDNEY, (2026, 10, 6))],
)
def test_a_change_of_clocks_makes_nothing_unusual(zone: ZoneInfo, changed: tuple[int, int, int]) -> None:
    def job(local: datetime) -> int:
        return 2_000 if local.astimezone(ZoneInfo("UTC")).hour == 2 else office(local)

    first = datetime(*changed, tzinfo=zone) - timedelta(days=3)
    for number in range(5 * 24):
        at = datetime.fromtimestamp(int(first.timestamp()) + number * SECONDS, zone)
        if job(at):
            assert found_in(at, hour_of(at, job(at)), rhythm=job) == []


def test_coming_back_from_a_long_holiday_is_no_spike() -> None:
    def away(local: datetime) -> int:
        return 0 if datetime(2026, 5, 6, tzinfo=BERLIN) <= local < MORNING.replace(hour=0) else office(local)

    assert found_in(MORNING, hour_of(MORNING, 150), rhythm=away) == []


def test_days_of_attacks_in_the_past_hide_no_other() -> None:
    def attacked(local: datetime) -> int:
        return office(local) * (30 if local.month == 6 and local.day in {3, 9, 10} else 1)

    assert kinds(found_in(MORNING, hour_of(MORNING, 900), rhythm=attacked)) == {Kind.SPIKE}


def test_what_was_before_the_history_is_of_no_account() -> None:
    old = [Hour(each.starts - HISTORY_HOURS * SECONDS, each.counts) for each in past_of(MORNING, lambda _: 5_000)]
    now = hour_of(MORNING, 700)
    found = findings([*old, *past_of(MORNING)], now, Calendar(BERLIN), old[0].starts)
    assert found == found_in(MORNING, now)


def test_a_new_job_is_told_and_from_the_third_night_on_is_a_habit() -> None:
    def new(local: datetime) -> int:
        return 1_000 if local.hour == 3 and local >= NIGHT - timedelta(days=2) else office(local)

    first, second, third = (NIGHT - timedelta(days=days) for days in (2, 1, 0))
    assert kinds(found_in(first, hour_of(first, 1_000), rhythm=new)) == {Kind.SPIKE}
    assert kinds(found_in(second, hour_of(second, 1_000), rhythm=new)) == {Kind.SPIKE}
    assert found_in(third, hour_of(third, 1_000), rhythm=new) == []


@pytest.mark.parametrize(("late", "told"), [(3, set()), (5, {Kind.SPIKE})])
def test_a_job_that_is_late_is_no_spike_for_three_hours(late: int, told: set[Kind]) -> None:
    due = MORNING.replace(hour=1)

    def job(local: datetime) -> int:
        return 2_000 if local.hour == 1 and local != due else office(local)

    at = due + timedelta(hours=late)
    assert kinds(found_in(at, hour_of(at, 2_000), rhythm=job)) == told


def test_what_has_grown_for_some_days_is_expected_to_stay_so() -> None:
    monday = MORNING - timedelta(days=2)

    def more(local: datetime) -> int:
        return office(local) * (3 if local >= MORNING - timedelta(days=7) else 1)

    assert kinds(found_in(monday, hour_of(monday, 450))) == {Kind.SPIKE}
    assert found_in(monday, hour_of(monday, 450), rhythm=more) == []
    assert kinds(found_in(monday, hour_of(monday, 1_500), rhythm=more)) == {Kind.SPIKE}


def test_a_bursty_tenant_has_to_burst_further() -> None:
    def bursts(local: datetime) -> int:
        return office(local) * (5 if (local.day * 7 + local.hour) % 9 == 0 else 1)

    assert kinds(found_in(MORNING, hour_of(MORNING, 700))) == {Kind.SPIKE}
    assert found_in(MORNING, hour_of(MORNING, 700), rhythm=bursts) == []
    assert kinds(found_in(MORNING, hour_of(MORNING, 4_000), rhythm=bursts)) == {Kind.SPIKE}


def test_a_habit_of_working_days_is_none_of_weekends() -> None:
    saturday = datetime(2026, 6, 20, 10, tzinfo=BERLIN)

    def more(local: datetime) -> int:
        return office(local) * (10 if local > MORNING - timedelta(days=1) else 1)

    assert kinds(found_in(saturday, hour_of(saturday, 800), rhythm=more)) == {Kind.SPIKE}


def test_the_fewer_weeks_are_known_the_more_it_takes() -> None:
    assert kinds(found_in(MORNING, hour_of(MORNING, 400))) == {Kind.SPIKE}
    assert found_in(MORNING, hour_of(MORNING, 400), hours=8 * 24) == []


def test_money_and_tokens_of_a_usual_hour_are_no_spike_at_an_unusual_one() -> None:
    def large(local: datetime) -> int:
        return 10 * office(local)

    usual = {Signal.SPEND: 4_000_000, Signal.TOKENS: 2_000_000}
    assert found_in(NIGHT, hour_of(NIGHT, 10, usual), rhythm=large) == []
    more = {signal: 10 * count for signal, count in usual.items()}
    assert kinds(found_in(NIGHT, hour_of(NIGHT, 10, more), rhythm=large)) == {Kind.SPIKE}


def test_late_work_is_measured_by_the_tenant() -> None:
    def late(local: datetime) -> int:
        return 15 if local.hour == 4 and local.day % 5 == 0 else office(local)

    assert kinds(found_in(NIGHT, hour_of(NIGHT, 27))) == {Kind.OFF_HOURS}
    assert found_in(NIGHT, hour_of(NIGHT, 27), rhythm=late) == []
    assert found_in(NIGHT, hour_of(NIGHT, 60), rhythm=lambda local: 10 * office(local)) == []


def _with_prompts(sizes: Callable[[int], int], seen: int) -> set[Kind]:
    past = [
        Hour(each.starts, {**each.counts, Signal.PROMPT_SIZE: sizes(number)})
        for number, each in enumerate(past_of(MORNING))
    ]
    now = hour_of(MORNING, 100, {Signal.PROMPT_SIZE: seen})
    return kinds(findings(past, now, Calendar(BERLIN), now.starts - HISTORY_HOURS * SECONDS))


def test_a_tenant_of_long_prompts_needs_a_longer_one() -> None:
    def uneven(number: int) -> int:
        return 500 * 2 ** (number * 7 % 5)  # up to 8,000

    assert _with_prompts(lambda _: 1_000, 18_000) == {Kind.LARGE_PROMPT}
    assert _with_prompts(uneven, 18_000) == set()
    assert _with_prompts(uneven, 180_000) == {Kind.LARGE_PROMPT}


def test_a_prompt_like_the_largest_few_before_is_none_to_tell_of() -> None:
    assert _with_prompts(lambda number: 9_000 if number % 100 == 0 else 1_000 + number, 12_000) == set()
