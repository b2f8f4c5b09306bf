"""Bring the tenants of a deployment to what a manifest says: compare first, then create and change, never end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tenancy.card import standing
from tenancy.foundation import Foundation
from tenancy.identity.operators import Operator
from tenancy.mint import Mint
from tenancy.provision import Enrolment, NewTenant, name_key, provision
from tenancy.stores import registry
from tenancy.stores.registry import TenantRow, TenantStatus

DEFAULT_PLAN = "standard"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A tenant as a manifest has it, checked; what is None is left as it is. `profile` is for a new tenant alone."""

    name: str
    plan: str | None = None
    limits: Mapping[str, int | float] | None = None
    profile: Mapping[str, object] | None = None


class Act(StrEnum):
    """What is to be done with one tenant."""

    CREATE = "create"
    CHANGE = "change"
    KEEP = "no change"


@dataclass(frozen=True, slots=True)
class Step:
    """What a manifest asks of one tenant; `says` tells each difference, `id` is None of one that is to be created."""

    act: Act
    wanted: Wanted
    id: str | None
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Every step in the manifest's order, and the names of the tenants it does not name, which are left alone."""

    steps: tuple[Step, ...]
    left_alone: tuple[str, ...]

    def changes(self) -> list[Step]:
        """Return the steps that do something."""
        return [step for step in self.steps if step.act is not Act.KEEP]


class Surprise(Exception):
    """What is there is not what the manifest takes for granted; `at` is the number of the tenant in it, from 0."""

    def __init__(self, at: int, sentence: str) -> None:
        """Keep which tenant it is about."""
        super().__init__(sentence)
        self.at = at


async def compare(on: Foundation, wanted: Sequence[Wanted]) -> Plan:
    """Return what is to be done; Surprise where a tenant is not what its name says, or is being erased."""
    async with on.store.registry(writes=False) as db:
        rows = {row.name_key: row for row in await registry.list_tenants(db) if row.status is not TenantStatus.ERASED}
    steps = [_step(on, at, one, rows.get(name_key(one.name))) for at, one in enumerate(wanted)]
    named = {name_key(one.name) for one in wanted}
    return Plan(tuple(steps), tuple(sorted(row.name for key, row in rows.items() if key not in named)))


def _step(on: Foundation, at: int, wanted: Wanted, row: TenantRow | None) -> Step:
    if row is None:
        own = [f"limits.{name}: {value}" for name, value in sorted((wanted.limits or {}).items())]
        profile = ["profile: as given"] if wanted.profile else []
        return Step(Act.CREATE, wanted, None, (f"plan: {wanted.plan or DEFAULT_PLAN}", *own, *profile))
    if row.name != wanted.name:
        raise Surprise(at, f"it reads the same as the tenant {row.name!r}, which is there. Write its name as it is.")
    if standing(row, on.ledger) in {TenantStatus.ERASING, TenantStatus.ERASED}:
        raise Surprise(at, "this tenant is being erased. Its name is free again when that is done.")
    says = tuple(_differences(wanted, row))
    return Step(Act.CHANGE if says else Act.KEEP, wanted, row.id, says)


def _differences(wanted: Wanted, row: TenantRow) -> list[str]:
    found = []
    if wanted.plan is not None and wanted.plan != row.plan:
        found.append(f"plan: {row.plan} -> {wanted.plan}")
    if wanted.limits is not None:
        for name in sorted({*wanted.limits, *row.limits}):
            before, after = row.limits.get(name), wanted.limits.get(name)
            if before != after:
                found.append(f"limits.{name}: {_said(before)} -> {_said(after)}")
    return found


def _said(limit: float | None) -> str:
    return "the plan's" if limit is None else str(limit)


@dataclass(frozen=True, slots=True)
class Taken:
    """Which tenant a step was about, and the code of one that it created."""

    id: str
    enrolment: Enrolment | None = None


async def take(mint: Mint, on: Foundation, operator: Operator, step: Step, reason: str) -> Taken:
    """Take one step of those that do something; ServiceError when it cannot be taken."""
    wanted = step.wanted
    if step.id is None:
        profile = wanted.profile or {}
        wish = NewTenant(wanted.name, wanted.plan or DEFAULT_PLAN, wanted.limits or {}, {}, profile)
        card, enrolment = await provision(on, operator, wish)
        return Taken(card.id, enrolment)
    custody = await mint.custody(operator, step.id, reason)
    await custody.change(wanted.plan, wanted.limits, exactly=True)
    return Taken(step.id)
