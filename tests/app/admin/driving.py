"""Both planes of one deployment in this process, and an operator who drives the second."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx

from app.admin.plane import create_admin_app
from app.housekeeping import Housekeeping
from tests.app.http.deployment import Deployment

PUBLIC: Final = frozenset({"/metrics", "/.well-known/jwks.json", "/healthz", "/readyz"})
"""The paths that take no token: they hold numbers and public keys."""


class OperatorDesk:
    """An operator's client of the second address."""

    def __init__(
        self, deployment: Deployment, housekeeping: Housekeeping, keeping: "asyncio.Task[None] | None" = None
    ) -> None:
        """Serve the operator plane in this process; `keeping` is where its housekeeping runs."""
        self.deployment = deployment
        self._keeping = keeping
        self.app = create_admin_app(deployment.resources, hurry=housekeeping.hurry)
        self.http = self.client(deployment.resources.foundation.operator_tokens.sign("ada", 600))

    def require_kept_house(self) -> None:
        """Raise what ended the housekeeping, which whoever waits for it would never learn."""
        if self._keeping is not None and self._keeping.done():
            self._keeping.result()

    def client(self, token: str | None = None) -> httpx.AsyncClient:
        """Return a client with or without a token."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://operators.test", headers=headers)

    async def create(self, name: str, **more: object) -> dict[str, Any]:
        """Create a tenant and return the answer."""
        answer = await self.http.post("/admin/v1/tenants", json={"name": name, **more})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def operations(self, **wanted: str | int) -> list[dict[str, Any]]:
        """Return the newest entries of the operators' trail, without the one that this reading makes."""
        answer = await self.http.get("/admin/v1/audit", params={"limit": 50, **wanted})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def entry_of(self, answer: httpx.Response) -> dict[str, Any] | None:
        """Return the entry that the request of an answer made."""
        request = answer.headers["x-request-id"]
        return next((one for one in await self.operations() if one["request_id"] == request), None)

    async def erase(self, tenant: str) -> dict[str, Any]:
        """Erase a tenant and return the finished receipt."""
        asked = await self.http.request("DELETE", f"/admin/v1/tenants/{tenant}", json={"reason": "contract ended"})
        assert asked.status_code == 202, asked.text
        while True:
            self.require_kept_house()
            receipt: dict[str, Any] = (await self.http.get(asked.headers["location"])).json()
            if receipt["state"] == "done":
                return receipt


@asynccontextmanager
async def kept_house(deployment: Deployment) -> AsyncIterator[OperatorDesk]:
    """Run the housekeeping of a deployment and yield its operators' desk."""
    housekeeping = Housekeeping(deployment.resources)
    task = asyncio.create_task(housekeeping.run())
    try:
        desk = OperatorDesk(deployment, housekeeping, task)
        yield desk
        desk.require_kept_house()
    finally:
        task.cancel()
        await asyncio.wait({task})
