"""The rows of a tenant's ledger: one for each call to a model, one a day for what is stored, and the words of calls.

Numbers, days and price versions are in the clear, so that they can be added up, also for an operator who opens nothing.
Whatever a tenant chose (the names of apps, models and clients) is sealed, once for each combination; a row names its
combination by a MAC under the tenant's key. What else stands in the clear is no word of the tenant's: the route, the
model as the catalogue of prices calls it, and for an app a shorter MAC, the same in all its rows. Storage is booked
under words of ours, so that nobody's key is needed to book it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import sqlalchemy as sa

from tenancy.ids import ClientId, TenantId
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.metering.catalogue import Kind
from tenancy.metering.covering import Charge, charged, covered_of
from tenancy.metering.spending import Spent
from tenancy.metering.tariff import Rates
from tenancy.sealing import SealBroken
from tenancy.stores.databases.store import Transaction
from tenancy.stores.epoch import require_admitted, require_epoch
from tenancy.stores.schema import usage, usage_labels

_DAY_SECONDS: Final = 86_400
_APP_DIGITS: Final = 16  # enough that two apps of one tenant never look like one
# Built once: every call runs them, and building a statement costs as much as running it.
_KNOWN: Final = sa.select(usage_labels.c.label).where(
    usage_labels.c.tenant_id == sa.bindparam("tenant"), usage_labels.c.label == sa.bindparam("named")
)
_MINE: Final = sa.and_(usage.c.tenant_id == sa.bindparam("tenant"), usage.c.id == sa.bindparam("call"))
_VOID: Final = sa.delete(usage).where(_MINE)
_INSERT: Final = usage.insert()
_LABEL: Final = usage_labels.insert()


@dataclass(frozen=True, slots=True)
class Booked:
    """What a call is booked under; `feature` is the route."""

    app: str
    feature: str
    model: str
    client: ClientId


STORED: Final = Booked("", "storage", "", ClientId(""))
"""What a day's storage is booked under: no app's, no client's, no word that anybody chose."""
STORED_LABEL: Final = "storage"


@dataclass(frozen=True, slots=True)
class Entry:
    """A call as it is written: its id, when it was made (epoch seconds), under which words and rates.

    `listed` is the model as the catalogue of prices calls it; `opens` tells the first call of its request.
    """

    call: str
    at: float
    booked: Booked
    listed: str
    rates: Rates
    opens: bool


def day_of(at: float) -> int:
    """Return the day (UTC) of a moment in epoch seconds, as whole days since 1970-01-01."""
    return int(at // _DAY_SECONDS)


async def add(db: Transaction, keys: TenantKeys, epoch: int, entry: Entry, spent: Spent) -> None:
    """Write a call's row, and its words where they are new; ScopeEnded unless the tenant stands in `epoch`."""
    booked = entry.booked
    label = keys.mac(Purpose.CONTENT, "usage", booked.app, booked.feature, booked.model, booked.client).hex()
    known = await db.execute(_KNOWN, {"tenant": keys.tenant, "named": label})
    if known.scalar_one_or_none() is not None:
        await require_admitted(db, keys, epoch)
    else:
        await require_epoch(db, keys, epoch)
        body = keys.seal(Purpose.RECORDS, "usage_labels", label, "body", json.dumps(asdict(booked)).encode())
        await db.execute(_LABEL, {"tenant_id": keys.tenant, "label": label, "body": body})
    app = keys.mac(Purpose.CONTENT, "usage app", booked.app).hex()[:_APP_DIGITS]
    charge = asdict(await charged(db, keys.tenant, spent, entry.rates, entry.at))
    await db.execute(_INSERT, {**row(keys.tenant, entry, spent), **charge, "label": label, "app": f"app_{app}"})


def row(tenant: TenantId, entry: Entry, spent: Spent) -> dict[str, Any]:
    """Return a row as it begins, but for who asked and what is charged."""
    own = {"tenant_id": tenant, "id": entry.call, "at": entry.at, "day": day_of(entry.at), "opens": int(entry.opens)}
    told = {"kind": spent.kind, "payer": spent.payer, "price": spent.price_version, "byte_days": 0}
    clear = {"plan": entry.rates.plan, "tariff": entry.rates.version, "feature": entry.booked.feature}
    return {**own, **told, **clear, "model": entry.listed, **_numbers(spent)}


async def words(db: Transaction, keys: TenantKeys) -> dict[str, Booked]:
    """Return what every label of the tenant's stands for."""
    rows = await db.execute(sa.select(usage_labels).where(usage_labels.c.tenant_id == keys.tenant))
    opened = {
        row.label: Booked(**json.loads(keys.open(Purpose.RECORDS, "usage_labels", row.label, "body", row.body)))
        for row in rows
    }
    return opened | {STORED_LABEL: STORED}


def stands_for(booked: Mapping[str, Booked], label: str) -> Booked:
    """Return what a label of `words` stands for; SealBroken if its words are not there."""
    try:
        return booked[label]
    except KeyError:
        raise SealBroken("The words that a call is booked under are not there.") from None


async def settle(db: Transaction, keys: TenantKeys, entry: Entry, spent: Spent) -> None:
    """Write what a call took in the end. Nothing is sealed, so this holds whatever became of the tenant meanwhile."""
    charge = await _charged_anew(db, keys.tenant, entry, spent)
    changed = usage.update().where(_MINE).values(_numbers(spent) | asdict(charge))
    await db.execute(changed, {"tenant": keys.tenant, "call": entry.call})


async def void(db: Transaction, keys: TenantKeys, entry: Entry, spent: Spent) -> None:
    """Remove a call that never reached a model and so has `spent` nothing."""
    await _charged_anew(db, keys.tenant, entry, spent)
    await db.execute(_VOID, {"tenant": keys.tenant, "call": entry.call})


async def _charged_anew(db: Transaction, tenant: TenantId, entry: Entry, spent: Spent) -> Charge:
    before = await covered_of(db, tenant, entry.call, spent)
    return await charged(db, tenant, spent, entry.rates, entry.at, before=before)


def _numbers(spent: Spent) -> dict[str, Any]:
    embedding = spent.kind is Kind.EMBEDDING
    return {
        "exact": int(spent.exact),
        "prompt_tokens": 0 if embedding else spent.prompt_tokens,
        "completion_tokens": spent.completion_tokens,
        "embedding_tokens": spent.prompt_tokens if embedding else 0,
        "cost": spent.cost,
    }
