"""Wrapping keys in a local folder, one file each, outside everything a backup of the data contains.

Rules this module enforces:

* The folder has mode 0700 and each file 0600 or stricter; anything looser refuses to start.
* A wrapping key never leaves this module: callers hand in what is to be wrapped or unwrapped.
* A key file that is not there means *denied*, for good; a file that cannot be read means *unreachable*, for now.
* A holder's wrapping keys stand in one file, the newest last. The newest wraps; the earlier ones unwrap what a backup
  from their time holds, and go with the newest.
* A provider that is confined to one tenant opens and makes no other holder's key.
"""

import fcntl
import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from tenancy.deployment.durable import sync_folder, write_new
from tenancy.errors import ServiceError, Unavailable
from tenancy.ids import TenantId
from tenancy.sealing import KEY_BYTES, Place, PurposeKey, seal, sealed_version, unseal

_HOLDER: Final = re.compile(r"[a-z]+/[a-z0-9_]+")


class KeyDenied(ServiceError):
    """The provider will not open this key: it is destroyed or withheld. What it sealed stays closed."""

    status = 503
    code = "key_denied"
    title = "The tenant's key is not available"


class KeyUnreachable(Unavailable):
    """The provider cannot be asked just now; an open lease may be used until it ends."""

    code = "key_unreachable"


class InsecureKeys(ServiceError):
    """The key folder could be read by others; the process must not start."""

    code = "insecure_key_folder"


class LocalKeys:
    """The key provider of the embedded mode. A holder is `tenants/<id>` or `retention/<id>`."""

    def __init__(self, folder: Path, *, only: TenantId | None = None) -> None:
        """Create `folder` if it is not there; refuse one that others can read. With `only`, open one tenant's keys."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if stat.S_IMODE(folder.stat().st_mode) & 0o077:
            raise InsecureKeys(f"{folder} can be read by others. Run: chmod 700 {folder}")
        self.folder = folder
        self._only = only

    def _path(self, holder: str) -> Path:
        if not _HOLDER.fullmatch(holder):
            raise KeyDenied("There is no such key.")
        kind, _, of = holder.partition("/")
        if self._only is not None and kind != "deployment" and of != self._only:
            raise KeyDenied("This process serves one tenant and opens no other's keys.")
        return self.folder / f"{holder}.key"

    def create(self, holder: str) -> None:
        """Make a new wrapping key for `holder`; an existing one is an error, never overwritten."""
        self._make(self._path(holder))

    def wrap(self, holder: str, label: str, key: bytes) -> bytes:
        """Wrap `key` under the holder's wrapping key, bound to `label`."""
        return seal(self._wrapping(holder, None), Place(holder, "keys", label, "key"), key)

    def unwrap(self, holder: str, label: str, wrapped: bytes) -> bytes:
        """Return what `wrap` took. Raise KeyDenied, KeyUnreachable or SealBroken."""
        return unseal(self._wrapping(holder, wrapped), Place(holder, "keys", label, "key"), wrapped)

    def renew(self, holder: str, version: int) -> None:
        """Give the holder wrapping keys up to that version, unless it has them; KeyDenied where it has none."""
        path = self._path(holder)
        self._read(path)
        with path.open("r+b") as file:  # in place: a file that is destroyed at this moment is never made anew
            fcntl.flock(file, fcntl.LOCK_EX)
            have = file.seek(0, os.SEEK_END) // KEY_BYTES
            file.seek(file.truncate(have * KEY_BYTES))  # a part of a key is of a process that died while writing it
            file.write(secrets.token_bytes(KEY_BYTES * max(0, version - have)))
            file.flush()
            os.fsync(file.fileno())

    def exists(self, holder: str) -> bool:
        """Tell whether the holder still has a wrapping key."""
        return self._path(holder).exists()

    def destroy(self, holder: str) -> bool:
        """Overwrite and remove the wrapping key for good; False when it was gone already."""
        path = self._path(holder)
        try:
            with path.open("r+b") as file:
                file.write(secrets.token_bytes(path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        except FileNotFoundError:
            return False
        sync_folder(path.parent)
        return True

    def secret(self, name: str, *, create: bool = True) -> bytes:
        """Return a 32-byte secret of the deployment itself, made at its first use; KeyDenied where it must be there."""
        path = self._path(f"deployment/{name}")
        if create and not path.exists():
            with suppress(FileExistsError):  # another process made it first; its value is the one to read
                self._make(path)
        return self._read(path, most=KEY_BYTES)

    def _wrapping(self, holder: str, wrapped: bytes | None) -> PurposeKey:
        keys = self._read(self._path(holder))
        number = len(keys) // KEY_BYTES if wrapped is None else sealed_version(wrapped)
        return PurposeKey(keys[(number - 1) * KEY_BYTES : number * KEY_BYTES], number)

    def _read(self, path: Path, most: int = 1 << 20) -> bytes:
        try:
            if path.stat().st_mode & 0o077:
                raise InsecureKeys(f"{path} can be read by others. Run: chmod 600 {path}")
            key = path.read_bytes()
        except FileNotFoundError:
            raise KeyDenied("This key has been destroyed.") from None
        except OSError as error:
            raise KeyUnreachable("keys", f"The key folder cannot be read: {error.strerror}.") from error
        if not KEY_BYTES <= len(key) <= most:
            raise InsecureKeys(f"{path} is not a key of {KEY_BYTES} bytes. Put the right file back.")
        return key

    def _make(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_new(path, secrets.token_bytes(KEY_BYTES))
