"""Write entries as one tar archive (POSIX.1-2001) without a file in between, a manifest of their hashes at its end."""

import hashlib
import json
import tarfile
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final, final

from tenancy.sealing import SealBroken

MANIFEST: Final = "MANIFEST.json"
FORMAT: Final = "bulkhead-export-1"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive: exactly `size` bytes of `content`."""

    path: str
    size: int
    content: AsyncIterator[bytes]


def whole(path: str, content: bytes) -> Entry:
    """Return an entry whose content is in memory."""

    async def parts() -> AsyncIterator[bytes]:
        yield content

    return Entry(path, len(content), parts())


@final
class Archive:
    """One archive that is being written; `digest` is its manifest's SHA-256 once it has been."""

    def __init__(self, about: Mapping[str, object], made_at: float) -> None:
        """State in the manifest what the archive is `about`; `made_at` is in epoch seconds."""
        self.digest = ""
        self._about = about
        self._made_at = made_at
        self._listed: list[dict[str, object]] = []

    async def write(self, entries: AsyncIterator[Entry]) -> AsyncGenerator[bytes, None]:
        """Yield the archive; an entry that is not as long as it was said to be raises SealBroken."""
        async for entry in entries:
            yield self._header(entry.path, entry.size)
            digest, count = hashlib.sha256(), 0
            async for part in entry.content:
                digest.update(part)
                count += len(part)
                yield part
            if count != entry.size:
                raise SealBroken("A stored file is not as long as it was when it was taken in.")
            yield _padding(count)
            self._listed.append({"path": entry.path, "size": count, "sha256": digest.hexdigest()})
        manifest = json.dumps({"format": FORMAT, **self._about, "entries": self._listed}, indent=1).encode()
        self.digest = hashlib.sha256(manifest).hexdigest()
        yield self._header(MANIFEST, len(manifest)) + manifest + _padding(len(manifest)) + bytes(2 * tarfile.BLOCKSIZE)

    def _header(self, path: str, size: int) -> bytes:
        member = tarfile.TarInfo(path)
        member.size, member.mode, member.mtime = size, 0o600, int(self._made_at)
        return member.tobuf(tarfile.PAX_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)
