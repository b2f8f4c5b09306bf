"""Open a known sealed value at start; a deployment whose keys do not fit its data refuses to serve."""

import asyncio

import sqlalchemy as sa

from tenancy.errors import ServiceError
from tenancy.keys.local import KeyDenied, LocalKeys
from tenancy.sealing import Place, PurposeKey, SealBroken, seal, unseal
from tenancy.stores.databases.store import Store
from tenancy.stores.schema import deployment

_PLACE = Place("deployment", "deployment", "selfcheck", "value")
_KNOWN = b"bulkhead self-check"


class WrongKeys(ServiceError):
    """The key folder does not belong to this data; nothing may be served or written."""

    code = "wrong_keys"


async def check_keys(store: Store, keys: LocalKeys) -> None:
    """Open the known value under the deployment's own key, or seal it on the first start; WrongKeys otherwise."""
    async with store.registry(writes=True) as db:
        query = sa.select(deployment.c.value).where(deployment.c.key == "selfcheck")
        sealed = (await db.execute(query)).scalar_one_or_none()
        if sealed is None:
            key = PurposeKey(keys.secret("selfcheck"), 1)
            await db.execute(deployment.insert().values(key="selfcheck", value=seal(key, _PLACE, _KNOWN)))
            return
    try:
        key = PurposeKey(keys.secret("selfcheck", create=False), 1)
        right = unseal(key, _PLACE, sealed) == _KNOWN
    except (KeyDenied, SealBroken):
        right = False
    if not right:
        raise WrongKeys(
            f"The keys in {keys.folder} do not open this deployment's data. Put the right key folder in place; "
            "nothing was changed."
        )


async def records_answer(store: Store) -> None:
    """Read from the registry; Unavailable when the record store is down."""
    async with store.registry(writes=False) as db:
        await db.execute(sa.select(deployment.c.value).where(deployment.c.key == "selfcheck"))


async def keys_answer(keys: LocalKeys) -> None:
    """Read the deployment's own key; KeyDenied or KeyUnreachable when the provider would open nothing."""
    await asyncio.to_thread(keys.secret, "selfcheck", create=False)
