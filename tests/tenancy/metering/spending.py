"""A tenant whose chat model is a stand-in on loopback, and what its ledger says."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from tenancy.compartment import Compartment
from tenancy.credentials import Circumstances
from tenancy.metering.chat import MeteredChat
from tenancy.stores.schema import usage
from tests.standins.openai_server import OpenAIServer
from tests.tenancy.building import House, Resident

ASKED = [{"role": "user", "content": "When was the quay rebuilt?"}]


async def enter(home: House, one: Resident, app: str = "", feature: str = "/v1/ask") -> Compartment:
    """Return a request's compartment."""
    return await home.mint.from_token(one.token, Circumstances("127.0.0.1", "req_1", app, feature))


async def chat_of(compartment: Compartment, server: OpenAIServer) -> MeteredChat:
    """Give the tenant the stand-in as its provider, and return its chat model."""
    own = {"provider_key": "sk-1", "provider_base_url": server.base_url, "provider_host": "127.0.0.1", "model": "m"}
    async with compartment.begin() as records:
        await records.settings.put("provider", own)
    found = await compartment.models.chat(own)
    assert found is not None
    return found


async def rows(home: House, one: Resident) -> Sequence[sa.Row[Any]]:
    """Return the ledger, oldest first."""
    async with home.foundation.store.tenant(one.id, writes=False) as db:
        return (await db.execute(sa.select(usage).order_by(usage.c.at))).all()
