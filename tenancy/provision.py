"""Bring a tenant into being: its keys first, its place in the registry last."""

import asyncio
import base64
import hashlib
import json
import secrets
import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tenancy.card import TenantCard, card_of, standing
from tenancy.credentials import hashed_code
from tenancy.errors import Invalid
from tenancy.foundation import Foundation
from tenancy.identity.operators import Operator
from tenancy.ids import LaneRef, TenantId, new_id
from tenancy.keys.keyring import WrappedKey, holder_of, label_of
from tenancy.keys.tenant_keys import Family, Purpose, TenantKeys
from tenancy.models.own_provider import FIELDS, changed
from tenancy.plans import effective
from tenancy.sealing import PurposeKey, framed
from tenancy.stores import registry
from tenancy.stores.databases.store import Transaction
from tenancy.stores.profiles import DEFAULT_PROFILE
from tenancy.stores.records import Records
from tenancy.stores.registry import NameTaken, TenantRow, TenantStatus
from tenancy.stores.replays import IdempotencyConflict
from tenancy.stores.schema import tenants

CODE_SECONDS: Final = 7 * 24 * 3600.0
_LONGEST_NAME: Final = 200


class InvalidTenant(Invalid):
    """The name or a setting of a new tenant is not acceptable."""

    code = "invalid_tenant"


@dataclass(frozen=True, slots=True)
class NewTenant:
    """What an operator asks for: `profile` is already checked, `embedder` None is the deployment's default."""

    name: str
    plan: str = "standard"
    limits: Mapping[str, int | float] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    profile: Mapping[str, object] = field(default_factory=dict)
    embedder: str | None = None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A code that makes the tenant's first client, once; `expires_at` in epoch seconds.

    `repeated` when the tenant is the one that the same request has made before.
    """

    code: str
    expires_at: float
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A request under a key of the operator's own; `digest` is of what it asks for."""

    key: str
    digest: str


def name_key(name: str) -> str:
    """Return the form in which two names that read the same are equal (NFKC, case folding, letters and digits only)."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    kept = "".join(letter for letter in folded if letter.isalnum()) or folded.strip()
    return hashlib.sha256(kept.encode()).hexdigest()


def check_name(name: str) -> str:
    """Return an acceptable name, trimmed; InvalidTenant otherwise."""
    name = name.strip()
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
        raise InvalidTenant("A tenant's name has 1 to 200 printable characters.")
    return name


def _provider(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the provider settings with the key bound to its host."""
    if not set(settings) <= set(FIELDS):
        raise InvalidTenant(f"Settings at creation are: {', '.join(sorted(FIELDS))}.")
    if not settings:
        return {}
    if set(settings) != set(FIELDS):
        raise InvalidTenant("A provider needs provider_key, provider_base_url and model together.")
    return changed({}, settings).provider


async def provision(
    on: Foundation, operator: Operator, wish: NewTenant, repeatable: Repeatable | None = None
) -> tuple[TenantCard, Enrolment]:
    """Create a tenant and the code its administrator enrols with; NameTaken, UnknownPlan or InvalidTenant.

    The same `repeatable` request again gives the same tenant and code; IdempotencyConflict for another under its key.
    Whoever stops waiting does not stop it: keys made in a thread cannot be called back, so it ends one way or another.
    """
    name, provider = check_name(wish.name), _provider(wish.settings)
    effective(wish.plan, wish.limits)
    if wish.embedder is not None and wish.embedder not in on.embedders.names:
        raise InvalidTenant(f"There is no such embedder here. Choose one of: {', '.join(on.embedders.names)}.")
    made = None if repeatable is None else await _made_before(on, operator, repeatable)
    if made is not None:
        return made
    await _require_free(on, name)
    return await asyncio.shield(_provision(on, operator, replace(wish, name=name), provider, repeatable))


def _key_of(operator: Operator, repeatable: Repeatable) -> str:
    return "again:" + hashlib.sha256(framed("operator", operator.subject, repeatable.key)).hexdigest()


def _code(on: Foundation, tenant: TenantId, repeatable: Repeatable | None) -> str:
    """Return a tenant's enrolment code: a random one, or the one that only this deployment derives from a request.

    So the same request can be answered again although no code is kept anywhere.
    """
    if repeatable is None:
        return f"enr_{secrets.token_urlsafe(32)}"
    key = PurposeKey(on.provider.secret("enrolment"), 1)
    raw = key.mac("enrolment", tenant, repeatable.key, repeatable.digest)
    return f"enr_{base64.urlsafe_b64encode(raw).decode().rstrip('=')}"


