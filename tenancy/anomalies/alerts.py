"""A tenant's alerts: what was found unusual, sealed, one for an episode, with how far each has been delivered.

Rules this module enforces:

* An alert has the number of its entry in the audit; what was found of an hour is an alert once.
* In the clear stand times alone: when it was made, when it is to be delivered.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Final, final

import sqlalchemy as sa

from tenancy.anomalies.hours import Finding, Kind, Signal
from tenancy.errors import NotFound
from tenancy.ids import new_id, well_formed
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.stores.databases.cursors import Cursors
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import alerts

LATELY_SECONDS: Final = 3 * 24 * 3600.0
"""How long an alert counts as one of lately: longer than any episode goes on."""
Episode = tuple[Kind, int]
"""What was found, and in which hour (epoch seconds of its beginning)."""


class DeliveryState(StrEnum):
    """Whether an alert reached the tenant's webhook: it had none, it is on its way, it did, it was tried too often."""

    NONE = "none"
    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Alert:
    """What was found, when it was written down, until when it slowed the tenant down (epoch seconds, None: it did not).

    `worse` where it became gross after it was written down. `attempts` counts deliveries that were begun.
    """

    id: str
    finding: Finding
    made_at: float
    throttled_until: float | None = None
    delivery: DeliveryState = DeliveryState.NONE
    attempts: int = 0
    worse: bool = False


def new_alert(finding: Finding, made_at: float) -> Alert:
    """Return the alert that says what was found."""
    return Alert(new_id("alr"), finding, made_at)


@final
class Alerts:
    """The alerts of the tenant whose transaction this is."""

    def __init__(self, db: Transaction, keys: TenantKeys) -> None:
        """Bind to an open transaction."""
        self._db = db
        self._keys = keys
        self._mine = alerts.c.tenant_id == keys.tenant
        self._cursors = Cursors(keys, "alerts")

    async def add(self, seq: int, alert: Alert, due_at: float | None) -> None:
        """Keep an alert under the number of its entry in the audit; `due_at` is when to deliver it, None for never."""
        found = alert.finding
        episode = self._keys.mac(Purpose.CONTENT, "alert", found.kind, str(found.hour))
        own = {"tenant_id": self._keys.tenant, "id": alert.id, "seq": seq, "at": alert.made_at, "due_at": due_at}
        await self._db.execute(alerts.insert(), own | {"episode_mac": episode, "body": self._sealed(alert)})

    async def change(self, alert: Alert, due_at: float | None) -> None:
        """Replace what is kept of an alert and when it is due."""
        mine = alerts.update().where(self._mine, alerts.c.id == alert.id)
        await self._db.execute(mine.values(body=self._sealed(alert), due_at=due_at))

    async def change_body(self, alert: Alert) -> None:
        """Replace what is kept of an alert, and leave it due when it is."""
        mine = alerts.update().where(self._mine, alerts.c.id == alert.id)
        await self._db.execute(mine.values(body=self._sealed(alert)))

    async def page(self, limit: int, cursor: str | None) -> tuple[Sequence[Alert], str | None]:
        """Return up to `limit` alerts, newest first, and the cursor of the next page."""
        query = sa.select(alerts).where(self._mine).order_by(alerts.c.seq.desc()).limit(limit + 1)
        if cursor is not None:
            query = query.where(alerts.c.seq < self._cursors.read(cursor))
        rows = (await self._db.execute(query)).all()
        following = self._cursors.write(rows[limit - 1].seq) if len(rows) > limit else None
        return [self._opened(row) for row in rows[:limit]], following

    async def get(self, alert: str) -> Alert:
        """Return one alert; NotFound for one that is absent, malformed or another tenant's."""
        if not well_formed(alert, "alr"):
            raise NotFound
        row = (await self._db.execute(sa.select(alerts).where(self._mine, alerts.c.id == alert))).one_or_none()
        if row is None:
            raise NotFound
        return self._opened(row)

    async def lately(self, now: float) -> list[Alert]:
        """Return the alerts that were made lately, by the time given in epoch seconds, oldest first."""
        since = alerts.c.at > now - LATELY_SECONDS
        rows = await self._db.execute(sa.select(alerts).where(self._mine, since).order_by(alerts.c.seq))
        return [self._opened(row) for row in rows]

    async def due(self, now: float) -> list[Alert]:
        """Return the alerts that are to be delivered by now, oldest first."""
        query = sa.select(alerts).where(self._mine, alerts.c.due_at <= now).order_by(alerts.c.seq)
        return [self._opened(row) for row in await self._db.execute(query)]

    async def next_due(self) -> float | None:
        """Return when the next alert is to be delivered, in epoch seconds; None when all is done."""
        query = sa.select(sa.func.min(alerts.c.due_at)).where(self._mine)
        due: float | None = (await self._db.execute(query)).scalar_one_or_none()
        return due

    def _sealed(self, alert: Alert) -> bytes:
        return self._keys.seal(Purpose.RECORDS, "alerts", alert.id, "body", json.dumps(asdict(alert)).encode())

    def _opened(self, row: sa.Row[tuple[Any, ...]]) -> Alert:
        fields = json.loads(self._keys.open(Purpose.RECORDS, "alerts", row.id, "body", row.body))
        found = fields.pop("finding")
        finding = Finding(**found | {"kind": Kind(found["kind"]), "signal": Signal(found["signal"])})
        return Alert(**fields | {"finding": finding, "delivery": DeliveryState(fields["delivery"])})


def worsened(alert: Alert, finding: Finding) -> Alert:
    """Return an alert whose finding has become gross, to be told anew."""
    return replace(alert, finding=finding, delivery=DeliveryState.NONE, attempts=0, worse=True)


def told(made: Collection[Alert]) -> dict[Episode, Alert]:
    """Return alerts by what they tell of."""
    return {(each.finding.kind, each.finding.hour): each for each in made}


def released(alert: Alert, now: float) -> Alert:
    """Return an alert whose brake ends now if it has not ended before."""
    until = alert.throttled_until
    return alert if until is None or until <= now else replace(alert, throttled_until=now)
