"""Whose a tripwire is: the registry-side table that alone leads from a token's reference to an owner and a place.

A row is sealed under a secret of the deployment, bound to its tenant and its reference. One that does not open (it was
edited or moved) is nobody's, and what is nobody's is foreign to everybody.
"""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Final, final

import sqlalchemy as sa

from tenancy.errors import Invalid
from tenancy.ids import TenantId
from tenancy.sealing import Place, PurposeKey, SealBroken, seal, unseal
from tenancy.stores.databases.store import Store
from tenancy.stores.schema import tripwires
from tenancy.tripwires.tokens import OwnerRef, Recogniser, new_owner

_LONGEST_PLACE: Final = 80


class InvalidPlace(Invalid):
    """A place is a short plain description by whoever runs the deployment, fit for a log."""

    code = "invalid_place"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a token is and where it was put; `drill` while an exercise has handed it to another."""

    tenant: TenantId
    place: str
    drill: bool = False


@final
class Owners:
    """The table of owners."""

    def __init__(self, store: Store, key: PurposeKey, recogniser: Recogniser) -> None:
        """Keep it in the registry, sealed under `key`."""
        self._store = store
        self._key = key
        self._recogniser = recogniser

    async def issue(self, owner: Owner) -> str:
        """Return a new token that is `owner`'s; InvalidPlace for a place that may not be logged."""
        if not (0 < len(owner.place) <= _LONGEST_PLACE and owner.place.isascii() and owner.place.isprintable()):
            raise InvalidPlace(f"A place has 1 to {_LONGEST_PLACE} printable ASCII characters.")
        ref = new_owner()
        async with self._store.registry(writes=True) as db:
            await db.execute(tripwires.insert().values(ref=ref, tenant_id=owner.tenant, body=self._seal(ref, owner)))
        return self._recogniser.make(ref)

    async def hand_over(self, ref: OwnerRef, owner: Owner) -> None:
        """Make a token another's from now on."""
        row = tripwires.update().where(tripwires.c.ref == ref)
        async with self._store.registry(writes=True) as db:
            await db.execute(row.values(tenant_id=owner.tenant, body=self._seal(ref, owner)))

    async def find(self, refs: Collection[OwnerRef]) -> dict[OwnerRef, Owner]:
        """Return the owners of references; what is nobody's is left out."""
        found: dict[OwnerRef, Owner] = {}
        async with self._store.registry(writes=False) as db:
            for row in await db.execute(sa.select(tripwires).where(tripwires.c.ref.in_(sorted(refs)))):
                try:
                    body = unseal(self._key, self._place(OwnerRef(row.ref), row.tenant_id), row.body)
                except SealBroken:
                    continue
                found[OwnerRef(row.ref)] = Owner(**json.loads(body))
        return found

    def _seal(self, ref: OwnerRef, owner: Owner) -> bytes:
        return seal(self._key, self._place(ref, owner.tenant), json.dumps(asdict(owner)).encode())

    @staticmethod
    def _place(ref: OwnerRef, tenant: TenantId) -> Place:
        return Place(tenant, "tripwires", ref, "body")
