"""The alarms that tripwires rang, for operators: which token, whose, where it was and where it turned up; no content.

The same token in the same place of the same tenant within an hour is one alarm that counts, so that nobody can bury an
alarm under others or fill the registry.
"""

import json
import time
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Final, final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tenancy.errors import Unavailable
from tenancy.ids import new_id
from tenancy.sealing import Place, PurposeKey, SealBroken, seal, unseal
from tenancy.stores.databases.store import Store
from tenancy.stores.schema import alarms
from tenancy.tripwires.tokens import Token

_ONE_SECONDS: Final = 3600.0


class Surface(StrEnum):
    """Where a tripwire turned up."""

    SEARCH = "search"  # among the hits of a search
    CONTEXT = "context"  # among the hits that a question was to be answered from
    ANSWER = "answer"
    QUESTION = "question"
    UPLOAD = "upload"
    PROBE = "probe"  # in what a sentinel got from outside, past the guard


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm; times in epoch seconds, tenants by opaque id, `owner` and `place` empty for nobody's token."""

    id: str
    token: str
    owner: str
    place: str
    seen_by: str
    surface: Surface
    blocked: bool
    drill: bool
    request: str
    first_at: float = 0.0
    last_at: float = 0.0
    count: int = 1


@final
class Alarms:
    """The table of alarms."""

    def __init__(self, store: Store, key: PurposeKey) -> None:
        """Keep it in the registry, sealed under `key`."""
        self._store = store
        self._key = key

    async def record(self, token: Token, alarm: Alarm) -> Alarm:
        """Write an alarm, or count it into the one that rang for the same within the hour; return that one."""
        now = time.time()
        same = (
            str(token),
            alarm.seen_by,
            alarm.surface,
            str(alarm.blocked),
            str(alarm.drill),
            str(now // _ONE_SECONDS),
        )
        fingerprint = self._key.mac("alarm", *same)
        for _ in range(2):
            try:
                return await self._record(fingerprint, replace(alarm, first_at=now, last_at=now))
            except IntegrityError:  # another request wrote it at the same moment; now it is found
                continue
        raise Unavailable("records", "An alarm could not be written down. Try again.")

    async def _record(self, fingerprint: bytes, alarm: Alarm) -> Alarm:
        known = alarms.c.fingerprint == fingerprint
        async with self._store.registry(writes=True) as db:
            again = alarms.update().where(known).values(count=alarms.c.count + 1, last_at=alarm.last_at)
            found = (await db.execute(again.returning(alarms))).one_or_none()
            if found is not None:
                return self._opened(found)
            body = seal(self._key, _place(alarm.id), json.dumps(asdict(alarm)).encode())
            times = {"first_at": alarm.first_at, "last_at": alarm.last_at, "count": 1}
            await db.execute(alarms.insert().values(id=alarm.id, fingerprint=fingerprint, body=body, **times))
        return alarm

    async def page(self, limit: int) -> list[Alarm]:
        """Return up to `limit` alarms, newest first."""
        newest = sa.select(alarms).order_by(alarms.c.last_at.desc(), alarms.c.id).limit(limit)
        async with self._store.registry(writes=False) as db:
            return [self._opened(row) for row in await db.execute(newest)]

    def _opened(self, row: sa.Row[tuple[object, ...]]) -> Alarm:
        """Read a row; one that was edited is shown as an alarm about nobody's token rather than hidden."""
        try:
            fields = json.loads(unseal(self._key, _place(row.id), row.body))
        except SealBroken:
            fields = {"token": "", "owner": "", "place": "", "seen_by": "", "surface": Surface.PROBE}
            fields |= {"blocked": False, "drill": False, "request": ""}
        times = {"first_at": row.first_at, "last_at": row.last_at, "count": row.count}
        return Alarm(**{**fields, "id": row.id, **times, "surface": Surface(fields["surface"])})


def _place(alarm: str) -> Place:
    return Place("deployment", "alarms", alarm, "body")


def new_alarm_id() -> str:
    """Return an id for an alarm."""
    return new_id("alm")
