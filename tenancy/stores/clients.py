"""A tenant's clients and enrolment codes: rows that grant, each with a MAC that only the tenant's key can make."""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, final

import sqlalchemy as sa

from tenancy.errors import NotFound, ServiceError
from tenancy.ids import ClientId, well_formed
from tenancy.keys.tenant_keys import Family, Purpose, TenantKeys
from tenancy.models.environments import Environment
from tenancy.stores.databases.store import Transaction
from tenancy.stores.epoch import ScopeEnded
from tenancy.stores.schema import clients, enrolments, state
from tenancy.stores.views import PLAIN_TERMS, Client, ClientTerms, SearchState
from tenancy.values.roles import Role

ACTIVE: Final = "active"
REVOKED: Final = "revoked"


# Built once: every request asks it, and building a statement costs as much as running it.
_FIND: Final = (
    sa.select(clients, state.c.epoch, state.c.change, state.c.key_version, state.c.embedder)
    .join(state, state.c.tenant_id == clients.c.tenant_id)
    .where(clients.c.tenant_id == sa.bindparam("tenant"), clients.c.id == sa.bindparam("client"))
)


class CodeUsed(ServiceError):
    """An enrolment code works once."""

    status = 409
    code = "enrolment_used"
    title = "The enrolment code was used before"


class LastAdmin(ServiceError):
    """Nobody could administer the tenant any more: neither make a client nor end one."""

    status = 409
    code = "last_admin"
    title = "This is the tenant's last administrator"


class ClientRevoked(ServiceError):
    """The client has ended; nothing makes it usable again."""

    status = 409
    code = "client_revoked"
    title = "The client was revoked"


@dataclass(frozen=True, slots=True)
class NewClient:
    """A client and its new secret, which is shown once and kept nowhere.

    `earlier_until` in epoch seconds: until then the secret before works as well, where there is one that does.
    """

    client: Client
    secret: str
    earlier_until: float | None = None


