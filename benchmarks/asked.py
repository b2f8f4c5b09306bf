"""A service as the quality measurement sees it, over the benchmarks' own callers."""

import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import final

from benchmarks.service import Running, TenantCaller, tenant
from evals.quality.service import Answered, Found, Hit


@final
class AskedTenant:
    """One tenant of a running service."""

    def __init__(self, caller: TenantCaller) -> None:
        """Take the tenant's caller."""
        self._caller = caller

    async def ingest(self, name: str, content: bytes) -> str:
        """Upload a document and return its id."""
        return await self._caller.upload(name, content)

    async def wait(self) -> None:
        """Return once every document is ready; a failed one ends the run."""
        failed = [each for each in (await self._caller.settled()).values() if each["status"] == "failed"]
        if failed:
            sys.exit(f"{len(failed)} documents failed, the first with {failed[0]['error']}")

    async def search(self, question: str, top_k: int) -> Found:
        """Return what a search finds."""
        started = time.perf_counter()
        hits = await self._caller.search(question, top_k)
        seconds = time.perf_counter() - started
        return Found(tuple(Hit(hit["document_id"], hit["text"]) for hit in hits), seconds)

    async def ask(self, question: str) -> Answered:
        """Return the answer to a question."""
        started = time.perf_counter()
        answer = await self._caller.client.post("/v1/ask", json={"question": question})
        seconds = time.perf_counter() - started
        body = answer.raise_for_status().json()
        cited = tuple((each["document_id"], each["quote"]) for each in body["citations"])
        return Answered(body["answer"], body["refused"], cited, seconds)


@final
class AskedService:
    """A running service whose tenants can be asked."""

    def __init__(self, running: Running, operator: str) -> None:
        """Take the service and an operator's token."""
        self._running, self._operator = running, operator

    @asynccontextmanager
    async def tenant(self, name: str) -> AsyncIterator[AskedTenant]:
        """Provision a tenant."""
        async with tenant(self._running, self._operator, name) as caller:
            yield AskedTenant(caller)
