"""Read an export the way its recipient does: decrypt, unpack, compare every file with the manifest."""

import hashlib
import io
import json
import tarfile
from collections.abc import AsyncIterator
from typing import Any

import pyrage
from pyrage import x25519

from tenancy.exports.archive import MANIFEST


async def whole(parts: AsyncIterator[bytes]) -> bytes:
    return b"".join([part async for part in parts])


async def until_broken_off(parts: AsyncIterator[bytes], *expected: type[Exception]) -> bytes:
    """Return what comes before one of the `expected` errors; it has to come."""
    sent = b""
    try:
        async for part in parts:
            sent += part
    except expected:
        return sent
    raise AssertionError("it came to its end")


def unpacked(export: bytes, identity: x25519.Identity) -> dict[str, bytes]:
    """Return the files by path; the manifest is the last one and describes all the others exactly."""
    plain = pyrage.decrypt(export, [identity])
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        for member in archive:
            found = archive.extractfile(member)
            assert found is not None
            assert member.name not in files
            files[member.name] = found.read()
    assert list(files)[-1] == MANIFEST
    described = {each["path"]: (each["size"], each["sha256"]) for each in manifest(files)["entries"]}
    assert described == {
        path: (len(content), hashlib.sha256(content).hexdigest()) for path, content in files.items() if path != MANIFEST
    }
    return files


def manifest(files: dict[str, bytes]) -> dict[str, Any]:
    return dict(json.loads(files[MANIFEST]))


def lines(files: dict[str, bytes], start: str) -> list[dict[str, object]]:
    """Return the objects in the files whose paths begin with `start`."""
    return [json.loads(line) for path in files if path.startswith(start) for line in files[path].splitlines()]
