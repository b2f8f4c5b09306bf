"""A tenant's prompt profiles, sealed, names included; a change is a new version and no version ever changes."""

import json
import time
from dataclasses import dataclass
from typing import Final, final

import sqlalchemy as sa

from tenancy.errors import NotFound, ServiceError
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.scope import Caller
from tenancy.stores.databases.cursors import Cursors
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import profiles

DEFAULT_PROFILE: Final = "default"
"""The profile that every tenant has from its first day, under a name of ours."""
MOST_PROFILES: Final = 1_000

# Built once: every question asks it, and building a statement costs as much as running it.
_NEWEST: Final = (
    sa.select(profiles)
    .where(profiles.c.tenant_id == sa.bindparam("tenant"), profiles.c.name == sa.bindparam("profile"))
    .order_by(profiles.c.version.desc())
    .limit(1)
)


class TooManyProfiles(ServiceError):
    """The tenant has as many profiles as one may have."""

    status = 409
    code = "too_many_profiles"
    title = "There are too many profiles"


@dataclass(frozen=True, slots=True)
class ProfileVersion:
    """One version of a profile, as it was given; when (epoch seconds) and by whom, None in records that do not say."""

    name: str
    version: int
    fields: dict[str, object]
    created_at: float | None
    author: str | None


@final
class Profiles:
    """The profiles of the tenant whose transaction this is."""

    def __init__(self, db: Transaction, keys: TenantKeys, caller: Caller) -> None:
        """Bind to an open transaction and to the one who acts."""
        self._db = db
        self._keys = keys
        self._tenant = keys.tenant
        self._caller = caller

    def _row_key(self, name: str) -> str:
        """Return the form in which a name is looked up: a tenant's own words do not stand in the clear."""
        return name if name == DEFAULT_PROFILE else self._keys.mac(Purpose.CONTENT, "profile", name).hex()

    async def put(self, name: str, fields: dict[str, object]) -> int:
        """Store `fields` as the next version of profile `name`; return the version. TooManyProfiles.

        One transaction of a tenant writes at a time, so two changes at once are two versions.
        """
        newest = await self.newest(name)
        if newest is None and await self._count() >= MOST_PROFILES:
            raise TooManyProfiles(
                f"A tenant may have {MOST_PROFILES:,} profiles. Change one that is not used any more."
            )
        key, version = self._row_key(name), 1 if newest is None else newest.version + 1
        kept = {"name": name, "profile": fields, "created_at": time.time(), "author": self._caller.actor}
        body = self._keys.seal(Purpose.RECORDS, "profiles", f"{key}.{version}", "body", json.dumps(kept).encode())
        await self._db.execute(profiles.insert().values(tenant_id=self._tenant, name=key, version=version, body=body))
        return version

    async def get(self, name: str) -> tuple[int, dict[str, object]]:
        """Return the newest version of a profile and its fields; NotFound if there is none of that name."""
        newest = await self.newest(name)
        if newest is None:
            raise NotFound
        return newest.version, newest.fields

    async def version(self, name: str, version: int) -> ProfileVersion:
        """Return one version of a profile; NotFound if there is none."""
        mine = (profiles.c.name == self._row_key(name), profiles.c.version == version)
        row = (await self._db.execute(self._mine().where(*mine))).one_or_none()
        if row is None:
            raise NotFound
        return self._open(row)

    async def versions(
        self, name: str, limit: int, cursor: str | None = None
    ) -> tuple[list[ProfileVersion], str | None]:
        """Return up to `limit` versions, newest first, and the cursor of the next page; NotFound for no profile."""
        await self.get(name)
        key = self._row_key(name)
        cursors = Cursors(self._keys, f"versions of {key}")
        query = self._mine().where(profiles.c.name == key).order_by(profiles.c.version.desc()).limit(limit + 1)
        if cursor is not None:
            query = query.where(profiles.c.version < cursors.read(cursor))
        found = [self._open(row) for row in (await self._db.execute(query)).all()]
        return found[:limit], cursors.write(found[limit - 1].version) if len(found) > limit else None

    async def list(self) -> list[ProfileVersion]:
        """Return the newest version of every profile, by name."""
        newest = (
            sa.select(profiles.c.name, sa.func.max(profiles.c.version).label("version"))
            .where(profiles.c.tenant_id == self._tenant)
            .group_by(profiles.c.name)
            .subquery()
        )
        same = sa.and_(profiles.c.name == newest.c.name, profiles.c.version == newest.c.version)
        rows = (await self._db.execute(self._mine().join(newest, same))).all()
        return sorted((self._open(row) for row in rows), key=lambda found: found.name)

    def _mine(self) -> sa.Select[tuple[object, ...]]:
        return sa.select(profiles).where(profiles.c.tenant_id == self._tenant)

    async def newest(self, name: str) -> ProfileVersion | None:
        """Return the newest version of a profile, or None if there is none of that name."""
        asked = {"tenant": self._tenant, "profile": self._row_key(name)}
        row = (await self._db.execute(_NEWEST, asked)).one_or_none()
        return None if row is None else self._open(row)

    async def _count(self) -> int:
        names = sa.select(sa.func.count(sa.distinct(profiles.c.name))).where(profiles.c.tenant_id == self._tenant)
        return (await self._db.execute(names)).scalar_one()

    def _open(self, row: sa.Row[tuple[object, ...]]) -> ProfileVersion:
        opened = json.loads(self._keys.open(Purpose.RECORDS, "profiles", f"{row.name}.{row.version}", "body", row.body))
        # The first records held the fields and nothing else, and there was only the profile of our own name.
        fields = opened.get("profile", opened) if row.name == DEFAULT_PROFILE else opened["profile"]
        named = row.name if row.name == DEFAULT_PROFILE else opened["name"]
        return ProfileVersion(named, row.version, fields, opened.get("created_at"), opened.get("author"))
