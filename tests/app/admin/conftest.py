"""An operator's desk over the shared deployment."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.app.admin.driving import OperatorDesk, kept_house
from tests.app.http.deployment import Deployment


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def desk(deployment: Deployment) -> AsyncIterator[OperatorDesk]:
    """Yield the desk, with housekeeping running behind it."""
    async with kept_house(deployment) as opened:
        yield opened
