"""Write a sealed file again under the newest key, beside the one that is read until then."""

import os
import secrets
from pathlib import Path
from typing import BinaryIO

from tenancy.ids import BlobRef
from tenancy.keys.tenant_keys import Family, TenantKeys
from tenancy.sealing import SealBroken
from tenancy.stream_sealing import HEADER, SEGMENT, TAG, stream_version


def rewritten(keys: TenantKeys, path: Path, blob: BlobRef) -> Path | None:
    """Return a file to be put in the place of `path`; None when it is gone, is current, or does not open.

    It blocks for as long as the file is long, and holds two segments in memory.
    """
    try:
        with path.open("rb") as source:
            header = source.read(HEADER)
            if stream_version(header) == keys.sealing(Family.DATA):
                return None
            return _copied(keys, source, header, path, blob)
    except (FileNotFoundError, SealBroken):
        return None


def _copied(keys: TenantKeys, source: BinaryIO, header: bytes, path: Path, blob: BlobRef) -> Path:
    opener, sealer = keys.stream_opener(blob, header), keys.stream_sealer(blob)
    # A name of its own: two processes may be at it, and what a killed one leaves is removed like an upload broken off.
    fresh, whole = path.with_name(f"{path.name}.{secrets.token_hex(6)}.part"), False
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            target.write(sealer.header)
            segment = source.read(SEGMENT + TAG)
            while segment:
                following = source.read(SEGMENT + TAG)
                target.write(sealer.seal(opener.open(segment, last=not following), last=not following))
                segment = following
            target.flush()
            os.fsync(target.fileno())
        whole = True
    finally:
        if not whole:
            fresh.unlink(missing_ok=True)
    return fresh
