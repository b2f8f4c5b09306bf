"""What the month must have shown: budgets that hold, bills that are the ledger, anomalies that were found."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa

from tenancy.anomalies.hours import SECONDS
from tenancy.stores.schema import usage
from tests.month.lives import FIRST
from tests.month.town import Citizen, Town
from tests.tenancy.anomalies.planting import ANSWERS, Planted

_AFTER: Final = 1
"""Hours after an anomaly in which an alert still tells of it."""
_DAY: Final = 24 * SECONDS
_MICRO: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Judged:
    """One tenant's month.

    `over` tells of budgets that were passed by more than the last answer, `hit` how many requests a budget refused.
    `ledger`, `own_csv` and `roll_up` are micro-dollars: the ledger's sum, the tenant's table's, the operator's table's.
    """

    name: str
    character: str
    budget: str
    requests: int
    hit: int
    over: tuple[str, ...]
    ledger: int
    own_csv: int
    roll_up: int
    planted: int
    missed: tuple[str, ...]
    false_alarms: tuple[str, ...]
    throttled: int


async def judge(town: Town, hours: int, now: float) -> list[Judged]:
    """Return what became of every tenant in the first `hours` of the month."""
    town.desk.http = town.desk.client(town.deployment.resources.foundation.operator_tokens.sign("ada", 600))
    span = {"from": _day(FIRST), "to": _day(FIRST + hours * SECONDS)}
    answer = await town.desk.http.get("/admin/v1/usage.csv", params={**span, "group_by": "tenant,day,feature,model"})
    assert answer.status_code == 200, answer.text
    rolled = list(csv.DictReader(io.StringIO(answer.text)))
    return [await _judged(town, one, span, rolled, now) for one in town.citizens]


async def _judged(
    town: Town, one: Citizen, span: dict[str, str], rolled: Sequence[dict[str, str]], now: float
) -> Judged:
    http = await town.signed_in(one, now)
    answer = await http.get("/v1/usage.csv", params={**span, "group_by": "day,app,feature,model"})
    assert answer.status_code == 200, answer.text
    alerts = [alert async for alert in _alerts(http)]
    store = town.deployment.resources.foundation.store
    async with store.tenant(one.id, writes=False) as db:
        rows = (await db.execute(sa.select(usage).where(usage.c.at >= FIRST).order_by(usage.c.at))).all()
    missed, false = _compared(one, alerts)
    return Judged(
        name=one.name,
        character=one.life.tenant.character,
        budget=", ".join(one.limits),
        requests=sum(one.answers.values()),
        hit=one.answers["429 budget_exceeded"],
        over=tuple(_over(one, rows)),
        ledger=sum(row.cost for row in rows),
        own_csv=_micro(list(csv.DictReader(io.StringIO(answer.text)))),
        roll_up=_micro([row for row in rolled if row["tenant"] == one.id]),
        planted=len(one.life.planted),
        missed=missed,
        false_alarms=false,
        throttled=one.answers["429 rate_limited"],
    )


async def _alerts(http: Any) -> Any:  # noqa: ANN401 - a client of HTTP and JSON
    cursor = None
    while True:
        answer = await http.get("/v1/alerts", params={} if cursor is None else {"cursor": cursor})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        for alert in page["items"]:
            yield alert
        cursor = page["next_cursor"]
        if cursor is None:
            return


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def _micro(rows: Sequence[dict[str, str]]) -> int:
    whole = sum((Decimal(row["cost_usd"]) for row in rows), Decimal(0)) * _MICRO
    assert whole == int(whole), "a table with less than a micro-dollar in it"
    return int(whole)


def _over(one: Citizen, rows: Sequence[Any]) -> list[str]:
    """Return the periods in which more was spent than allowed before the last answer was begun."""
    found = []
    for name, limit in one.limits.items():
        periods: dict[int, list[int]] = {}
        for row in rows:
            tokens = row.prompt_tokens + row.completion_tokens + row.embedding_tokens
            daily = name == "daily_tokens"
            periods.setdefault(int(row.at // _DAY) if daily else 0, []).append(tokens if daily else row.cost)
        most = limit if name == "daily_tokens" else limit * _MICRO
        found += [f"{name} {sum(each)} of {most}" for each in periods.values() if sum(each[:-1]) >= most]
    return found


def _compared(one: Citizen, alerts: Sequence[dict[str, Any]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the planted anomalies that no alert tells of, and the alerts that tell of none."""
    told = [(str(alert["kind"]), _hour(alert["hour"])) for alert in alerts]
    missed = tuple(
        f"{what.plant} in hour {what.first}"
        for what in one.life.planted
        if not any(kind in ANSWERS[what.plant] and _within(what, hour) for kind, hour in told)
    )
    false = tuple(
        f"{kind} in hour {hour}" for kind, hour in told if not any(_within(what, hour) for what in one.life.planted)
    )
    return missed, false


def _hour(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() - FIRST) // SECONDS


def _within(what: Planted, hour: int) -> bool:
    return what.first <= hour <= what.last + _AFTER
