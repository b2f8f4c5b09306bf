"""Show an operator how far a rotation of a tenant's keys has come."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from app.calling.progress import bar
from app.cli.outcome import fail
from tenancy.foundation import Foundation
from tenancy.rotation.steps import Rotation, find_rotation

_LOOK_SECONDS: Final = 0.5
_TITLES: Final = {
    "begun": "waiting for the service",
    "announced": "waiting until every process knows the new key",
    "activated": "waiting until nobody seals under the old key",
    "resealing": "sealing anew",
}


def written(seconds: float) -> str:
    """Return a time, in epoch seconds, as a person reads it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def shown(rotation: Rotation | None) -> Mapping[str, object] | None:
    """Return a rotation as commands print it."""
    if rotation is None:
        return None
    times = {name: getattr(rotation, name) for name in ("begun_at", "finished_at", "next_step_at")}
    told = {name: None if at is None else written(at) for name, at in times.items()}
    counts = {"total": rotation.total, "remaining": rotation.remaining}
    return {"version": rotation.version, "state": rotation.state, **told, **counts}


async def follow(foundation: Foundation, tenant: str) -> None:
    """Return when the rotation is done, with a bar for each of its stages; it is the service that works."""
    found = await _found(foundation, tenant)
    while found.state != "done":
        found = await _stage(foundation, tenant, found)


async def _stage(foundation: Foundation, tenant: str, found: Rotation) -> Rotation:
    state, total, reached = found.state, _length(found), 0
    with bar(_TITLES[state], total) as moving:
        while found.state == state:
            await asyncio.sleep(_LOOK_SECONDS)
            found = await _found(foundation, tenant)
            now = max(reached, total - _left(found)) if found.state == state else total
            moving.step(now - reached)
            reached = now
    return found


async def _found(foundation: Foundation, tenant: str) -> Rotation:
    found = await find_rotation(foundation, tenant)
    if found is None:
        fail("The tenant has ended meanwhile, and its keys with it.")
    return found


def _length(found: Rotation) -> int:
    return max(1, found.total if found.state == "resealing" else _left(found))


def _left(found: Rotation) -> int:
    """Return what is left of a stage: values to be sealed anew, or seconds to wait."""
    if found.next_step_at is not None:
        return max(0, round(found.next_step_at - time.time()))
    return found.remaining if found.state == "resealing" else 1
