"""A tenant whose past is plain: an office that does the same in every working hour."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from tenancy.anomalies.detecting import HISTORY_HOURS, findings
from tenancy.anomalies.hours import SECONDS, Calendar, Finding, Hour, Kind, Signal

BERLIN: Final = ZoneInfo("Europe/Berlin")
SYDNEY: Final = ZoneInfo("Australia/Sydney")
_PLAIN: Final = {
    Signal.TOKENS: 2_000,  # of each request
    Signal.SPEND: 4_000,
}
Rhythm = Callable[[datetime], int]


def office(local: datetime) -> int:
    """100 requests in each working hour, a few more at some than at others."""
    return 100 + local.day % 7 if local.weekday() < 5 and 9 <= local.hour < 17 else 0


def hour_of(at: datetime, requests: int, more: Mapping[Signal, int] | None = None) -> Hour:
    counts = {signal: each * requests for signal, each in _PLAIN.items()}
    counts |= {Signal.REQUESTS: requests, Signal.PROMPT_SIZE: 900 + 10 * at.day, Signal.REFUSALS: requests // 50}
    return Hour(int(at.timestamp()), counts | dict(more or {}))


def past_of(at: datetime, rhythm: Rhythm = office, hours: int = HISTORY_HOURS) -> list[Hour]:
    begins = int(at.timestamp()) - hours * SECONDS
    lived = [datetime.fromtimestamp(begins + number * SECONDS, at.tzinfo) for number in range(hours)]
    return [hour_of(each, rhythm(each)) for each in lived if rhythm(each)]


def found_in(
    at: datetime,
    now: Hour,
    *,
    rhythm: Rhythm = office,
    business: Mapping[int, tuple[int, int]] | None = None,
    hours: int = HISTORY_HOURS,
    known: Sequence[tuple[Kind, int]] = (),
) -> list[Finding]:
    assert isinstance(at.tzinfo, ZoneInfo)
    calendar = Calendar(at.tzinfo, business)
    return findings(past_of(at, rhythm, hours), now, calendar, int(at.timestamp()) - hours * SECONDS, known)


def kinds(found: Sequence[Finding]) -> set[Kind]:
    assert len({each.kind for each in found}) == len(found)
    return {each.kind for each in found}


MORNING: Final = datetime(2026, 6, 17, 10, tzinfo=BERLIN)  # a Wednesday
NIGHT: Final = datetime(2026, 6, 17, 3, tzinfo=BERLIN)