async def _made_before(
    on: Foundation, operator: Operator, repeatable: Repeatable
) -> tuple[TenantCard, Enrolment] | None:
    async with on.store.registry(writes=False) as db:
        tenant = await registry.look_up(db, _key_of(operator, repeatable))
        row = None if tenant is None else await registry.find_tenant(db, tenant)
        if row is None:
            return None
        code = await asyncio.to_thread(_code, on, row.id, repeatable)
        if await registry.look_up(db, f"code:{hashed_code(code)}") != row.id:
            raise IdempotencyConflict("This Idempotency-Key was used for a different request. Use a new key.")
    return card_of(row, standing(row, on.ledger)), Enrolment(code, row.created_at + CODE_SECONDS, repeated=True)


async def _provision(
    on: Foundation, operator: Operator, wish: NewTenant, provider: dict[str, str], repeatable: Repeatable | None
) -> tuple[TenantCard, Enrolment]:
    tenant, now = TenantId(new_id("ten")), time.time()
    enrolment = Enrolment(await asyncio.to_thread(_code, on, tenant, repeatable), now + CODE_SECONDS)
    complete = False
    try:
        wrapped, keys = await asyncio.to_thread(_make_keys, on, tenant)
        row = TenantRow(
            tenant, wish.name, name_key(wish.name), TenantStatus.ACTIVE, wish.plan, 1,
            wish.embedder or on.embedders.default, dict(wish.limits), now, b"",
        )  # fmt: skip
        row = replace(row, mac=keys.mac(Purpose.GRANTS, *row.granting()))
        await _fill(on, keys, operator, wish, provider, enrolment)
        async with on.store.registry(writes=True) as db:
            if repeatable is not None:
                await _reserve(db, _key_of(operator, repeatable), tenant)
            await registry.insert_tenant(db, row, wrapped, LaneRef(new_id("lan")))
            await registry.add_lookup(db, f"code:{hashed_code(enrolment.code)}", tenant)
        complete = True
    finally:
        if not complete:
            await _undo(on, tenant)
    return card_of(row), enrolment


async def _reserve(db: Transaction, key: str, tenant: TenantId) -> None:
    try:
        await registry.add_lookup(db, key, tenant)
    except IntegrityError:
        raise IdempotencyConflict(
            "Another request with this Idempotency-Key came at the same moment. Ask again later."
        ) from None


async def _require_free(on: Foundation, name: str) -> None:
    async with on.store.registry(writes=False) as db:
        query = sa.select(tenants.c.id).where(tenants.c.name_key == name_key(name))
        if (await db.execute(query)).first() is not None:
            raise NameTaken("A tenant with this name, or one that reads the same, exists already.")


def _make_keys(on: Foundation, tenant: TenantId) -> tuple[list[WrappedKey], TenantKeys]:
    roots = {(family, 1): secrets.token_bytes(32) for family in Family}
    for holder in sorted({holder_of(tenant, family) for family in Family}):
        on.provider.create(holder)
    wrapped = [
        WrappedKey(family, 1, "active", on.provider.wrap(holder_of(tenant, family), label_of(family, 1), root))
        for (family, _), root in roots.items()
    ]
    return wrapped, TenantKeys(tenant, roots, dict.fromkeys(Family, 1))


async def _fill(
    on: Foundation,
    keys: TenantKeys,
    operator: Operator,
    wish: NewTenant,
    provider: dict[str, str],
    enrolment: Enrolment,
) -> None:
    await on.store.create(keys.tenant)
    await asyncio.to_thread(on.blobs.create, keys.tenant)
    caller = operator.caller(operator.reason or "provisioning")
    async with on.store.tenant(keys.tenant, writes=True) as db:
        records = Records(db, keys, caller)
        await records.blocks.begin(wish.embedder or on.embedders.default)
        await records.profiles.put(DEFAULT_PROFILE, json.loads(json.dumps(dict(wish.profile))))
        if provider:
            await records.settings.put("provider", provider)
        await records.clients.add_code(hashed_code(enrolment.code), enrolment.expires_at)
        await records.audit.add("tenant.created", keys.tenant)
    await on.anchors.note(keys.tenant, records.audit.written)


async def _undo(on: Foundation, tenant: TenantId) -> None:
    """Leave nothing of a tenant that did not come into being: its keys first, so that whatever stays is noise."""
    for family in Family:
        await asyncio.to_thread(on.provider.destroy, holder_of(tenant, family))
    await on.store.destroy(tenant)
    await asyncio.to_thread(on.blobs.destroy, tenant)
