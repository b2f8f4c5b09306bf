"""Anchored heads of audit trails that newer ones have followed, kept on the disk for whoever checks a trail.

All of them are needed: of a trail that was cut and has grown on, the newest head says nothing. A checkpoint adds one
slice for each trail: a link to the trail's slice before, then the heads. The link to the newest slice stands in the
checkpoint, under its MAC, and each holds the digest of what it leads to; so an edited slice does not open.
"""

import hashlib
import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from tenancy.crypto.revocation_state import RevocationLogBroken

_LINK: Final = struct.Struct(">QQ32s")
_FIRST: Final = bytes(_LINK.size)


@dataclass(frozen=True, slots=True)
class Slice:
    """Where a slice stands in the file, in bytes, and its SHA-256 in hexadecimal."""

    offset: int
    size: int
    digest: str


@final
class AnchorArchive:
    """The file of archived heads in the key folder."""

    def __init__(self, path: Path) -> None:
        """Keep them in the file at `path`, made with the first of them."""
        self._path = path

    def require(self, size: int) -> None:
        """Raise RevocationLogBroken unless the file has the bytes that a checkpoint knows of."""
        if size and not (self._path.exists() and self._path.stat().st_size >= size):
            raise RevocationLogBroken("The archive of anchored heads has been cut. Put the newest key folder back.")

    def add(
        self, end: int, heads: Mapping[str, bytearray], before: Mapping[str, Slice]
    ) -> tuple[int, Mapping[str, Slice]]:
        """Write a slice for each trail behind the `end` that the checkpoint before knows, durably.

        Return the new end, and each trail's newest slice.
        """
        slices = dict(before)
        with os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            file.seek(file.truncate(end))  # a process may have died between its slices and its checkpoint
            for trail, added in heads.items():
                link = slices.get(trail)
                content = _FIRST if link is None else _LINK.pack(link.offset, link.size, bytes.fromhex(link.digest))
                content += added
                file.write(content)
                slices[trail] = Slice(end, len(content), hashlib.sha256(content).hexdigest())
                end += len(content)
            file.flush()
            os.fsync(file.fileno())
        return end, slices

    def read(self, newest: Slice | None) -> bytes:
        """Return the archived heads of the trail whose newest slice that is, oldest first."""
        return b"".join(reversed(list(self._slices(newest)))) if newest else b""

    def _slices(self, at: Slice | None) -> Iterator[bytes]:
        with self._path.open("rb", buffering=0) as file:
            while at is not None:
                content = os.pread(file.fileno(), at.size, at.offset)
                if hashlib.sha256(content).hexdigest() != at.digest:
                    raise RevocationLogBroken("The archive of anchored heads has been edited.")
                yield content[_LINK.size :]
                offset, size, digest = _LINK.unpack(content[: _LINK.size])
                at = Slice(offset, size, digest.hex()) if size else None
