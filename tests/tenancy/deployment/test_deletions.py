"""The record of deletions beside the keys: durable, small, and whole again after a crash."""

import threading
from pathlib import Path

import pytest

from tenancy.deployment.deletions import Deletions
from tenancy.errors import Unavailable
from tenancy.ids import TenantId

A, B = TenantId("ten_a"), TenantId("ten_b")


def mac(number: int) -> bytes:
    """Return what stands for a document."""
    return number.to_bytes(32, "big")


@pytest.fixture
def kept(tmp_path: Path) -> Deletions:
    return Deletions(tmp_path / "deletions")


def test_a_deletion_is_known_to_every_process_and_to_no_other_tenant(kept: Deletions, tmp_path: Path) -> None:
    other = Deletions(tmp_path / "deletions")
    assert (kept.newest(A), other.newest(A)) == (0, 0)
    kept.note(A, mac(1), 7)
    assert (other.newest(A), other.of(A)) == (7, frozenset({mac(1)}))
    other.note(A, mac(2), 9)
    assert (kept.newest(A), kept.of(A)) == (9, frozenset({mac(1), mac(2)}))
    assert kept.newest(B) == 0


def test_its_files_are_the_owners_alone(kept: Deletions, tmp_path: Path) -> None:
    kept.note(A, mac(1), 1)
    found = [tmp_path / "deletions", *(tmp_path / "deletions").iterdir()]
    assert len(found) == 2
    assert [path for path in found if path.stat().st_mode & 0o077] == []


def test_half_a_record_of_a_process_that_died_is_passed_over_and_then_replaced(kept: Deletions, tmp_path: Path) -> None:
    kept.note(A, mac(1), 1)
    path = tmp_path / "deletions" / A
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:20])
    assert (kept.newest(A), kept.of(A)) == (1, frozenset({mac(1)}))
    kept.note(A, mac(2), 2)
    assert (kept.newest(A), kept.of(A)) == (2, frozenset({mac(1), mac(2)}))
    assert len(path.read_bytes()) == 2 * len(whole)


def test_of_a_long_file_what_is_too_old_is_dropped(kept: Deletions, tmp_path: Path) -> None:
    path = tmp_path / "deletions" / A
    kept.note(A, mac(0), 1)
    old = path.read_bytes()
    path.write_bytes(old * 5000)
    kept.note(A, mac(1), 2)
    assert len(path.read_bytes()) == 5001 * len(old)  # young ones stay, however many they are
    ancient = bytes(8) + old[8:]  # deleted in 1970
    path.write_bytes(ancient * 5000 + old)
    kept.note(A, mac(1), 3)
    assert (kept.newest(A), kept.of(A)) == (3, frozenset({mac(0), mac(1)}))
    assert len(path.read_bytes()) == 2 * len(old)


def test_parallel_deletions_are_all_kept_also_while_the_file_is_replaced(kept: Deletions, tmp_path: Path) -> None:
    kept.note(A, mac(0), 1)
    path = tmp_path / "deletions" / A
    path.write_bytes((bytes(8) + path.read_bytes()[8:]) * 5000)
    threads = [threading.Thread(target=kept.note, args=(A, mac(number), number)) for number in range(1, 17)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept.of(A) == {mac(number) for number in range(1, 17)}


def test_a_destroyed_record_is_gone(kept: Deletions) -> None:
    kept.note(A, mac(1), 1)
    kept.destroy(A)
    kept.destroy(A)
    assert kept.newest(A) == 0


def test_where_it_cannot_be_written_nothing_is_deleted_unnoticed(kept: Deletions, tmp_path: Path) -> None:
    (tmp_path / "deletions").write_bytes(b"a file in its place")
    with pytest.raises(Unavailable):
        kept.note(A, mac(1), 1)
    with pytest.raises(Unavailable):
        kept.newest(A)
