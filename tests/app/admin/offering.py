"""An operator who offers the tenants of a plan a stand-in for a provider, for the tests of both planes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest_asyncio

from tests.app.admin.driving import kept_house
from tests.app.http.deployment import Deployment, Member
from tests.app.http.governing.test_settings import with_document
from tests.standins.openai_server import OpenAIServer

PLAN: Final = "standard"
"""That of every tenant that is given no other."""
PLATFORM_KEY: Final = "sk-the-platforms-own"
_WHY: Final = {"reason": "a test"}


@dataclass(frozen=True, slots=True)
class Offering:
    """An operator who offers the tenants of a plan something."""

    http: httpx.AsyncClient

    async def put(self, server: OpenAIServer, plan: str = PLAN, **more: object) -> dict[str, Any]:
        """Offer the stand-in."""
        body = {"provider_key": PLATFORM_KEY, "provider_base_url": server.base_url, "model": "gpt-4o", **_WHY, **more}
        answer = await self.http.put(f"/admin/v1/providers/{plan}", json=body)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def turn(self, word: str, plan: str = PLAN) -> None:
        """Suspend, resume or remove what is offered."""
        path, body = f"/admin/v1/providers/{plan}", {} if word == "resume" else _WHY
        asked = ("DELETE", path) if word == "remove" else ("POST", f"{path}/{word}")
        assert (await self.http.request(*asked, json=body)).status_code == 200


async def agreeing(deployment: Deployment) -> Member:
    """Return the administrator of a tenant that can answer the question and lets its text go to the stand-in."""
    admin = await with_document(deployment)
    answer = await admin.http.patch("/v1/settings", json={"platform_provider_host": "127.0.0.1"})
    assert answer.status_code == 200, answer.text
    return admin


@pytest_asyncio.fixture(loop_scope="session")
async def offering(deployment: Deployment) -> AsyncIterator[Offering]:
    """Yield an operator who offers nothing, and in the end nothing again."""
    async with kept_house(deployment) as desk:
        yield Offering(desk.http)
        for offer in (await desk.http.get("/admin/v1/providers")).json()["items"]:
            if offer["status"] != "none":
                await Offering(desk.http).turn("remove", offer["plan"])
