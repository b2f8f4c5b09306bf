"""A tenant's settings, sealed; they hold provider keys, which are written and never read back by the outside."""

import json
from typing import Final, final

import sqlalchemy as sa

from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import settings

# Built once: every question asks it, and building a statement costs as much as running it.
_FIND: Final = sa.select(settings.c.body).where(
    settings.c.tenant_id == sa.bindparam("tenant"), settings.c.name == sa.bindparam("settings")
)


@final
class TenantSettings:
    """The settings of the tenant whose transaction this is."""

    def __init__(self, db: Transaction, keys: TenantKeys) -> None:
        """Bind to an open transaction."""
        self._db = db
        self._keys = keys
        self._tenant = keys.tenant

    async def get(self, name: str) -> dict[str, str]:
        """Return a group of settings; empty when it was never set."""
        body = (await self._db.execute(_FIND, {"tenant": self._tenant, "settings": name})).scalar_one_or_none()
        if body is None:
            return {}
        opened: dict[str, str] = json.loads(self._keys.open(Purpose.RECORDS, "settings", name, "body", body))
        return opened

    async def put(self, name: str, values: dict[str, str]) -> None:
        """Replace a group of settings."""
        body = self._keys.seal(Purpose.RECORDS, "settings", name, "body", json.dumps(values).encode())
        mine = sa.and_(settings.c.tenant_id == self._tenant, settings.c.name == name)
        await self._db.execute(sa.delete(settings).where(mine))
        await self._db.execute(settings.insert().values(tenant_id=self._tenant, name=name, body=body))
