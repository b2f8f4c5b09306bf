"""What may be read of a tenant without opening anything, and where it really stands."""

from dataclasses import dataclass

from tenancy.crypto.revocation_log import RevocationLog
from tenancy.plans import UnknownPlan, effective
from tenancy.stores.registry import TenantRow, TenantStatus


@dataclass(frozen=True, slots=True)
class TenantCard:
    """What a tenant may read of itself, and an operator of it."""

    id: str
    name: str
    status: str
    plan: str
    limits: dict[str, int | float]
    created_at: float


def standing(row: TenantRow, ledger: RevocationLog) -> TenantStatus:
    """Return the status in force: what the ledger has ended stays ended, whatever an older registry says."""
    ending = ledger.latest("tenant", row.id)
    if ending is None or row.status in {TenantStatus.ERASING, TenantStatus.ERASED}:
        return row.status
    ended = {"tenant.erased": TenantStatus.ERASING, "tenant.suspended": TenantStatus.SUSPENDED}
    return ended.get(ending.kind, row.status)


def card_of(row: TenantRow, status: TenantStatus | None = None) -> TenantCard:
    """Return the public part of a registry row, with the status in force where it is known.

    A plan or a limit that does not exist, which only an edited row can name, allows nothing.
    """
    try:
        limits = effective(row.plan, row.limits)
    except UnknownPlan:
        limits = {}
    return TenantCard(row.id, row.name, status or row.status, row.plan, limits, row.created_at)
