"""The encoders of a deployment by name, each loaded when a tenant first needs it.

Rules this module enforces:

* An encoder that nobody uses takes no memory and no time; the first who asks waits for it, and those who ask meanwhile
  wait for the same one.
* An encoder that is not installed, or does not load, is the failure of the tenants that were made with it alone.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self, final

import structlog

from tenancy.errors import Unavailable
from tenancy.models.embedder import Embedder
from tenancy.models.encoders.traits import EncoderBroken, Traits

_log = structlog.get_logger()
_UNKNOWN: Final = "Set BULKHEAD_EMBEDDER_DIR to the folder that holds the encoder."


class EncoderMissing(Unavailable):
    """The encoder that a tenant's vectors were made with cannot be used here."""

    code = "encoder_missing"
    title = "An encoder is missing"

    def __init__(self, name: str, advice: str) -> None:
        """Say which encoder it is, and what an operator does about it."""
        super().__init__("models", f"The encoder {name} cannot be used here. {advice}")


@dataclass(frozen=True, slots=True)
class Listing:
    """One encoder: `open` reads its weights, in a thread; `missing` says what to install where it cannot be opened."""

    traits: Traits
    open: Callable[[], Embedder]
    missing: str = ""


@final
class Encoders:
    """The encoders of one process."""

    def __init__(self, listings: Iterable[Listing], default: str) -> None:
        """Keep the `listings`, of which new tenants are made with `default`; load none."""
        self._listings: Mapping[str, Listing] = {listing.traits.name: listing for listing in listings}
        self._opened: dict[str, Embedder] = {}
        self._opening: dict[str, asyncio.Task[Embedder]] = {}
        self.default = default

    @classmethod
    def holding(cls, *embedders: Embedder) -> Self:
        """Return a catalogue of embedders that are open already; the first is the default."""
        made = cls([Listing(each.traits, _given(each)) for each in embedders], embedders[0].traits.name)
        made._opened.update({each.traits.name: each for each in embedders})
        return made

    @property
    def names(self) -> tuple[str, ...]:
        """The encoders that can be used here."""
        return tuple(name for name, listing in self._listings.items() if not listing.missing)

    def traits(self, name: str) -> Traits:
        """Return what is known of an encoder, installed or not. Raises EncoderMissing for an unknown one."""
        return self._listing(name).traits

    def advice(self, name: str) -> str:
        """Return what an operator does so that an encoder can be used here; "" where it can."""
        return self._listings[name].missing if name in self._listings else _UNKNOWN

    async def get(self, name: str) -> Embedder:
        """Return an encoder ready for use, loaded with the first call. Raises EncoderMissing."""
        ready = self._opened.get(name)
        if ready is not None:
            return ready
        listing = self._listing(name)
        if listing.missing:
            raise EncoderMissing(name, listing.missing)
        if name not in self._opening:
            self._opening[name] = asyncio.create_task(self._open(listing))
        # Whoever stops waiting does not stop it: others wait for the same one.
        return await asyncio.shield(self._opening[name])

    async def _open(self, listing: Listing) -> Embedder:
        name = listing.traits.name
        try:
            self._opened[name] = await asyncio.to_thread(listing.open)
        except EncoderBroken as error:
            _log.error("encoder.load_failed", encoder=name, reason=str(error))  # it names a path: not for a tenant
            raise EncoderMissing(name, "Its files are damaged: the operator's `bulkhead doctor` says which.") from error
        finally:
            del self._opening[name]
        return self._opened[name]

    def _listing(self, name: str) -> Listing:
        try:
            return self._listings[name]
        except KeyError:
            raise EncoderMissing(name, _UNKNOWN) from None


def _given(embedder: Embedder) -> Callable[[], Embedder]:
    return lambda: embedder
