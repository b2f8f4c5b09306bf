"""Originals as sealed streams in files, one folder for each tenant."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final, final

from tenancy.errors import NotFound, Unavailable
from tenancy.ids import BlobRef, TenantId, new_id, well_formed
from tenancy.keys.tenant_keys import TenantKeys
from tenancy.sealing import SealBroken
from tenancy.stream_sealing import HEADER, SEGMENT, TAG

_PART: Final = ".part"


@final
class BlobFolder:
    """The blob store of the embedded mode."""

    def __init__(self, folder: Path) -> None:
        """Keep each tenant's blobs in a folder of its own below `folder`."""
        self._folder = folder

    def _of(self, tenant: TenantId) -> Path:
        if not well_formed(tenant, "ten"):
            raise NotFound
        return self._folder / tenant

    def path(self, tenant: TenantId, blob: BlobRef) -> Path:
        """Return where a blob rests; its name is ours, never the tenant's."""
        if not well_formed(blob, "blb"):
            raise NotFound
        return self._of(tenant) / blob

    def create(self, tenant: TenantId) -> None:
        """Make the tenant's folder."""
        self._of(tenant).mkdir(mode=0o700, parents=True)

    def tenants(self) -> dict[str, float]:
        """Return whose folders there are and when each changed last, in epoch seconds."""
        folders = self._folder.iterdir() if self._folder.exists() else ()
        return {path.name: path.stat().st_mtime for path in folders}

    def changed_at(self, tenant: TenantId) -> float:
        """Return when a file of the tenant last came or went, in epoch seconds; 0 where there is no folder."""
        folder = self._of(tenant)
        return folder.stat().st_mtime if folder.exists() else 0.0

    def list(self, tenant: TenantId) -> list[Path]:
        """Return every file of the tenant, unfinished ones included."""
        folder = self._of(tenant)
        return sorted(folder.iterdir()) if folder.exists() else []

    def destroy(self, tenant: TenantId) -> int:
        """Remove all the tenant's blobs; return how many there were."""
        count = len(self.list(tenant))
        shutil.rmtree(self._of(tenant), ignore_errors=not self._of(tenant).exists())
        return count


@final
class BlobWriter:
    """One sealed blob being written; nothing is visible under its name until `commit`."""

    def __init__(self, keys: TenantKeys, folder: BlobFolder) -> None:
        """Begin a blob with a new name."""
        self.blob = BlobRef(new_id("blb"))
        self.size = 0
        self._path = folder.path(keys.tenant, self.blob)
        self._sealer = keys.stream_sealer(self.blob)
        self._buffer = bytearray()
        self._file: BinaryIO | None = None

    async def write(self, data: bytes) -> None:
        """Take the next bytes; whole segments are sealed and written in a thread."""
        self._buffer += data
        self.size += len(data)
        if len(self._buffer) > SEGMENT:
            await asyncio.to_thread(self._drain)

    def _drain(self) -> None:
        try:
            if self._file is None:
                part = self._path.with_suffix(_PART)
                self._file = os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
                self._file.write(self._sealer.header)
            while len(self._buffer) > SEGMENT:  # one byte at least stays behind: the last segment is marked as such
                self._file.write(self._sealer.seal(bytes(self._buffer[:SEGMENT]), last=False))
                del self._buffer[:SEGMENT]
        except OSError as error:
            raise Unavailable("blobs", f"The file could not be stored: {error.strerror}.") from error

    async def commit(self) -> BlobRef:
        """Seal the rest, sync, and give the blob its name."""
        await asyncio.to_thread(self._finish)
        return self.blob

    def _finish(self) -> None:
        self._drain()
        if self._file is None:  # `_drain` has opened it or raised
            raise Unavailable("blobs", "The file could not be stored.")
        try:
            self._file.write(self._sealer.seal(bytes(self._buffer), last=True))
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._path.with_suffix(_PART).rename(self._path)
        except OSError as error:
            raise Unavailable("blobs", f"The file could not be stored: {error.strerror}.") from error

    def abort(self) -> None:
        """Remove what was written; safe to call after a commit that did not happen."""
        if self._file is not None:
            with suppress(OSError):  # a full disk refuses what is still buffered, which nobody wants any more
                self._file.close()
        self._path.with_suffix(_PART).unlink(missing_ok=True)


async def read_blob(keys: TenantKeys, folder: BlobFolder, blob: BlobRef) -> AsyncIterator[bytes]:
    """Yield a blob's plaintext in order; SealBroken before any byte of a damaged segment."""
    path = folder.path(keys.tenant, blob)
    try:
        file = await asyncio.to_thread(path.open, "rb")
    except FileNotFoundError:
        raise SealBroken("A stored file is missing.") from None
    with file:
        opener = keys.stream_opener(blob, await asyncio.to_thread(file.read, HEADER))
        segment = await asyncio.to_thread(file.read, SEGMENT + TAG)
        while True:
            following = await asyncio.to_thread(file.read, SEGMENT + TAG)
            yield await asyncio.to_thread(opener.open, segment, last=not following)
            if not following:
                return
            segment = following


async def delete_blob(keys: TenantKeys, folder: BlobFolder, blob: BlobRef) -> None:
    """Remove one blob; nothing to do if it is gone."""
    await asyncio.to_thread(folder.path(keys.tenant, blob).unlink, missing_ok=True)


@final
class TenantBlobs:
    """The originals of one tenant."""

    def __init__(self, keys: TenantKeys, folder: BlobFolder) -> None:
        """Bind to the tenant whose keys these are."""
        self._keys = keys
        self._folder = folder

    def create(self) -> BlobWriter:
        """Begin a sealed blob."""
        return BlobWriter(self._keys, self._folder)

    def read(self, blob: BlobRef) -> AsyncIterator[bytes]:
        """Yield a blob's plaintext."""
        return read_blob(self._keys, self._folder, blob)

    async def delete(self, blobs: Sequence[BlobRef]) -> None:
        """Remove blobs."""
        for blob in blobs:
            await delete_blob(self._keys, self._folder, blob)
