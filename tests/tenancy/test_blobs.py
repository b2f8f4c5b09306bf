"""Originals rest as sealed files, open whole or not at all, and take one segment of memory whatever their size."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from tenancy.errors import NotFound
from tenancy.ids import BlobRef, TenantId, new_id
from tenancy.keys.tenant_keys import Family, TenantKeys
from tenancy.sealing import SealBroken
from tenancy.stores.blobs import BlobFolder, TenantBlobs
from tenancy.stream_sealing import HEADER, SEGMENT, TAG

_SEALED = SEGMENT + TAG


def _keys(tenant: TenantId, root: int = 1) -> TenantKeys:
    roots = {(family, 1): bytes([root]) * 32 for family in Family}
    return TenantKeys(tenant, roots, dict.fromkeys(Family, 1))


class Shelf:
    """One tenant's blobs in a folder, and their bytes for whoever has the disk in hand."""

    def __init__(self, folder: Path) -> None:
        self.tenant = TenantId(new_id("ten"))
        self.folder = BlobFolder(folder)
        self.folder.create(self.tenant)
        self.blobs = TenantBlobs(_keys(self.tenant), self.folder)

    async def write(self, *parts: bytes) -> BlobRef:
        writer = self.blobs.create()
        for part in parts:
            await writer.write(part)
        return await writer.commit()

    async def read(self, blob: BlobRef) -> bytes:
        return b"".join([part async for part in self.blobs.read(blob)])

    def path(self, blob: BlobRef) -> Path:
        return self.folder.path(self.tenant, blob)


@pytest.fixture
def shelf(folder: Path) -> Shelf:
    return Shelf(folder)


@pytest.mark.parametrize(
    "size", [0, 1, 15, 16, 17, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 2 * SEGMENT + 1, 3 * SEGMENT]
)
async def test_a_file_of_any_size_comes_back(shelf: Shelf, size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    blob = await shelf.write(content)
    assert await shelf.read(blob) == content
    segments = max(1, -(-size // SEGMENT))
    assert shelf.path(blob).stat().st_size == HEADER + size + segments * TAG


async def test_the_size_of_the_parts_does_not_matter(shelf: Shelf) -> None:
    content = bytes(number % 251 for number in range(2 * SEGMENT))
    parts = [content[start : start + 70_001] for start in range(0, len(content), 70_001)]
    assert await shelf.read(await shelf.write(*parts)) == content


@pytest.mark.shows("sealing.files")
async def test_L40_nothing_of_a_file_rests_in_the_clear(shelf: Shelf) -> None:
    blob = await shelf.write(b"the canary sings " * 40_000)
    assert b"canary" not in shelf.path(blob).read_bytes()


def _cut(length: int) -> Callable[[bytes], bytes]:
    return lambda raw: raw[:length]


@pytest.mark.parametrize(
    "damage",
    [
        _cut(0),
        _cut(HEADER - 1),
        _cut(HEADER),
        _cut(HEADER + 1),
        _cut(HEADER + _SEALED - 1),
        _cut(HEADER + _SEALED),
        _cut(HEADER + 2 * _SEALED),
        _cut(-1),
        lambda raw: raw + b"\x00",
        lambda raw: raw + raw[HEADER : HEADER + _SEALED],
        lambda raw: raw[:HEADER] + raw[HEADER + _SEALED :],
        lambda raw: raw[:HEADER] + raw[HEADER : HEADER + _SEALED] + raw[HEADER:],
        lambda raw: raw[:HEADER] + raw[HEADER + _SEALED : HEADER + 2 * _SEALED] + raw[HEADER:],
        lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]),
        lambda _raw: b"plain text instead",
    ],
)
async def test_a_file_cut_lengthened_or_reordered_is_an_error(shelf: Shelf, damage: Callable[[bytes], bytes]) -> None:
    blob = await shelf.write(b"x" * (2 * SEGMENT + 100))
    path = shelf.path(blob)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(SealBroken):
        await shelf.read(blob)


async def test_headers_swapped_between_two_files_open_neither(shelf: Shelf) -> None:
    one, two = await shelf.write(b"one"), await shelf.write(b"two")
    first, second = shelf.path(one).read_bytes(), shelf.path(two).read_bytes()
    shelf.path(one).write_bytes(second[:HEADER] + first[HEADER:])
    shelf.path(two).write_bytes(first[:HEADER] + second[HEADER:])
    for blob in (one, two):
        with pytest.raises(SealBroken):
            await shelf.read(blob)


@pytest.mark.shows("sealing.damage")
async def test_L39_a_file_put_under_another_name_or_tenant_does_not_open(folder: Path) -> None:
    mine, theirs = Shelf(folder), Shelf(folder)
    secret, other, foreign = await mine.write(b"secret"), await mine.write(b"x"), await theirs.write(b"y")
    raw = mine.path(secret).read_bytes()
    mine.path(other).write_bytes(raw)
    theirs.path(foreign).write_bytes(raw)
    theirs.folder.path(theirs.tenant, secret).write_bytes(raw)
    for shelf, blob in ((mine, other), (theirs, foreign), (theirs, secret)):
        with pytest.raises(SealBroken):
            await shelf.read(blob)
    assert await mine.read(secret) == b"secret"


async def test_a_missing_file_is_an_error_and_not_an_empty_one(shelf: Shelf) -> None:
    blob = await shelf.write(b"x")
    await shelf.blobs.delete([blob])
    await shelf.blobs.delete([blob])
    with pytest.raises(SealBroken, match="missing"):
        await shelf.read(blob)


async def test_an_unfinished_file_is_not_visible_and_leaves_nothing_when_aborted(shelf: Shelf) -> None:
    writer = shelf.blobs.create()
    await writer.write(b"x" * (SEGMENT + 1))
    assert [path.suffix for path in shelf.folder.list(shelf.tenant)] == [".part"]
    with pytest.raises(SealBroken, match="missing"):
        await shelf.read(writer.blob)
    writer.abort()
    assert shelf.folder.list(shelf.tenant) == []


@pytest.mark.parametrize("name", ["../../x", "blb_", "blb_" + "u" * 24, "/etc/passwd", ""])
async def test_L33_a_name_that_is_not_ours_reaches_no_file(shelf: Shelf, name: str) -> None:
    with pytest.raises(NotFound):
        await shelf.read(BlobRef(name))
    with pytest.raises(NotFound):
        shelf.folder.list(TenantId(name))


async def test_memory_stays_bounded_whatever_the_size_of_the_file(shelf: Shelf) -> None:
    part = b"y" * SEGMENT
    tracemalloc.start()
    try:
        writer = shelf.blobs.create()
        for _ in range(48):
            await writer.write(part)
        blob = await writer.commit()
        total = 0
        async for segment in shelf.blobs.read(blob):
            total += len(segment)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert total == 48 * SEGMENT
    assert peak < 10 * SEGMENT
