"""The file that stands for all entries of the revocation log before it, under a MAC of its own."""

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

from tenancy.crypto.anchor_archive import Slice
from tenancy.crypto.revocation_state import RevocationLogBroken


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What stands for the first `entries` of the log.

    `last` is the MAC of the newest of them, which the first line of log number `number` follows. `kept` holds those
    that readers still ask for, one a line. `archived` bytes of the archive hold the anchored heads before, `slices`
    says where those of each trail are.
    """

    number: int = 0
    entries: int = 0
    last: bytes = b""
    archived: int = 0
    slices: Mapping[str, Slice] = field(default_factory=dict)
    kept: bytes = b""

    def content(self, key: bytes) -> bytes:
        """Return the file."""
        header = [self.number, self.entries, self.last.decode(), self.archived]
        slices = {trail: list(asdict(each).values()) for trail, each in self.slices.items()}
        lines = [json.dumps(each, separators=(",", ":")).encode() for each in (header, slices)]
        body = b"\n".join([*lines, self.kept])
        return _mac(key, body) + b" " + body

    @classmethod
    def parse(cls, content: bytes, key: bytes) -> "Checkpoint":
        """Return what a file holds; RevocationLogBroken for one that this `key` has not written."""
        mac, _, body = content.partition(b" ")
        if not hmac.compare_digest(mac, _mac(key, body)):
            raise RevocationLogBroken("The checkpoint of the revocation log has been edited.")
        header, slices, kept = body.split(b"\n", 2)
        number, entries, last, archived = json.loads(header)
        read = {trail: Slice(*each) for trail, each in json.loads(slices).items()}
        return cls(number, entries, last.encode(), archived, read, kept)


class Stamp(NamedTuple):
    """By what another file in the same place is told from this one."""

    inode: int
    changed: int
    size: int

    @classmethod
    def of(cls, stat: os.stat_result) -> "Stamp":
        """Return the stamp of a file that was looked at."""
        return cls(stat.st_ino, stat.st_mtime_ns, stat.st_size)


def _mac(key: bytes, body: bytes) -> bytes:
    # A line's MAC is over hexadecimal digits or a bracket first, so neither is ever taken for the other.
    return hmac.digest(key, b"checkpoint " + body, hashlib.sha256).hex().encode()
