"""A tenant's prompt profiles, sealed; a change is a new version."""

import json
from typing import Final, final

import sqlalchemy as sa

from tenancy.errors import NotFound
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import profiles

# Built once: every question asks it, and building a statement costs as much as running it.
_NEWEST: Final = (
    sa.select(profiles)
    .where(profiles.c.tenant_id == sa.bindparam("tenant"), profiles.c.name == sa.bindparam("profile"))
    .order_by(profiles.c.version.desc())
    .limit(1)
)


@final
class Profiles:
    """The profiles of the tenant whose transaction this is."""

    def __init__(self, db: Transaction, keys: TenantKeys) -> None:
        """Bind to an open transaction."""
        self._db = db
        self._keys = keys
        self._tenant = keys.tenant

    async def put(self, name: str, fields: dict[str, object]) -> int:
        """Store `fields` as the next version of profile `name`; return the version."""
        newest = sa.select(sa.func.max(profiles.c.version)).where(
            profiles.c.tenant_id == self._tenant, profiles.c.name == name
        )
        version = ((await self._db.execute(newest)).scalar_one() or 0) + 1
        body = self._keys.seal(Purpose.RECORDS, "profiles", f"{name}.{version}", "body", json.dumps(fields).encode())
        await self._db.execute(profiles.insert().values(tenant_id=self._tenant, name=name, version=version, body=body))
        return version

    async def get(self, name: str) -> tuple[int, dict[str, object]]:
        """Return the newest version of a profile and its fields; NotFound if there is none of that name."""
        row = (await self._db.execute(_NEWEST, {"tenant": self._tenant, "profile": name})).one_or_none()
        if row is None:
            raise NotFound
        sealed = self._keys.open(Purpose.RECORDS, "profiles", f"{name}.{row.version}", "body", row.body)
        return row.version, json.loads(sealed)
