"""What is found in an hour, when it is told, and what is not found, for a tenant whose past is plain."""

from datetime import datetime, timedelta

import pytest

from tenancy.anomalies.detecting import EPISODE_HOURS, HISTORY_HOURS, findings
from tenancy.anomalies.hours import SECONDS, Calendar, Kind, Signal
from tests.tenancy.anomalies.plain import BERLIN, MORNING, NIGHT, found_in, hour_of, kinds, office, past_of


@pytest.mark.parametrize("hours", [HISTORY_HOURS, 8 * 24])
def test_a_usual_hour_is_nothing(hours: int) -> None:
    assert found_in(MORNING, hour_of(MORNING, 140), hours=hours) == []


def test_a_spike_is_one_finding_about_the_clearest_of_its_signals() -> None:
    (one,) = found_in(MORNING, hour_of(MORNING, 700))
    assert (one.kind, one.hour) == (Kind.SPIKE, int(MORNING.timestamp()))
    assert one.signal in {Signal.REQUESTS, Signal.TOKENS, Signal.SPEND}
    assert one.seen > 4 * one.expected


def test_a_loop_that_spends_is_a_spike_of_money() -> None:
    (one,) = found_in(MORNING, hour_of(MORNING, 110, {Signal.SPEND: 20_000_000}))
    assert (one.kind, one.signal, one.seen) == (Kind.SPIKE, Signal.SPEND, 20_000_000)
    assert one.expected == pytest.approx(400_000, rel=0.2)


def test_only_a_gross_spike_is_gross() -> None:
    modest, gross = (found_in(MORNING, hour_of(MORNING, requests))[0] for requests in (500, 5_000))
    assert (modest.gross, gross.gross) == (False, True)


def test_one_episode_is_told_once_and_the_next_day_again() -> None:
    now = hour_of(MORNING, 500)
    assert found_in(MORNING, now, known=[(Kind.SPIKE, now.starts - 5 * SECONDS)]) == []
    assert found_in(MORNING, now, known=[(Kind.REFUSALS, now.starts - 5 * SECONDS)]) != []
    assert found_in(MORNING, now, known=[(Kind.SPIKE, now.starts - EPISODE_HOURS * SECONDS)]) != []


def test_a_spike_that_becomes_gross_is_told_again_and_then_no_more() -> None:
    earlier, now = MORNING - timedelta(hours=1), hour_of(MORNING, 5_000)
    calendar, since = Calendar(BERLIN), now.starts - HISTORY_HOURS * SECONDS
    known = [(Kind.SPIKE, int(earlier.timestamp()))]
    told = []
    for before in (500, 5_000):
        past = [*past_of(earlier), hour_of(earlier, before)]
        told.append(findings(past, now, calendar, since, known))
    assert [[each.gross for each in found] for found in told] == [[True], []]
    in_this_hour = [(Kind.SPIKE, now.starts)]
    assert [each.gross for each in findings(past_of(MORNING), now, calendar, since, in_this_hour)] == [True]


def test_what_is_found_in_a_running_hour_stays_found_as_it_goes_on() -> None:
    whole = {Signal.REFUSALS: 90, Signal.FOREIGN_IDS: 80, Signal.CANARIES: 1, Signal.PROMPT_SIZE: 90_000}
    before: set[Kind] = set()
    for share in (0.1, 0.2, 0.4, 0.6, 0.8, 1.0):
        more = {signal: int(count * share) for signal, count in whole.items()}
        now = kinds(found_in(MORNING, hour_of(MORNING, int(900 * share), more)))
        assert before <= now
        before = now
    assert before == set(Kind) - {Kind.OFF_HOURS}


def test_a_canary_is_found_in_the_first_hour_of_a_life() -> None:
    (one,) = findings([], hour_of(MORNING, 1, {Signal.CANARIES: 2}), Calendar(BERLIN), int(MORNING.timestamp()))
    assert (one.kind, one.signal, one.seen, one.gross) == (Kind.CANARY, Signal.CANARIES, 2, False)


def test_the_first_week_is_for_learning() -> None:
    more = {Signal.REFUSALS: 90, Signal.FOREIGN_IDS: 80, Signal.PROMPT_SIZE: 90_000}
    now = hour_of(MORNING, 900, more)
    assert found_in(MORNING, now, hours=6 * 24) == []
    assert len(found_in(MORNING, now, hours=7 * 24)) >= 3


