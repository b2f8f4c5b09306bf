"""Which documents were deleted, kept beside the keys so that a restored backup deletes them again.

Rules this module enforces:

* One file a tenant, one record of 48 bytes a deletion: when, the number of the change, a MAC of the document's id that
  only the tenant's key can make. Erasing the tenant removes the file; what a copy of it says is noise by then.
* Written and synced before anybody is told that a document is gone.
* What is older than any backup should be is dropped, so the file grows with the rate of deletions, not for ever.
"""

import fcntl
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, final

from tenancy.deployment.durable import replace
from tenancy.errors import Unavailable
from tenancy.ids import TenantId

KEPT_SECONDS: Final = 400 * 24 * 3600.0
"""A document that was deleted longer ago comes back with a backup that is older still."""
_RECORD: Final = struct.Struct(">dQ32s")
_PRUNED_FROM: Final = 4096  # records: shorter files are not worth rewriting


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable("keys", f"The record of deletions cannot be reached: {error.strerror}.") from error


@final
class Deletions:
    """The folder of these files, in the key folder. Every method blocks, all but `newest` as long as a disk does."""

    def __init__(self, folder: Path) -> None:
        """Keep them in `folder`, made with the first one."""
        self._folder = folder
        self._known: dict[TenantId, tuple[tuple[int, int], int]] = {}

    def _path(self, tenant: TenantId) -> Path:
        return self._folder / tenant

    def note(self, tenant: TenantId, document: bytes, change: int) -> None:
        """Record durably that a document, by its 32-byte MAC, is deleted by the tenant's change of this number.

        The changes of one tenant come here in their order, because its transactions write one at a time.
        """
        with _reached(), self._locked(tenant) as file:
            record = _RECORD.pack(time.time(), change, document)
            kept = self._still_kept(file)
            if kept is not None:
                replace(self._path(tenant), kept + record)
                return
            # A part of a record is of a process that died while writing: nobody was told of it.
            file.truncate(file.seek(0, os.SEEK_END) // _RECORD.size * _RECORD.size)
            file.seek(0, os.SEEK_END)
            file.write(record)
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def _locked(self, tenant: TenantId) -> Iterator[BinaryIO]:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        path = self._path(tenant)
        while True:
            with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if path.exists() and path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                    yield file
                    return  # else another process has replaced the file meanwhile

    def _still_kept(self, file: BinaryIO) -> bytes | None:
        """Return what is young enough of a long file half of which is not, None for any other."""
        records, before = file.seek(0, os.SEEK_END) // _RECORD.size, time.time() - KEPT_SECONDS
        if records < _PRUNED_FROM:
            return None
        file.seek(records // 2 * _RECORD.size)
        if _RECORD.unpack(file.read(_RECORD.size))[0] >= before:
            return None
        file.seek(0)
        found = _RECORD.iter_unpack(file.read(records * _RECORD.size))
        return b"".join(_RECORD.pack(*record) for record in found if record[0] >= before)

    def newest(self, tenant: TenantId) -> int:
        """Return the number of the newest change that deleted a document, 0 for none; as cheap as a file's status."""
        path = self._path(tenant)
        with _reached():
            try:
                found = path.stat()
            except FileNotFoundError:
                return 0
            mark, known = (found.st_ino, found.st_size), self._known.get(tenant)
            if known is None or known[0] != mark:
                known = self._known[tenant] = (mark, _last(path))
        return known[1]

    def of(self, tenant: TenantId) -> frozenset[bytes]:
        """Return the MACs of the documents that were deleted."""
        with _reached():
            return frozenset(document for _, _, document in self._read(tenant))

    def _read(self, tenant: TenantId) -> Iterator[tuple[float, int, bytes]]:
        content = self._path(tenant).read_bytes()
        yield from _RECORD.iter_unpack(content[: len(content) // _RECORD.size * _RECORD.size])

    def tenants(self) -> dict[str, float]:
        """Return whose files there are and when each was written last, in epoch seconds."""
        with _reached():
            files = list(self._folder.iterdir()) if self._folder.exists() else []
            return {path.name: path.stat().st_mtime for path in files if path.suffix == ""}

    def destroy(self, tenant: TenantId) -> None:
        """Remove a tenant's file."""
        self._known.pop(tenant, None)
        with _reached(), suppress(FileNotFoundError):
            self._path(tenant).unlink()


def _last(path: Path) -> int:
    with path.open("rb") as file:
        whole = file.seek(0, os.SEEK_END) // _RECORD.size
        if whole == 0:
            return 0
        file.seek((whole - 1) * _RECORD.size)
        return int(_RECORD.unpack(file.read(_RECORD.size))[1])
