"""What of the tenants' secrets and ids an answer shows, and to whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, final

from evals.canaries.derive import Canary
from evals.canaries.matching import Detector, Match
from evals.stage.tenant import StagedTenant

_SHORTEST_ID: Final = 8
_RECORDS_KEPT: Final = 50_000


@dataclass(frozen=True, slots=True)
class SeenId:
    """An id that an answer shows: whose, of what kind."""

    tenant: str
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """What an answer shows, sorted by what it means for whoever got it."""

    foreign: tuple[Match, ...]
    """Secrets of other tenants: leaks."""
    own: tuple[Match, ...]
    """Secrets of the caller: what a positive control wants to see."""
    unplanted: tuple[Match, ...]
    """Secrets that nobody holds: the detector is wrong."""
    foreign_ids: tuple[SeenId, ...]
    """Ids of other tenants that the caller did not send itself: leaks."""

    @property
    def leaks(self) -> bool:
        """Whether it shows anything of another tenant."""
        return bool(self.foreign or self.foreign_ids)


@final
class Lookout:
    """Knows whose every secret and id is."""

    def __init__(self) -> None:
        """Know of nobody yet."""
        self._owners: dict[str, str] = {}
        self._canaries: dict[str, Canary] = {}
        self._tenants: list[StagedTenant] = []
        self._detector: Detector | None = None
        self._records: dict[bytes, tuple[Match, ...]] = {}

    def watch(self, tenant: StagedTenant) -> None:
        """Know a tenant, and from now on every secret and id that it will have."""
        if tenant not in self._tenants:
            self._tenants.append(tenant)

    def know(self, canaries: Iterable[Canary], owner: str) -> None:
        """Know secrets; an empty owner means that nobody holds them."""
        for one in canaries:
            self._canaries[one.id] = one
            self._owners[one.id] = owner
        self._detector = None
        self._records.clear()

    @property
    def detector(self) -> Detector:
        """A detector of all secrets known, the unplanted ones too."""
        if self._detector is None:
            self._detector = Detector(self._canaries.values())
        return self._detector

    @property
    def planted(self) -> tuple[Canary, ...]:
        """Every secret known that a tenant holds, or held before it was deleted."""
        return tuple(one for one in self._canaries.values() if self._owners[one.id])

    @property
    def unplanted(self) -> tuple[Canary, ...]:
        """Every secret known that nobody holds."""
        return tuple(one for one in self._canaries.values() if not self._owners[one.id])

    def owner(self, canary: Canary) -> str:
        """Return the name of the tenant that holds a secret; empty if nobody does."""
        return self._owners.get(canary.id, "")

    def look(self, parts: Sequence[bytes], caller: str, said: Iterable[str] = ()) -> Sighting:
        """Return what an answer, in parts, shows to a caller, leaving out what it only echoes of what was said."""
        told = list(said)
        echoed = {match.canary.id for text in told for match in self.detector.find(text)}
        first, *records = parts
        found = [*self.detector.find(first), *(match for one in records for match in self._recorded(one))]
        matches = [match for match in found if match.canary.id not in echoed]
        owned = [(self.owner(match.canary), match) for match in matches]
        return Sighting(
            foreign=tuple(match for owner, match in owned if owner not in {"", caller}),
            own=tuple(match for owner, match in owned if owner == caller),
            unplanted=tuple(match for owner, match in owned if not owner),
            foreign_ids=tuple(self._ids(b"\n".join(parts), caller, told)),
        )

    def _recorded(self, record: bytes) -> tuple[Match, ...]:
        """Look at a record; the same ones stand in every answer that tells all there was."""
        if record not in self._records:
            if len(self._records) >= _RECORDS_KEPT:
                self._records.clear()
            self._records[record] = tuple(self.detector.find(record))
        return self._records[record]

    def _ids(self, raw: bytes, caller: str, told: list[str]) -> Iterable[SeenId]:
        others = [tenant for tenant in self._tenants if tenant.name != caller]
        mine = frozenset[str]().union(*(one.rightful(others) for one in self._tenants if one not in others))
        for tenant in others:
            for kind, ids in tenant.ids.items():
                for one in ids:
                    looked_for = len(one) >= _SHORTEST_ID and one not in mine and not any(one in text for text in told)
                    if looked_for and one.encode() in raw:
                        yield SeenId(tenant.name, kind, one)
