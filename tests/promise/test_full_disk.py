"""A full disk refuses what cannot be stored whole, loses nothing acknowledged, and heals when there is room."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.promise.conftest import MakeService
from tests.promise.service import SETTLED, Tenant

pytestmark = [pytest.mark.xdist_group("full_disk"), pytest.mark.timeout(400)]

SIZE = 12 * 1024 * 1024
FILE = 300_000
KIB = 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("a disk of its own for this test takes root and the right to mount")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, *, leave: int) -> None:
    """Write until nothing is free, then give back `leave` bytes."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(b"\1" * 4096):
            pass
    os.truncate(ballast, ballast.stat().st_size - leave)


def numbered(number: int) -> bytes:
    """Return a document of some size that says something no other one says."""
    return f"Barrel {8400 + number} holds pickled samphire.\n".encode() + b"\n" * FILE


def stored(tenant: Tenant, disk: Path) -> tuple[list[str], list[str]]:
    """Return the documents and blobs there are."""
    blobs = [path.name for path in disk.glob("**/blobs/*/*")]
    return sorted(each["id"] for each in tenant.documents()), sorted(blobs)


def test_a_full_disk_loses_nothing_acknowledged_and_keeps_nothing_half(
    make_service: MakeService, small_disk: Path
) -> None:
    service = make_service(data=small_disk / "data", key_dir=str(small_disk.parent / "keys"))
    service.start(parsers=False)
    tenant = service.tenant(service.operator(), "Cellar")
    first = tenant.put("first.txt", numbered(0)).id
    assert tenant.reaches(first, SETTLED) == "ready"
    acknowledged, refused = {0: first}, []
    for number, leave in enumerate((0, 100 * KIB, 320 * KIB, 420 * KIB, 0), start=1):
        before = stored(tenant, small_disk)
        fill(small_disk, leave=leave)
        answer = tenant.send(f"{number}.txt", numbered(number))
        searched = tenant.http.post("/v1/search", json={"query": "pickled samphire", "top_k": 1})
        if searched.status_code == 503:  # what a question spends is booked first, or it is not asked
            assert searched.json()["dependency"] == "records"
        else:
            assert searched.json()["hits"]
        (small_disk / "ballast").unlink()  # what is read is written down first, which needs a disk
        if answer.status_code == 202:
            acknowledged[number] = answer.json()["id"]
        else:
            refused.append((answer.status_code, answer.headers["content-type"], answer.json()["dependency"]))
            assert stored(tenant, small_disk) == before
    assert len(refused) >= 3
    assert {each[:2] for each in refused} == {(503, "application/problem+json")}
    assert {each[2] for each in refused} <= {"blobs", "records"}

    acknowledged[9] = tenant.put("9.txt", numbered(9)).id
    assert {each["id"]: each["status"] for each in tenant.settled()} == dict.fromkeys(acknowledged.values(), "ready")
    found = {hit["document_id"] for hit in tenant.search("pickled samphire", top_k=100)}
    assert found == set(acknowledged.values())
    assert service.alive()
