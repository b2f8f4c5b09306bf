"""Show an operator how far the change of a tenant's embedder has come."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from app.calling.progress import bar
from tenancy.embedder_change.model import EmbedderChange
from tenancy.embedder_change.service import find_change
from tenancy.foundation import Foundation

_LOOK_SECONDS: Final = 0.5


async def shown(foundation: Foundation, tenant: str) -> Mapping[str, object]:
    """Return a tenant's embedder, and a change of it, as commands print them; None for both of an ended tenant."""
    embedder, change = await find_change(foundation, tenant) or (None, None)
    return {"embedder": embedder, "embedder_change": None if change is None else asdict(change)}


async def follow(foundation: Foundation, tenant: str) -> None:
    """Return when no change is under way, with a bar of its chunks; it is the service that works."""
    change = await _under_way(foundation, tenant)
    if change is None:
        return
    reached = 0
    with bar(f"embedding with {change.to}", change.total) as moving:
        while change is not None:
            now = max(reached, change.total - change.remaining)
            moving.step(now - reached)
            reached = now
            await asyncio.sleep(_LOOK_SECONDS)
            change = await _under_way(foundation, tenant)


async def _under_way(foundation: Foundation, tenant: str) -> EmbedderChange | None:
    found = await find_change(foundation, tenant)
    return None if found is None else found[1]
