"""A deployment in this process with some tenants in it, each with its provider, its clock, its limits and its past."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, final

import httpx

from app.housekeeping import Housekeeping
from app.resources import open_resources
from app.settings import Settings
from ingestion.parse import ParserPool
from tenancy.anomalies.hours import SECONDS
from tenancy.ids import TenantId
from tenancy.stores.schema import activity
from tenancy.tripwires.owners import Owner
from tests.app.admin.driving import OperatorDesk
from tests.app.http.deployment import Deployment, Member
from tests.month.lives import Life, life
from tests.month.provider import CATALOGUE, MODEL, Said, reply
from tests.standins.openai_server import OpenAIServer, running_openai_server

QUESTION: Final = {"question": "When was the quay rebuilt?"}
_TEXT: Final = b"The quay was rebuilt in 1931 after the storm. The crane lifts forty tonnes."
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SIGNED_SECONDS: Final = 600
"""A token is replaced when it is older."""


@dataclass(slots=True)
class Citizen:
    """One tenant: what it lives, what it has been answered (status and code of a problem), how many by then."""

    name: str
    life: Life
    limits: Mapping[str, float]
    member: Member
    document: str
    tripwire: str
    signed_at: float
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def id(self) -> TenantId:
        """The tenant's id."""
        return TenantId(self.member.tenant)


@final
class Town:
    """The running deployment, its operators' desk, the provider that all of its tenants use, and the tenants."""

    def __init__(self, deployment: Deployment, desk: OperatorDesk, provider: OpenAIServer) -> None:
        """Begin without a tenant."""
        self.deployment = deployment
        self.desk = desk
        self.provider = provider
        self.citizens: list[Citizen] = []
        self.next = Said(0, 0)
        provider.program = lambda asked: reply(asked, self.next)

    async def settle(self, number: int, days: int, now: float) -> Citizen:
        """Create the tenant of a number as its operator and then its administrator would; `now` in epoch seconds."""
        budgeted = _BUDGETS.get(number % len(_KINDS))
        lived = life(number, days, real_prompts=budgeted is not None)
        limits = {} if budgeted is None else budgeted(lived)
        self.desk.http = self.desk.client(self.deployment.resources.foundation.operator_tokens.sign("ada", 600))
        made = await self.desk.create(f"Tenant {number:02}", limits=limits)
        tenant, code = made["tenant"]["id"], made["enrolment"]["code"]
        enrolled = await self.deployment.client().post("/v1/enrol", json={"code": code})
        assert enrolled.status_code == 201, enrolled.text
        admin = await self.deployment.signed_in(enrolled.json(), tenant)
        document = await admin.upload("harbour.txt", _TEXT)
        await self.deployment.drain(admin)
        changed = await admin.http.patch("/v1/settings", json=_settings(lived, self.provider))
        assert changed.status_code == 200, changed.text
        foundation = self.deployment.resources.foundation
        async with foundation.store.tenant(TenantId(tenant), writes=True) as db:
            for hour in lived.before:
                counts = {str(signal): count for signal, count in hour.counts.items()}
                row = {"tenant_id": tenant, "hour": hour.starts, "looked_at": float(hour.starts + 2 * SECONDS)}
                await db.execute(activity.insert().values(**row, **counts))
        tripwire = await foundation.tripwires.owners.issue(Owner(TenantId(tenant), "the month's own"))
        citizen = Citizen(f"Tenant {number:02}", lived, limits, admin, document["id"], tripwire, now)
        self.citizens.append(citizen)
        return citizen

    def neighbour(self, one: Citizen) -> Citizen:
        """Return another tenant, whose tripwire rings when this one asks with it."""
        return self.citizens[(self.citizens.index(one) + 1) % len(self.citizens)]

    async def signed_in(self, one: Citizen, now: float) -> httpx.AsyncClient:
        """Return the client of a tenant, with a token that holds."""
        if now - one.signed_at > _SIGNED_SECONDS:
            one.member = await self.deployment.signed_in(one.member.credentials, one.member.tenant)
            one.signed_at = now
        return one.member.http


def _settings(lived: Life, provider: OpenAIServer) -> dict[str, Any]:
    business = lived.calendar.business
    return {
        "provider_key": "sk-month",
        "provider_base_url": provider.base_url,
        "model": MODEL,
        "time_zone": lived.tenant.zone.key,
        "business_hours": None
        if business is None
        else {_WEEKDAYS[day]: list(hours) for day, hours in sorted(business.items())},
    }


_KINDS: Final = range(5)
_BUDGETS: Final = {
    # Half as much again as on its busiest usual day, or in its usual month: only what is planted goes beyond.
    3: lambda lived: {"daily_tokens": max(20_000, lived.most_a_day * 3 // 2)},
    4: lambda lived: {"monthly_usd": max(1.0, lived.usual_spend * 3 / 2 / 1_000_000)},
}
"""Of every five tenants, which one has a budget of its own, and of what."""


@asynccontextmanager
async def town(folder: Path) -> AsyncIterator[Town]:
    """Open an empty town in a folder."""
    prices = folder / "prices.yaml"
    prices.write_text(CATALOGUE, encoding="utf-8")
    settings = Settings(data_dir=folder / "data", accept_index_on_disk=True, egress_allow=("127.0.0.1",), prices=prices)
    async with open_resources(settings) as resources:
        parser = ParserPool(folder / "parsers", accept_missing_walls=True)
        await parser.start()
        try:
            deployment = Deployment(resources, parser)
            with running_openai_server() as provider:
                yield Town(deployment, OperatorDesk(deployment, Housekeeping(resources)), provider)
        finally:
            await parser.stop()
