"""The deployment's own two tenants, whose documents hold tripwires: made once, their credentials kept sealed.

Rules this module enforces:

* Sentinels are tenants like any other: provisioned by the same function, enrolled with a code, listed to operators.
  What differs is who holds their credentials: the registry, sealed under a secret of the deployment.
* Of several processes one makes them; a process that died over it is followed by another after a while.
* Sentinels that an operator erased are made anew.
"""

import json
import secrets
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tenancy.card import standing
from tenancy.credentials import Circumstances
from tenancy.identity.operators import Operator
from tenancy.ids import TenantId
from tenancy.provision import NewTenant, provision
from tenancy.sealing import Place, seal, unseal
from tenancy.stores import registry
from tenancy.stores.registry import TenantStatus
from tenancy.stores.schema import deployment
from tenancy.tripwires.alarms import Alarm, Surface
from tenancy.tripwires.owners import Owner

if TYPE_CHECKING:
    from tenancy.foundation import Foundation
    from tenancy.mint import Mint

DRILL: Final = "drill"
_PLAN: Final = "free"
_SENTINELS: Final = "sentinels"
_CLAIM_SECONDS: Final = 600.0
_ENDED: Final = frozenset({TenantStatus.ERASING, TenantStatus.ERASED})


@dataclass(frozen=True, slots=True)
class Sentinel:
    """One of the two: a tenant with its first client, and the token that its document holds."""

    name: str
    tenant: str
    client: str
    secret: str = field(repr=False)
    watchword: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sentinels:
    """Both, and the token of the first that drills hand to the second."""

    north: Sentinel
    south: Sentinel
    drill: str = field(repr=False)


async def read_note(on: "Foundation", key: str) -> dict[str, object]:
    """Return what the deployment noted under `key`; empty when it noted nothing. SealBroken for an edited note."""
    async with on.store.registry(writes=False) as db:
        row = (await db.execute(sa.select(deployment.c.value).where(deployment.c.key == key))).scalar_one_or_none()
    return {} if row is None else _opened(on, key, row)


async def write_note(on: "Foundation", key: str, values: dict[str, object]) -> None:
    """Note something about the deployment itself, sealed."""
    body = seal(on.tripwires.key, _place(key), json.dumps(values).encode())
    async with on.store.registry(writes=True) as db:
        changed = await db.execute(deployment.update().where(deployment.c.key == key).values(value=body))
        if changed.rowcount == 0:
            await db.execute(deployment.insert().values(key=key, value=body))


def _place(key: str) -> Place:
    return Place("deployment", "deployment", key, "value")


def _opened(on: "Foundation", key: str, body: bytes) -> dict[str, object]:
    opened: dict[str, object] = json.loads(unseal(on.tripwires.key, _place(key), body))
    return opened


async def read_sentinels(on: "Foundation") -> Sentinels | None:
    """Return the sentinels that are there, None when there are none yet or an operator has erased one."""
    noted = await read_note(on, _SENTINELS)
    if "north" not in noted:
        return None
    north, south = Sentinel(**noted["north"]), Sentinel(**noted["south"])  # type: ignore[arg-type]  # sealed by us
    async with on.store.registry(writes=False) as db:
        rows = [await registry.find_tenant(db, TenantId(each.tenant)) for each in (north, south)]
    if any(row is None or standing(row, on.ledger) in _ENDED for row in rows):
        return None
    return Sentinels(north, south, str(noted[DRILL]))


async def ensure_sentinels(mint: "Mint", on: "Foundation") -> Sentinels | None:
    """Return the sentinels, made if they have to be; None while another process makes them."""
    found = await read_sentinels(on)
    if found is not None:
        return found
    if not await _claim(on):
        return None
    suffix = secrets.token_hex(4)
    north, south = [await _make(mint, on, name, suffix) for name in ("north", "south")]
    drill = await on.tripwires.owners.issue(Owner(TenantId(north.tenant), DRILL))
    made = Sentinels(north, south, drill)
    await write_note(on, _SENTINELS, asdict(made))
    return made


async def _claim(on: "Foundation") -> bool:
    """Take the making of the sentinels upon this process; False when another one has a moment ago."""
    claim = {"claimed_at": time.time(), "by": secrets.token_hex(8)}
    body = seal(on.tripwires.key, _place(_SENTINELS), json.dumps(claim).encode())
    mine = deployment.c.key == _SENTINELS
    try:
        async with on.store.registry(writes=True) as db:
            row = (await db.execute(sa.select(deployment.c.value).where(mine))).scalar_one_or_none()
            if row is None:
                await db.execute(deployment.insert().values(key=_SENTINELS, value=body))
                return True
            claimed_at = _opened(on, _SENTINELS, row).get("claimed_at", 0.0)
            if time.time() - float(str(claimed_at)) < _CLAIM_SECONDS:
                return False
            same = deployment.update().where(mine, deployment.c.value == row).values(value=body)
            return (await db.execute(same)).rowcount == 1
    except IntegrityError:
        return False


async def _make(mint: "Mint", on: "Foundation", name: str, suffix: str) -> Sentinel:
    """Provision and enrol one sentinel."""
    wish = NewTenant(f"Sentinel {name} {suffix}", _PLAN)
    card, enrolment = await provision(on, Operator("sentinels"), wish)
    made = await mint.enrol(enrolment.code, Circumstances())
    watchword = await on.tripwires.owners.issue(Owner(TenantId(card.id), f"sentinel {name}, its watchword"))
    return Sentinel(name, card.id, made.client.id, made.secret, watchword)


async def foreign_in(on: "Foundation", sentinel: Sentinel, text: str, request: str) -> list[Alarm]:
    """Sound the alarm for every token in what a sentinel got from outside that is not its own."""
    tokens = on.tripwires.recogniser.found(text)
    owners = await on.tripwires.owners.find({token.owner for token in tokens}) if tokens else {}
    return [
        await on.tripwires.sound(token, owner, sentinel.tenant, Surface.PROBE, request, blocked=False)
        for token in sorted(tokens)
        if (owner := owners.get(token.owner)) is None or owner.tenant != sentinel.tenant
    ]


async def hand_drill_to(on: "Foundation", sentinels: Sentinels, holder: Sentinel) -> None:
    """Make the drill's token `holder`'s; while it is not the north sentinel's, its alarms are marked as a drill."""
    (token,) = on.tripwires.recogniser.found(sentinels.drill)
    given = holder.tenant != sentinels.north.tenant
    await on.tripwires.owners.hand_over(token.owner, Owner(TenantId(holder.tenant), DRILL, given))


def is_drill(on: "Foundation", sentinels: Sentinels, alarm: Alarm) -> bool:
    """Tell whether an alarm is about the drill's token while it was handed over."""
    return alarm.drill and alarm.token in {str(token) for token in on.tripwires.recogniser.found(sentinels.drill)}
