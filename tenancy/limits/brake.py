"""A brake on one tenant: for an hour it may ask and spend no faster than it is used to, because of an alert.

Rules this module enforces:

* A brake is one more ceiling over requests and tokens a minute, and never a refusal of everything.
* It is sealed among the tenant's settings, which all processes share. Each reads it again after two seconds at most,
  and with the next request where it changed it itself; where it cannot be read, the request is refused.
"""

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

from tenancy.anomalies.hours import Hour, Signal
from tenancy.ids import TenantId
from tenancy.stores.settings import TenantSettings

if TYPE_CHECKING:
    from tenancy.compartment import Compartment

GROUP: Final = "brake"
"""The group of settings that holds it."""
BRAKE_SECONDS: Final = 3600.0
FLOORS: Final[Mapping[str, int]] = {"requests_per_minute": 60, "tokens_per_minute": 20_000}
"""What is left a minute to whoever is slowed down."""
_SIGNALS: Final = {"requests_per_minute": Signal.REQUESTS, "tokens_per_minute": Signal.TOKENS}
_SHARE: Final = 2.0  # times what a minute of the tenant's busy hours held
_BUSY: Final = 0.95
_AGAIN_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Brake:
    """Ceilings by the names of limits, until a moment in epoch seconds, because of the alert of that id."""

    ceilings: Mapping[str, int]
    until: float
    alert: str

    def over(self, limits: Mapping[str, int | float]) -> dict[str, int | float]:
        """Return limits with the brake on: none is higher than it was."""
        return {**limits, **{name: min(most, limits.get(name, most)) for name, most in self.ceilings.items()}}


def ceilings(past: Sequence[Hour]) -> dict[str, int]:
    """Return what a brake leaves: twice a minute of the tenant's busy hours, and FLOORS at least.

    A busy hour is one that holds more than 95 of 100 of the tenant's active hours do.
    """
    found = {}
    for name, signal in _SIGNALS.items():
        held = sorted(each.counts.get(signal, 0) for each in past)
        busy = held[min(len(held) - 1, int(len(held) * _BUSY))] if held else 0
        found[name] = max(FLOORS[name], math.ceil(_SHARE * busy / 60))
    return found


async def brake_in(settings: TenantSettings, now: float) -> Brake | None:
    """Return the brake that is on at a moment."""
    kept = await settings.get(GROUP)
    if not kept or float(kept["until"]) <= now:
        return None
    return Brake(json.loads(kept["ceilings"]), float(kept["until"]), kept["alert"])


async def pull(settings: TenantSettings, brake: Brake) -> None:
    """Put the brake on, in an open write transaction."""
    kept = {"ceilings": json.dumps(brake.ceilings), "until": repr(brake.until), "alert": brake.alert}
    await settings.put(GROUP, kept)


async def release(settings: TenantSettings, now: float) -> bool:
    """Take the brake off, in an open write transaction; tell whether it was on."""
    if await brake_in(settings, now) is None:
        return False
    await settings.put(GROUP, {})
    return True


@final
class Brakes:
    """What a process knows of brakes, for a moment."""

    def __init__(self, again: float = _AGAIN_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        """Read a tenant's brake anew after `again` seconds."""
        self._again = again
        self._clock = clock
        self._read: dict[TenantId, tuple[float, Brake | None]] = {}
        self._swept = 0

    async def of(self, compartment: "Compartment", tenant: TenantId) -> Brake | None:
        """Return the brake on the compartment's tenant; what cannot be read is raised."""
        known = self._read.get(tenant)
        if known is None or self._clock() - known[0] >= self._again:
            self._sweep()
            asked = self._clock()
            async with compartment.snapshot() as records:
                known = asked, await brake_in(records.settings, time.time())
            self._read[tenant] = known
        brake = known[1]
        return brake if brake is not None and brake.until > time.time() else None

    def forget(self, tenant: TenantId) -> None:
        """Read a tenant's brake anew with its next request: it was changed."""
        self._read.pop(tenant, None)

    def _sweep(self) -> None:
        """Drop what is out of date, whenever it could be the half of all."""
        if len(self._read) > 2 * self._swept:
            now = self._clock()
            self._read = {each: read for each, read in self._read.items() if now - read[0] < self._again}
            self._swept = len(self._read)
