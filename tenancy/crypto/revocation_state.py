"""What the entries of the revocation log come to: what is in force, and what later entries do not replace."""

import json
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, final

from tenancy.errors import ServiceError

WHOLE: Final = frozenset({"tenant.erased", "signing.rotated"})
"""The kinds of which every entry is kept; of the others, the newest about each subject."""
_ANCHORED: Final = "audit.anchored"
HEAD: Final = struct.Struct(">Q32s")
"""An anchored head of an audit trail: its number and its digest."""


class RevocationLogBroken(ServiceError):
    """The revocation log was edited or cut; the process must not trust its data."""

    code = "ledger_broken"


@dataclass(frozen=True, slots=True)
class Ending:
    """One entry: `kind` such as `tenant.erased`, `subject` an id, `tenant` whose it is, `at` in epoch seconds."""

    kind: str
    subject: str
    tenant: str
    at: float
    data: dict[str, str]

    @classmethod
    def parse(cls, line: bytes) -> "Ending":
        """Return the entry that `line` wrote."""
        return cls(*json.loads(line))

    def line(self) -> bytes:
        """Return the entry as one line of JSON, without its end."""
        fields = [self.kind, self.subject, self.tenant, self.at, self.data]
        return json.dumps(fields, separators=(",", ":")).encode()


@final
class RevocationState:
    """The entries that readers ask for, in memory."""

    def __init__(self, kept: Iterable[bytes] = ()) -> None:
        """Begin with the lines that a checkpoint has kept."""
        self._latest: defaultdict[str, dict[str, Ending]] = defaultdict(dict)
        self._whole: dict[str, list[Ending]] = {kind: [] for kind in WHOLE}
        self._tenants: set[str] = set()
        self.heads: defaultdict[str, bytearray] = defaultdict(bytearray)
        """The heads anchored since the checkpoint, of each trail, oldest first."""
        for line in kept:
            self._know(Ending.parse(line))

    def take(self, entry: Ending) -> None:
        """Follow one more entry of the log."""
        self._know(entry)
        if entry.kind == _ANCHORED:
            self.heads[entry.subject] += HEAD.pack(int(entry.data["seq"]), bytes.fromhex(entry.data["digest"]))

    def _know(self, entry: Ending) -> None:
        self._latest[entry.kind.partition(".")[0]][entry.subject] = entry
        self._tenants.add(entry.tenant)
        if entry.kind in WHOLE:
            self._whole[entry.kind].append(entry)

    def kept(self) -> Iterator[bytes]:
        """Yield the lines from which an equal state is made, without the anchored heads."""
        for entries in self._whole.values():
            yield from (entry.line() for entry in entries)
        for newest in self._latest.values():
            yield from (entry.line() for entry in newest.values() if entry.kind not in WHOLE)

    def __len__(self) -> int:
        """Return how many subjects there are."""
        return sum(map(len, self._latest.values()))

    def latest(self, noun: str, subject: str) -> Ending | None:
        """Return the newest entry about a subject."""
        newest = self._latest.get(noun)
        return None if newest is None else newest.get(subject)

    def newest(self, noun: str) -> list[Ending]:
        """Return the newest entry about each subject of a noun."""
        return list(self._latest.get(noun, {}).values())

    def entries(self, kind: str) -> list[Ending]:
        """Return every entry of a kind that is kept whole, oldest first; KeyError for another."""
        return list(self._whole[kind])

    def tenants(self) -> frozenset[str]:
        """Return every tenant that an entry is about."""
        return frozenset(self._tenants)
