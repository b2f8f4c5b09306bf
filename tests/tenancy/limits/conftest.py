"""The counters of both kinds, and a Redis that can be stopped."""

import secrets
from collections.abc import AsyncIterator

import pytest

from tenancy.limits.counters import Counters, in_memory
from tenancy.limits.redis_counters import on_redis
from tests.tenancy.queue.conftest import Server, server

__all__ = ["server"]


@pytest.fixture(params=["memory", "redis"])
async def counters(request: pytest.FixtureRequest) -> AsyncIterator[Counters]:
    """Give fresh counters of one kind."""
    if request.param == "memory":
        yield in_memory()
        return
    running: Server = request.getfixturevalue("server")
    async with on_redis(running.url, secrets.token_bytes(32)) as made:
        yield made
