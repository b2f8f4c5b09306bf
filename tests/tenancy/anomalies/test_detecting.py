"""What is found in an hour, and what is not, for a tenant whose past is plain."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from tenancy.anomalies.detecting import EPISODE_HOURS, HISTORY_HOURS, findings
from tenancy.anomalies.hours import SECONDS, Calendar, Finding, Hour, Kind, Signal

BERLIN: Final = ZoneInfo("Europe/Berlin")
SYDNEY: Final = ZoneInfo("Australia/Sydney")
_PLAIN: Final = {
    Signal.TOKENS: 2_000,  # of each request
    Signal.SPEND: 4_000,
}
Rhythm = Callable[[datetime], int]


def _office(local: datetime) -> int:
    """100 requests in each working hour, a few more at some than at others."""
    return 100 + local.day % 7 if local.weekday() < 5 and 9 <= local.hour < 17 else 0


def _hour(at: datetime, requests: int, more: Mapping[Signal, int] | None = None) -> Hour:
    counts = {signal: each * requests for signal, each in _PLAIN.items()}
    counts |= {Signal.REQUESTS: requests, Signal.PROMPT_SIZE: 900 + 10 * at.day, Signal.REFUSALS: requests // 50}
    return Hour(int(at.timestamp()), counts | dict(more or {}))


def _past(at: datetime, rhythm: Rhythm = _office, hours: int = HISTORY_HOURS) -> list[Hour]:
    begins = int(at.timestamp()) - hours * SECONDS
    lived = [datetime.fromtimestamp(begins + number * SECONDS, at.tzinfo) for number in range(hours)]
    return [_hour(each, rhythm(each)) for each in lived if rhythm(each)]


def _found(
    at: datetime,
    now: Hour,
    *,
    rhythm: Rhythm = _office,
    business: Mapping[int, tuple[int, int]] | None = None,
    hours: int = HISTORY_HOURS,
    known: Sequence[tuple[Kind, int]] = (),
) -> list[Finding]:
    assert isinstance(at.tzinfo, ZoneInfo)
    calendar = Calendar(at.tzinfo, business)
    return findings(_past(at, rhythm, hours), now, calendar, int(at.timestamp()) - hours * SECONDS, known)


def _kinds(found: Sequence[Finding]) -> set[Kind]:
    assert len({each.kind for each in found}) == len(found)
    return {each.kind for each in found}


MORNING: Final = datetime(2026, 6, 17, 10, tzinfo=BERLIN)  # a Wednesday
NIGHT: Final = datetime(2026, 6, 17, 3, tzinfo=BERLIN)


@pytest.mark.parametrize("hours", [HISTORY_HOURS, 8 * 24])
def test_a_usual_hour_is_nothing(hours: int) -> None:
    assert _found(MORNING, _hour(MORNING, 140), hours=hours) == []


def test_a_spike_is_one_finding_about_the_clearest_of_its_signals() -> None:
    (one,) = _found(MORNING, _hour(MORNING, 700))
    assert (one.kind, one.hour) == (Kind.SPIKE, int(MORNING.timestamp()))
    assert one.signal in {Signal.REQUESTS, Signal.TOKENS, Signal.SPEND}
    assert one.seen > 4 * one.expected


def test_a_loop_that_spends_is_a_spike_of_money() -> None:
    (one,) = _found(MORNING, _hour(MORNING, 110, {Signal.SPEND: 20_000_000}))
    assert (one.kind, one.signal, one.seen) == (Kind.SPIKE, Signal.SPEND, 20_000_000)
    assert one.expected == pytest.approx(400_000, rel=0.2)


def test_only_a_gross_spike_is_gross() -> None:
    modest, gross = (_found(MORNING, _hour(MORNING, requests))[0] for requests in (500, 5_000))
    assert (modest.gross, gross.gross) == (False, True)


def test_one_episode_is_told_once_and_the_next_day_again() -> None:
    now = _hour(MORNING, 500)
    assert _found(MORNING, now, known=[(Kind.SPIKE, now.starts - 5 * SECONDS)]) == []
    assert _found(MORNING, now, known=[(Kind.REFUSALS, now.starts - 5 * SECONDS)]) != []
    assert _found(MORNING, now, known=[(Kind.SPIKE, now.starts - EPISODE_HOURS * SECONDS)]) != []


def test_a_spike_that_becomes_gross_is_told_again_and_then_no_more() -> None:
    earlier, now = MORNING - timedelta(hours=1), _hour(MORNING, 5_000)
    calendar, since = Calendar(BERLIN), now.starts - HISTORY_HOURS * SECONDS
    known = [(Kind.SPIKE, int(earlier.timestamp()))]
    told = []
    for before in (500, 5_000):
        past = [*_past(earlier), _hour(earlier, before)]
        told.append(findings(past, now, calendar, since, known))
    assert [[each.gross for each in found] for found in told] == [[True], []]
    in_this_hour = [(Kind.SPIKE, now.starts)]
    assert [each.gross for each in findings(_past(MORNING), now, calendar, since, in_this_hour)] == [True]


def test_what_is_found_in_a_running_hour_stays_found_as_it_goes_on() -> None:
    whole = {Signal.REFUSALS: 90, Signal.FOREIGN_IDS: 80, Signal.CANARIES: 1, Signal.PROMPT_SIZE: 90_000}
    before: set[Kind] = set()
    for share in (0.1, 0.2, 0.4, 0.6, 0.8, 1.0):
        more = {signal: int(count * share) for signal, count in whole.items()}
        kinds = _kinds(_found(MORNING, _hour(MORNING, int(900 * share), more)))
        assert before <= kinds
        before = kinds
    assert before == set(Kind) - {Kind.OFF_HOURS}


def test_a_canary_is_found_in_the_first_hour_of_a_life() -> None:
    (one,) = findings([], _hour(MORNING, 1, {Signal.CANARIES: 2}), Calendar(BERLIN), int(MORNING.timestamp()))
    assert (one.kind, one.signal, one.seen, one.gross) == (Kind.CANARY, Signal.CANARIES, 2, False)


def test_the_first_week_is_for_learning() -> None:
    more = {Signal.REFUSALS: 90, Signal.FOREIGN_IDS: 80, Signal.PROMPT_SIZE: 90_000}
    now = _hour(MORNING, 900, more)
    assert _found(MORNING, now, hours=6 * 24) == []
    assert len(_found(MORNING, now, hours=7 * 24)) >= 3


def test_in_the_first_week_what_is_gross_beyond_doubt_is_found_but_not_a_beginning() -> None:
    now = _hour(MORNING, 5_000)
    (one,) = _found(MORNING, now, hours=6 * 24)
    assert (one.kind, one.gross) == (Kind.SPIKE, True)
    assert _found(MORNING, now, hours=24) == []


def test_what_comes_every_night_is_usual_and_at_another_hour_it_is_not() -> None:
    def nightly(local: datetime) -> int:
        return 2_000 if local.hour == 2 else _office(local)

    two, five = NIGHT.replace(hour=2), NIGHT.replace(hour=6)
    assert _found(two, _hour(two, 2_300), rhythm=nightly) == []
    assert _kinds(_found(five, _hour(five, 2_000), rhythm=nightly)) == {Kind.SPIKE}


@pytest.mark.parametrize(
    ("zone", "changed"),
    [(BERLIN, (2026, 3, 31)), (BERLIN, (2026, 10, 27)), (SYDNEY, (2026, 10, 6))],
)
def test_a_change_of_clocks_makes_nothing_unusual(zone: ZoneInfo, changed: tuple[int, int, int]) -> None:
    def job(local: datetime) -> int:
        return 2_000 if local.astimezone(ZoneInfo("UTC")).hour == 2 else _office(local)

    first = datetime(*changed, tzinfo=zone) - timedelta(days=3)
    for number in range(5 * 24):
        at = datetime.fromtimestamp(int(first.timestamp()) + number * SECONDS, zone)
        if job(at):
            assert _found(at, _hour(at, job(at)), rhythm=job) == []


def test_a_few_requests_at_night_are_somebody_who_works_late() -> None:
    assert _found(NIGHT, _hour(NIGHT, 10)) == []


def test_many_requests_at_night_are_off_hours_use_unless_they_are_a_spike_already() -> None:
    (one,) = _found(NIGHT, _hour(NIGHT, 25))
    assert (one.kind, one.signal, one.seen, one.expected) == (Kind.OFF_HOURS, Signal.REQUESTS, 25, 0.0)
    assert _kinds(_found(NIGHT, _hour(NIGHT, 400))) == {Kind.SPIKE}
    assert _found(NIGHT, _hour(NIGHT, 25), known=[(Kind.SPIKE, int(NIGHT.timestamp()) - SECONDS)]) == []


def test_business_hours_that_are_named_are_believed() -> None:
    saturday = datetime(2026, 6, 20, 11, tzinfo=BERLIN)

    def seldom_on_saturdays(local: datetime) -> int:
        return 1 if local.weekday() == 5 and 9 <= local.hour < 17 and local.day > 13 else _office(local)

    named = dict.fromkeys(range(5), (9, 17))
    now = _hour(saturday, 28)
    assert _kinds(_found(saturday, now, rhythm=seldom_on_saturdays, business=named)) == {Kind.OFF_HOURS}
    assert _found(saturday, now, rhythm=seldom_on_saturdays, business=named | {5: (9, 17)}) == []


def test_coming_back_from_a_holiday_is_no_spike() -> None:
    def away(local: datetime) -> int:
        return 0 if datetime(2026, 5, 30, tzinfo=BERLIN) <= local < MORNING.replace(hour=0) else _office(local)

    assert _found(MORNING, _hour(MORNING, 115), rhythm=away) == []


def test_a_hundred_attempts_at_ids_are_found_and_a_stale_list_is_not() -> None:
    assert _found(MORNING, _hour(MORNING, 110, {Signal.FOREIGN_IDS: 9})) == []
    (one,) = _found(MORNING, _hour(MORNING, 190, {Signal.FOREIGN_IDS: 90}))
    assert (one.kind, one.signal, one.seen) == (Kind.FOREIGN_IDS, Signal.FOREIGN_IDS, 90)


def test_a_burst_of_refusals_is_found() -> None:
    (one,) = _found(MORNING, _hour(MORNING, 150, {Signal.REFUSALS: 45}))
    assert (one.kind, one.signal, one.seen) == (Kind.REFUSALS, Signal.REFUSALS, 45)


def test_a_huge_prompt_is_found_and_a_long_one_is_not() -> None:
    assert _found(MORNING, _hour(MORNING, 100, {Signal.PROMPT_SIZE: 2_500})) == []
    (one,) = _found(MORNING, _hour(MORNING, 100, {Signal.PROMPT_SIZE: 60_000}))
    assert (one.kind, one.signal, one.seen) == (Kind.LARGE_PROMPT, Signal.PROMPT_SIZE, 60_000)
    assert 900 < one.expected < 1_300


def test_a_day_of_an_attack_in_the_past_hides_no_other() -> None:
    def attacked(local: datetime) -> int:
        return 3_000 if local.date() == datetime(2026, 6, 10, tzinfo=BERLIN).date() else _office(local)

    assert _kinds(_found(MORNING, _hour(MORNING, 900), rhythm=attacked)) == {Kind.SPIKE}


def test_what_was_before_the_history_is_of_no_account() -> None:
    old = [Hour(each.starts - HISTORY_HOURS * SECONDS, each.counts) for each in _past(MORNING, lambda _: 5_000)]
    now = _hour(MORNING, 700)
    found = findings([*old, *_past(MORNING)], now, Calendar(BERLIN), old[0].starts)
    assert found == _found(MORNING, now)
