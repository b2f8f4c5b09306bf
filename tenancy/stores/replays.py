"""Answers kept for `Idempotency-Key`, so that a repeated request does its work once."""

import json
import time
from typing import Final, final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tenancy.errors import ServiceError
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import replays

KEPT_SECONDS: Final = 24 * 3600.0
RESERVED_SECONDS: Final = 600.0
"""Longer than any request takes: a reservation this old was left by a process that died over it."""


class IdempotencyConflict(ServiceError):
    """The key was used for another request, or its first request has not been answered yet."""

    status = 409
    code = "idempotency_conflict"
    title = "The idempotency key is in use"


@final
class Replays:
    """The kept answers of the tenant whose transaction this is."""

    def __init__(self, db: Transaction, keys: TenantKeys) -> None:
        """Bind to an open transaction."""
        self._db = db
        self._keys = keys
        self._tenant = keys.tenant

    def _key(self, client: str, key: str) -> str:
        return self._keys.mac(Purpose.CONTENT, "replay", client, key).hex()

    async def begin(self, client: str, key: str, request: str) -> dict[str, object] | None:
        """Reserve a client's key, or return the kept answer of the same request; IdempotencyConflict otherwise."""
        row_key, mac = self._key(client, key), self._keys.mac(Purpose.CONTENT, "request", request)
        mine = sa.and_(replays.c.tenant_id == self._tenant, replays.c.key == row_key)
        now = time.time()
        left_behind = sa.and_(replays.c.response.is_(None), replays.c.created_at < now - RESERVED_SECONDS)
        over = sa.or_(replays.c.created_at < now - KEPT_SECONDS, left_behind)
        await self._db.execute(sa.delete(replays).where(mine, over))
        row = (await self._db.execute(sa.select(replays).where(mine))).one_or_none()
        if row is None:
            await self._reserve(row_key, mac, now)
            return None
        if row.request != mac:
            raise IdempotencyConflict("This Idempotency-Key was used for a different request. Use a new key.")
        if row.response is None:
            raise IdempotencyConflict("The first request with this Idempotency-Key has not finished. Ask again later.")
        kept: dict[str, object] = json.loads(
            self._keys.open(Purpose.RECORDS, "replays", row_key, "response", row.response)
        )
        return kept

    async def _reserve(self, row_key: str, mac: bytes, now: float) -> None:
        values = {"tenant_id": self._tenant, "key": row_key, "request": mac, "created_at": now}
        try:
            await self._db.execute(replays.insert().values(values))
        except IntegrityError:
            raise IdempotencyConflict(
                "Another request with this Idempotency-Key came at the same moment. Ask again later."
            ) from None

    async def keep(self, client: str, key: str, response: dict[str, object]) -> None:
        """Keep the answer of a reserved key; the first answer stands."""
        row_key = self._key(client, key)
        sealed = self._keys.seal(Purpose.RECORDS, "replays", row_key, "response", json.dumps(response).encode())
        mine = replays.update().where(replays.c.tenant_id == self._tenant, replays.c.key == row_key)
        await self._db.execute(mine.where(replays.c.response.is_(None)).values(response=sealed))

    async def forget(self, client: str, key: str) -> None:
        """Give a reserved key back after the request failed; a key that has its answer by now keeps it."""
        mine = sa.and_(replays.c.tenant_id == self._tenant, replays.c.key == self._key(client, key))
        await self._db.execute(sa.delete(replays).where(mine, replays.c.response.is_(None)))
