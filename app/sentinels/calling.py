"""Speak to the tenant plane as a sentinel, like any client of any tenant."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, final

import httpx

from tenancy.tripwires.sentinels import Sentinel

TIMEOUT: Final = httpx.Timeout(60.0, connect=10.0)
_DATA: Final = "data: "
_SETTLE_SECONDS: Final = 300.0


class ProbeFailed(Exception):
    """What a sentinel must be able to do failed; the message says which step, with no content."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the service answered: its whole text, the text read as JSON, and the request's id."""

    text: str
    read: Mapping[str, Any]
    request: str


@final
class SentinelCaller:
    """One sentinel's signed-in client."""

    def __init__(self, http: httpx.AsyncClient, sentinel: Sentinel) -> None:
        """Speak over `http`, whose base is the first address of the service."""
        self._http = http
        self._token = ""
        self.sentinel = sentinel

    async def sign_in(self) -> None:
        """Exchange the sentinel's credentials for a token."""
        form = {"client_id": self.sentinel.client, "client_secret": self.sentinel.secret}
        said = await self._call("POST", "/v1/token", data={"grant_type": "client_credentials", **form})
        self._token = str(said.read.get("access_token", ""))

    async def search(self, query: str, subject: str | None = None) -> Said:
        """Search all documents, or those of one subject."""
        return await self._call("POST", "/v1/search", json={"query": query, **_about(subject)})

    async def ask(self, question: str, subject: str | None = None) -> Said:
        """Ask all documents, or those of one subject."""
        return await self._call("POST", "/v1/ask", json={"question": question, **_about(subject)})

    async def deposit(self, subject: str, text: str) -> str:
        """Put a document in, unless it is there, and wait until it is ready; return its id."""
        said = await self._call(
            "POST", "/v1/documents", files={"file": (f"{subject}.txt", text.encode())}, data={"external_id": subject}
        )
        document = str(said.read.get("id", ""))
        if said.read.get("status") == "failed":
            await self._call("POST", f"/v1/documents/{document}/retry")
        if await self._settled(document) != "ready":
            raise ProbeFailed(f"The {self.sentinel.name} sentinel's document about its {subject} did not become ready.")
        return document

    async def remove(self, document: str) -> None:
        """Take a document out."""
        await self._call("DELETE", f"/v1/documents/{document}")

    async def _settled(self, document: str) -> str:
        """Follow a document's events to their end; return the status they ended with."""
        last: Any = {}
        async with asyncio.timeout(_SETTLE_SECONDS):
            path = f"/v1/documents/{document}/events"
            async with self._http.stream("GET", path, headers=self._headers()) as events:
                async for line in events.aiter_lines():
                    if line.startswith(_DATA):
                        last = json.loads(line.removeprefix(_DATA))
        return str(last.get("status", "")) if isinstance(last, dict) else ""

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    async def _call(self, method: str, path: str, **given: Any) -> Said:  # noqa: ANN401 - what httpx takes
        answer = await self._http.request(method, path, headers=self._headers(), **given)
        step = f"{method} {path.partition('/doc_')[0]} as the {self.sentinel.name} sentinel"
        if not answer.is_success:
            raise ProbeFailed(f"{step}: status {answer.status_code}.")
        try:
            read = answer.json() if answer.content else {}
        except ValueError:
            read = None
        if not isinstance(read, dict):
            raise ProbeFailed(f"{step}: the answer is no JSON object.")
        return Said(answer.text, read, answer.headers.get("x-request-id", ""))


def _about(subject: str | None) -> dict[str, object]:
    return {} if subject is None else {"filter": {"external_id": subject}}
