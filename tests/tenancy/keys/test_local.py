"""Wrapping keys in a folder: nobody else reads them, none is overwritten, a destroyed one is gone."""

import multiprocessing
import os
from pathlib import Path

import pytest

from tenancy.keys.local import InsecureKeys, KeyDenied, KeyUnreachable, LocalKeys
from tenancy.sealing import SealBroken, sealed_version

_HOLDER = "tenants/ten_1"


@pytest.fixture
def keys(folder: Path) -> LocalKeys:
    made = LocalKeys(folder / "keys")
    made.create(_HOLDER)
    return made


def test_what_a_holder_wrapped_it_unwraps(keys: LocalKeys) -> None:
    wrapped = keys.wrap(_HOLDER, "data.1", b"k" * 32)
    assert b"k" * 32 not in wrapped
    assert keys.unwrap(_HOLDER, "data.1", wrapped) == b"k" * 32


def test_a_wrapped_key_moved_to_another_label_or_holder_does_not_open(keys: LocalKeys) -> None:
    keys.create("tenants/ten_2")
    wrapped = keys.wrap(_HOLDER, "data.1", b"k" * 32)
    for holder, label in ((_HOLDER, "data.2"), ("tenants/ten_2", "data.1")):
        with pytest.raises(SealBroken):
            keys.unwrap(holder, label, wrapped)


def test_folders_and_files_are_readable_by_their_owner_only(keys: LocalKeys) -> None:
    keys.secret("ledger")
    for path in [keys.folder, *keys.folder.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o777, 0o701])
def test_L06_a_folder_that_others_may_enter_is_refused(folder: Path, mode: int) -> None:
    LocalKeys(folder / "keys")
    (folder / "keys").chmod(mode)
    with pytest.raises(InsecureKeys, match="chmod 700"):
        LocalKeys(folder / "keys")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_L06_a_key_file_that_others_may_read_opens_nothing(keys: LocalKeys, mode: int) -> None:
    wrapped = keys.wrap(_HOLDER, "data.1", b"k" * 32)
    (keys.folder / f"{_HOLDER}.key").chmod(mode)
    with pytest.raises(InsecureKeys, match="chmod 600"):
        keys.unwrap(_HOLDER, "data.1", wrapped)


@pytest.mark.parametrize("content", [b"", b"short", bytes(31), bytes(33)])
def test_L06_a_key_of_another_length_is_refused_and_never_used(keys: LocalKeys, content: bytes) -> None:
    keys.secret("ledger")
    (keys.folder / "deployment" / "ledger.key").write_bytes(content)
    with pytest.raises(InsecureKeys, match="32 bytes"):
        keys.secret("ledger")


def test_a_second_creation_is_an_error_and_keeps_the_first_key(keys: LocalKeys) -> None:
    wrapped = keys.wrap(_HOLDER, "data.1", b"k" * 32)
    with pytest.raises(FileExistsError):
        keys.create(_HOLDER)
    assert keys.unwrap(_HOLDER, "data.1", wrapped) == b"k" * 32
    assert [path.name for path in (keys.folder / "tenants").iterdir()] == ["ten_1.key"]


def test_destruction_is_final(keys: LocalKeys) -> None:
    wrapped = keys.wrap(_HOLDER, "data.1", b"k" * 32)
    assert keys.exists(_HOLDER)
    assert keys.destroy(_HOLDER)
    assert not keys.exists(_HOLDER)
    assert not keys.destroy(_HOLDER)
    with pytest.raises(KeyDenied):
        keys.unwrap(_HOLDER, "data.1", wrapped)
    keys.create(_HOLDER)
    with pytest.raises(SealBroken, match="another key"):
        keys.unwrap(_HOLDER, "data.1", wrapped)


def test_a_destroyed_key_was_overwritten_before_it_was_removed(keys: LocalKeys) -> None:
    path = keys.folder / f"{_HOLDER}.key"
    before = path.read_bytes()
    link = keys.folder / "still-open"
    os.link(path, link)
    keys.destroy(_HOLDER)
    assert link.read_bytes() != before