@final
class Clients:
    """The clients of the tenant whose transaction this is."""

    def __init__(self, db: Transaction, keys: TenantKeys) -> None:
        """Bind to an open transaction."""
        self._db = db
        self._keys = keys
        self._tenant = keys.tenant

    def _mac(
        self, client: str, status: str, roles: str, expires_at: float | None, secret_mac: bytes,
        earlier_mac: bytes | None = None, earlier_until: float | None = None,
    ) -> bytes:  # fmt: skip
        fields: list[bytes | str] = ["client", client, status, roles, repr(expires_at), secret_mac]
        if earlier_mac is not None or earlier_until is not None:
            fields += [earlier_mac or b"", repr(earlier_until)]
        return self._keys.mac(Purpose.GRANTS, *fields)

    def _secret_mac(self, client: str, secret: str) -> bytes:
        # The secret has 256 random bits: a keyed hash is enough, there is nothing to guess slowly.
        return self._keys.mac(Purpose.GRANTS, "secret", client, secret)

    def secret_digest(self, client: str, secret: str) -> str:
        """Return what tells a client's secret from its earlier ones, and tells nothing else."""
        return _digest(self._secret_mac(client, secret))

    async def newest_digest(self, client: str) -> str:
        """Return the digest of the newest secret that a client's row knows."""
        return _digest((await self._row(client)).secret_mac)

    async def add(
        self, client: ClientId, name: str, roles: frozenset[Role], purpose: str, terms: ClientTerms = PLAIN_TERMS
    ) -> NewClient:
        """Insert an active client under an id that the look-up knows already."""
        expires_at, environment, limits = terms.expires_at, terms.environment, dict(terms.limits)
        secret = secrets.token_urlsafe(32)
        now, words, mac = time.time(), ",".join(sorted(roles)), self._secret_mac(client, secret)
        told = {"name": name, "purpose": purpose, "environment": environment, "limits": limits}
        body = json.dumps(told).encode()
        await self._db.execute(
            clients.insert().values(
                tenant_id=self._tenant, id=client, status=ACTIVE, roles=words, created_at=now, expires_at=expires_at,
                secret_mac=mac, body=self._keys.seal(Purpose.RECORDS, "clients", client, "body", body),
                mac=self._mac(client, ACTIVE, words, expires_at, mac),
            )
        )  # fmt: skip
        return NewClient(Client(client, name, purpose, roles, ACTIVE, now, expires_at, environment, limits), secret)

    async def _row(self, client: str) -> sa.Row[tuple[object, ...]]:
        if not well_formed(client, "cli"):
            raise NotFound
        row = (await self._db.execute(_FIND, {"tenant": self._tenant, "client": client})).one_or_none()
        if row is None or not hmac.compare_digest(row.mac, self._mac_of(row)):
            raise NotFound  # a row that this tenant's key did not make does not exist
        return row

    def _mac_of(self, row: sa.Row[tuple[object, ...]]) -> bytes:
        earlier = (row.earlier_mac, row.earlier_until)
        return self._mac(row.id, row.status, row.roles, row.expires_at, row.secret_mac, *earlier)

    def _view(self, row: sa.Row[tuple[object, ...]]) -> Client:
        body = json.loads(self._keys.open(Purpose.RECORDS, "clients", row.id, "body", row.body))
        roles = frozenset(Role(role) for role in row.roles.split(",") if role)
        return Client(
            ClientId(row.id), body["name"], body["purpose"], roles, row.status, row.created_at, row.expires_at,
            Environment(body.get("environment", Environment.PRODUCTION)),  # the first clients had no choice
            body.get("limits", {}),
        )  # fmt: skip

    async def get(self, client: str) -> Client:
        """Return a genuine client; NotFound for foreign, absent and forged ones alike."""
        return self._view(await self._row(client))

    async def get_in_force(self, client: str, epoch: int) -> tuple[Client, SearchState]:
        """Return a genuine client and what searches stand on; ScopeEnded unless `epoch` is in force.

        One statement, because every request asks this first.
        """
        row = await self._row(client)
        if row.epoch != epoch or self._keys.sealing(Family.DATA) < row.key_version:
            raise ScopeEnded
        return self._view(row), SearchState(row.change, row.embedder)

    async def authenticate(self, client: str, secret: str, *, clock: Callable[[], float] = time.time) -> Client | None:
        """Return the client if the secret is its own and works now, it is active and not expired."""
        try:
            row = await self._row(client)
        except NotFound:
            return None
        now, given = clock(), self._secret_mac(row.id, secret)
        right = secrets.compare_digest(row.secret_mac, given)
        if row.earlier_mac is not None:  # compared whether or not the newest was right: the time it takes tells nothing
            right |= secrets.compare_digest(row.earlier_mac, given) and now < row.earlier_until
        return self._view(row) if right and _in_force(row.status, row.expires_at, now) else None

    async def list(self) -> list[Client]:
        """Return every genuine client, oldest first."""
        query = sa.select(clients.c.id).where(clients.c.tenant_id == self._tenant)
        ids = (await self._db.execute(query.order_by(clients.c.created_at, clients.c.id))).scalars().all()
        found = []
        for client in ids:
            try:
                found.append(await self.get(client))
            except NotFound:
                continue  # forged in the database: not one of the tenant's clients
        return found

    async def rotate(self, client: str, earlier_until: float | None = None) -> NewClient:
        """Give a client another secret; ClientRevoked for an ended one.

        The one before gets tokens until `earlier_until` (epoch seconds), none from now on without it; any from before
        that gets none either way.
        """
        row = await self._row(client)
        if row.status != ACTIVE:
            raise ClientRevoked("The client was revoked and stays so. Make a new one.")
        secret = secrets.token_urlsafe(32)
        secret_mac, earlier_mac = self._secret_mac(row.id, secret), None if earlier_until is None else row.secret_mac
        mac = self._mac(row.id, row.status, row.roles, row.expires_at, secret_mac, earlier_mac, earlier_until)
        mine = clients.update().where(clients.c.tenant_id == self._tenant, clients.c.id == client)
        beside = {"earlier_mac": earlier_mac, "earlier_until": earlier_until}
        await self._db.execute(mine.values(secret_mac=secret_mac, mac=mac, **beside))
        return NewClient(self._view(row), secret, earlier_until)

    async def revoke(self, client: str, ended: Callable[[str], bool] = lambda _: False) -> None:
        """End a client; its tokens are refused from the next request on.

        LastAdmin if it is the last usable one with role `admin`; `ended` tells of clients that have ended although
        their rows do not say so. One transaction of a tenant writes at a time, so two that end each other end one.
        """
        row = await self._row(client)
        if _administers(row):
            await self._require_another_admin(client, ended)
        mac = self._mac(row.id, REVOKED, row.roles, row.expires_at, row.secret_mac)
        mine = clients.update().where(clients.c.tenant_id == self._tenant, clients.c.id == client)
        await self._db.execute(mine.values(status=REVOKED, mac=mac, earlier_mac=None, earlier_until=None))

    async def _require_another_admin(self, client: str, ended: Callable[[str], bool]) -> None:
        query = sa.select(clients.c.id).where(clients.c.tenant_id == self._tenant, clients.c.id != client)
        for other in (await self._db.execute(query)).scalars().all():
            with suppress(NotFound):  # forged in the database: not one of the tenant's clients
                if not ended(other) and _administers(await self._row(other)):
                    return
        raise LastAdmin("No other client could administer the tenant. Make another one with role `admin` first.")

    async def add_code(self, hashed: str, expires_at: float) -> None:
        """Insert an enrolment code by its hash."""
        mac = self._keys.mac(Purpose.GRANTS, "enrolment", hashed, repr(expires_at), "unused")
        await self._db.execute(
            enrolments.insert().values(tenant_id=self._tenant, code=hashed, expires_at=expires_at, mac=mac)
        )

    async def use_code(self, hashed: str) -> bool:
        """Spend a code: True once; CodeUsed after that; False for one that is forged or expired."""
        mine = (enrolments.c.tenant_id == self._tenant, enrolments.c.code == hashed)
        row = (await self._db.execute(sa.select(enrolments).where(*mine).with_for_update())).one_or_none()
        if row is None:
            return False
        if row.used_at is not None:
            raise CodeUsed("This enrolment code was used before. Ask the operator for a new tenant or a new code.")
        unused = self._keys.mac(Purpose.GRANTS, "enrolment", hashed, repr(row.expires_at), "unused")
        if row.mac != unused or row.expires_at < time.time():
            return False
        now = time.time()
        used = self._keys.mac(Purpose.GRANTS, "enrolment", hashed, repr(row.expires_at), "used")
        await self._db.execute(enrolments.update().where(*mine).values(used_at=now, mac=used))
        return True


def usable(client: Client) -> bool:
    """Tell whether a client may act now."""
    return _in_force(client.status, client.expires_at, time.time())


def _in_force(status: str, expires_at: float | None, now: float) -> bool:
    return status == ACTIVE and (expires_at is None or expires_at > now)


def _digest(secret_mac: bytes) -> str:
    return hashlib.sha256(secret_mac).hexdigest()


def _administers(row: sa.Row[tuple[object, ...]]) -> bool:
    return Role.ADMIN in row.roles.split(",") and _in_force(row.status, row.expires_at, time.time())
