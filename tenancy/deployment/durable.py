"""Write small files so that a crash at any moment leaves the old content or the new one, never a part."""

import os
import secrets
from pathlib import Path


def write_new(path: Path, content: bytes) -> None:
    """Make a file of mode 0600; FileExistsError, and nothing changed, where there is one."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write(temporary, content, os.O_EXCL)
        os.link(temporary, path)  # unlike a rename, a link never replaces a file that is already there
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Put a file of mode 0600 in the place of another, which a reader sees whole or not at all."""
    temporary = path.with_suffix(".new")
    _write(temporary, content, os.O_TRUNC)
    temporary.replace(path)


def _write(path: Path, content: bytes, how: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a crash."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