def test_a_new_wrapping_key_wraps_and_the_earlier_one_still_opens_what_a_backup_holds(keys: LocalKeys) -> None:
    before = keys.wrap(_HOLDER, "data.1", b"k" * 32)
    keys.renew(_HOLDER, 2)
    keys.renew(_HOLDER, 2)  # whoever is not sure that it happened asks again
    after = keys.wrap(_HOLDER, "data.1", b"k" * 32)
    assert (sealed_version(before), sealed_version(after)) == (1, 2)
    for wrapped in (before, after):
        assert keys.unwrap(_HOLDER, "data.1", wrapped) == b"k" * 32
    path = keys.folder / f"{_HOLDER}.key"
    first, second = path.read_bytes()[:32], path.read_bytes()[32:]
    assert len(second) == 32
    assert first != second
    path.write_bytes(second)  # the earlier one alone opened the earlier wrapping
    with pytest.raises(SealBroken):
        keys.unwrap(_HOLDER, "data.1", after)


def test_a_wrapping_key_half_written_by_a_crash_is_not_used_and_not_in_the_way(keys: LocalKeys) -> None:
    before = keys.wrap(_HOLDER, "data.1", b"k" * 32)
    path = keys.folder / f"{_HOLDER}.key"
    path.write_bytes(path.read_bytes() + b"half")
    assert sealed_version(keys.wrap(_HOLDER, "data.1", b"k" * 32)) == 1
    keys.renew(_HOLDER, 2)
    assert len(path.read_bytes()) == 64
    after = keys.wrap(_HOLDER, "data.1", b"k" * 32)
    for wrapped in (before, after):
        assert keys.unwrap(_HOLDER, "data.1", wrapped) == b"k" * 32


def test_a_destroyed_holder_gets_no_new_wrapping_key(keys: LocalKeys) -> None:
    keys.renew(_HOLDER, 2)
    link = keys.folder / "still-open"
    os.link(keys.folder / f"{_HOLDER}.key", link)
    before = link.read_bytes()
    keys.destroy(_HOLDER)
    after = link.read_bytes()
    assert before[:32] not in after
    assert before[32:] not in after
    with pytest.raises(KeyDenied):
        keys.renew(_HOLDER, 3)
    assert not keys.exists(_HOLDER)


@pytest.mark.parametrize("version", [0, 2, 2**31])
def test_a_wrapping_that_names_a_key_its_holder_never_had_does_not_open(keys: LocalKeys, version: int) -> None:
    wrapped = keys.wrap(_HOLDER, "data.1", b"k" * 32)
    with pytest.raises(SealBroken):
        keys.unwrap(_HOLDER, "data.1", wrapped[:1] + version.to_bytes(4, "big") + wrapped[5:])


@pytest.mark.parametrize("holder", ["../outside", "tenants/../x", "tenants/", "tenants/a/b", "/etc/passwd", "", "x"])
def test_a_holder_that_is_no_name_reaches_no_file(keys: LocalKeys, holder: str) -> None:
    with pytest.raises(KeyDenied):
        keys.create(holder)
    with pytest.raises(KeyDenied):
        keys.unwrap(holder, "data.1", bytes(117))


def test_a_file_that_cannot_be_read_just_now_is_unreachable_and_not_denied(keys: LocalKeys) -> None:
    wrapped = keys.wrap(_HOLDER, "data.1", b"k" * 32)
    path = keys.folder / f"{_HOLDER}.key"
    path.rename(path.with_suffix(".away"))
    path.mkdir(mode=0o700)  # a read fails with an error of the file system, for root too
    with pytest.raises(KeyUnreachable):
        keys.unwrap(_HOLDER, "data.1", wrapped)
    path.rmdir()
    path.with_suffix(".away").rename(path)
    assert keys.unwrap(_HOLDER, "data.1", wrapped) == b"k" * 32


def _take_secret(folder: Path, gate: "multiprocessing.synchronize.Event", out: "multiprocessing.Queue[bytes]") -> None:
    keys = LocalKeys(folder)
    gate.wait()
    out.put(keys.secret("ledger"))


def test_processes_that_race_for_a_deployments_secret_all_get_the_same(folder: Path) -> None:
    forked = multiprocessing.get_context("spawn")
    gate, out = forked.Event(), forked.Queue()
    racers = [forked.Process(target=_take_secret, args=(folder / "keys", gate, out)) for _ in range(3)]
    for racer in racers:
        racer.start()
    gate.set()
    secrets = {out.get(timeout=60) for _ in racers}
    for racer in racers:
        racer.join()
    assert secrets == {LocalKeys(folder / "keys").secret("ledger")}
    assert [path.name for path in (folder / "keys" / "deployment").iterdir()] == ["ledger.key"]
