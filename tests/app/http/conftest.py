"""One deployment for all tests of the HTTP planes, for loading the model and the parsers takes seconds."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest_asyncio

from app.resources import open_resources
from app.settings import Settings
from ingestion.parse import ParserPool
from tests.app.http.deployment import Deployment, Twin
from tests.standins.openai_server import openai_server

__all__ = ["deployment", "openai_server", "twins"]


@asynccontextmanager
async def opened() -> AsyncIterator[Deployment]:
    """Open a deployment in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder) / "data", accept_index_on_disk=True, egress_allow=("127.0.0.1",))
        async with open_resources(settings) as resources:
            parser = ParserPool(Path(folder) / "parsers", accept_missing_walls=True)
            await parser.start()
            try:
                yield Deployment(resources, parser)
            finally:
                await parser.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def deployment() -> AsyncIterator[Deployment]:
    """Yield an opened deployment in a temporary folder."""
    async with opened() as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def twins(deployment: Deployment) -> tuple[Twin, Twin]:
    """Return two tenants that differ in one word of their document, for tests that change nothing."""
    return await deployment.twin("amber-lantern-71"), await deployment.twin("cobalt-thistle-38")
