"""Stages over tiny services on loopback."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI

from evals.families.registry import Family
from evals.launch.sink import running_sink
from evals.leakage import attack
from evals.stage.raising import Wish, raised
from evals.stage.stage import Stage
from evals.target.wire import Wire
from evals.verdicts.gate import Run
from tests.evals.service import serving, tiny_service, tiny_target

Attacked = Callable[..., Awaitable[Run]]


@pytest.fixture
def attacked() -> Attacked:
    """Attack a tiny service with the leaks that are named."""

    async def run(*leaks: str, families: tuple[Family, ...], trials: int = 30, **said: object) -> Run:
        async with serving(tiny_service(*leaks)) as url:
            with running_sink() as sink:
                return await attack(tiny_target(url, **said), families, Wish("seed", "run", trials), sink)

    return run


@asynccontextmanager
async def staged(app: FastAPI | None = None, **said: object) -> AsyncIterator[Stage]:
    """Raise a stage over a tiny service."""
    async with serving(app or tiny_service()) as url, Wire(tiny_target(url, **said)) as wire:
        left: list[str] = []
        with running_sink() as sink:
            async with raised(tiny_target(url, **said), wire, Wish("seed", "run", 30), sink, None, left) as stage:
                yield stage
        assert left == []


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A stage over a sound tiny service."""
    async with staged() as made:
        yield made