def test_in_the_first_week_what_is_gross_beyond_doubt_is_found_but_not_a_beginning() -> None:
    now = hour_of(MORNING, 5_000)
    (one,) = found_in(MORNING, now, hours=6 * 24)
    assert (one.kind, one.gross) == (Kind.SPIKE, True)
    assert found_in(MORNING, now, hours=24) == []


def test_a_few_requests_at_night_are_somebody_who_works_late() -> None:
    assert found_in(NIGHT, hour_of(NIGHT, 10)) == []


def test_many_requests_at_night_are_off_hours_use_unless_they_are_a_spike_already() -> None:
    (one,) = found_in(NIGHT, hour_of(NIGHT, 25))
    assert (one.kind, one.signal, one.seen, one.expected) == (Kind.OFF_HOURS, Signal.REQUESTS, 25, 0.0)
    assert kinds(found_in(NIGHT, hour_of(NIGHT, 400))) == {Kind.SPIKE}
    assert found_in(NIGHT, hour_of(NIGHT, 25), known=[(Kind.SPIKE, int(NIGHT.timestamp()) - SECONDS)]) == []


def test_business_hours_that_are_named_are_believed() -> None:
    saturday = datetime(2026, 6, 20, 11, tzinfo=BERLIN)

    def seldom_on_saturdays(local: datetime) -> int:
        return 1 if local.weekday() == 5 and 9 <= local.hour < 17 and local.day > 13 else office(local)

    named = dict.fromkeys(range(5), (9, 17))
    now = hour_of(saturday, 28)
    assert kinds(found_in(saturday, now, rhythm=seldom_on_saturdays, business=named)) == {Kind.OFF_HOURS}
    assert found_in(saturday, now, rhythm=seldom_on_saturdays, business=named | {5: (9, 17)}) == []


def test_a_hundred_attempts_at_ids_are_found_and_a_stale_list_is_not() -> None:
    assert found_in(MORNING, hour_of(MORNING, 110, {Signal.FOREIGN_IDS: 9})) == []
    (one,) = found_in(MORNING, hour_of(MORNING, 190, {Signal.FOREIGN_IDS: 90}))
    assert (one.kind, one.signal, one.seen) == (Kind.FOREIGN_IDS, Signal.FOREIGN_IDS, 90)


def test_a_burst_of_refusals_is_found() -> None:
    (one,) = found_in(MORNING, hour_of(MORNING, 150, {Signal.REFUSALS: 45}))
    assert (one.kind, one.signal, one.seen) == (Kind.REFUSALS, Signal.REFUSALS, 45)


def test_a_huge_prompt_is_found_and_a_long_one_is_not() -> None:
    assert found_in(MORNING, hour_of(MORNING, 100, {Signal.PROMPT_SIZE: 2_500})) == []
    (one,) = found_in(MORNING, hour_of(MORNING, 100, {Signal.PROMPT_SIZE: 60_000}))
    assert (one.kind, one.signal, one.seen) == (Kind.LARGE_PROMPT, Signal.PROMPT_SIZE, 60_000)
    assert 900 < one.expected < 1_300


def test_refusals_that_come_with_the_requests_are_none_of_their_own() -> None:
    busy, probing = (found_in(MORNING, hour_of(MORNING, requests, {Signal.REFUSALS: 40})) for requests in (2_000, 150))
    assert (kinds(busy), kinds(probing)) == ({Kind.SPIKE}, {Kind.REFUSALS})


def test_a_long_day_is_no_use_in_quiet_hours() -> None:
    evening = MORNING.replace(hour=18)
    assert found_in(evening, hour_of(evening, 28)) == []
    assert kinds(found_in(NIGHT, hour_of(NIGHT, 28))) == {Kind.OFF_HOURS}


def test_a_spike_is_not_gross_where_as_much_comes_at_other_hours() -> None:
    def nightly(local: datetime) -> int:
        return 3_000 if local.hour == 2 else office(local)

    assert [each.gross for each in found_in(MORNING, hour_of(MORNING, 5_000))] == [True]
    assert [each.gross for each in found_in(MORNING, hour_of(MORNING, 5_000), rhythm=nightly)] == [False]
