"""How much of its questions and answers a tenant has logged, and for how long."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tenancy.stores.settings import TenantSettings

GROUP: Final = "logging"
"""The group of settings that holds it."""
SHORTEST_DAYS: Final = 1
LONGEST_DAYS: Final = 3650


class LogMode(StrEnum):
    """What an interaction log holds: nothing; who asked when and what it cost; also question, answer and quotes."""

    OFF = "off"
    METADATA = "metadata"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Logging:
    """A tenant's choice; a log is kept for `days` from the moment it was written."""

    mode: LogMode = LogMode.METADATA
    days: int = 30


_USUAL: Final = {"mode": str(Logging().mode), "days": str(Logging().days)}


async def logging_of(settings: TenantSettings) -> Logging:
    """Return what the tenant has chosen, or what holds for who has not."""
    kept = _USUAL | await settings.get(GROUP)
    return Logging(LogMode(kept["mode"]), int(kept["days"]))


async def change_logging(settings: TenantSettings, given: Mapping[str, str | None]) -> tuple[Logging, tuple[str, ...]]:
    """Set the fields of `given`, which are valid; None means what is usual.

    Returns what holds now, and the names of the fields that differ from before.
    """
    before = await logging_of(settings)
    wanted = {"mode": str(before.mode), "days": str(before.days)} | {
        field: _USUAL[field] if value is None else value for field, value in given.items()
    }
    after = Logging(LogMode(wanted["mode"]), int(wanted["days"]))
    fields = tuple(field for field in _USUAL if str(getattr(before, field)) != str(getattr(after, field)))
    if fields:
        await settings.put(GROUP, wanted)
    return after, fields
