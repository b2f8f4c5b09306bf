"""A long revocation log is replaced by a checkpoint: short afterwards, as safe as before, and nothing in it is lost."""

import hashlib
import itertools
import multiprocessing
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tenancy.crypto.revocation_log import Ending, RevocationLog, RevocationLogBroken

_KEY = bytes(range(32))
_MOST = 8
_TRAILS = ("ten_1", "ten_2", "ten_3")


@pytest.fixture
def path(folder: Path) -> Path:
    return folder / "ledger.jsonl"


def _open(path: Path) -> RevocationLog:
    return RevocationLog(path, _KEY, most=_MOST)


def _digest(tenant: str, seq: int) -> bytes:
    return hashlib.sha256(f"{tenant} {seq}".encode()).digest()


def _anchor(tenant: str, seq: int) -> Ending:
    return Ending(
        "audit.anchored", tenant, tenant, time.time(), {"seq": str(seq), "digest": _digest(tenant, seq).hex()}
    )


def _busy(path: Path, rounds: int) -> RevocationLog:
    """Return the log of a deployment whose tenants are anchored again and again, and little else happens."""
    log = _open(path)
    log.append("tenant.erased", "ten_0", "ten_0", erasure="era_1")
    for each in range(1, rounds + 1):
        log.extend([_anchor(tenant, each) for tenant in _TRAILS])
        log.append("rotation.begun", "ten_1", "ten_1", version=str(each))
    return log


def _sizes(path: Path) -> dict[str, int]:
    return {each.suffix: each.stat().st_size for each in path.parent.iterdir()}


def test_what_is_read_at_a_start_does_not_grow_with_history(path: Path) -> None:
    _busy(path, rounds=20)
    before = _sizes(path)
    log = _busy(path, rounds=80)
    after = _sizes(path)
    lines = next(path.parent.glob("*.jsonl")).read_bytes().count(b"\n")
    assert lines < _MOST
    assert after[".checkpoint"] < before[".checkpoint"] + 200  # one more erasure, and longer numbers
    for each in (log, _open(path)):
        assert [entry.subject for entry in each.entries("tenant.erased")] == ["ten_0", "ten_0"]
        assert [entry.data["version"] for entry in each.newest("rotation")] == ["80"]
        assert each.tenants() == {"ten_0", *_TRAILS}


def test_every_anchored_head_outlives_the_checkpoints_in_order(path: Path) -> None:
    for log in (_busy(path, rounds=20), _open(path)):
        for tenant in _TRAILS:
            assert log.heads(tenant) == [(seq, _digest(tenant, seq)) for seq in range(1, 21)]
        assert log.heads("ten_0") == []


def test_a_log_from_before_there_were_checkpoints_is_shortened_when_it_is_opened(path: Path) -> None:
    old = RevocationLog(path, _KEY)
    old.extend([_anchor(tenant, seq) for seq in range(1, 101) for tenant in _TRAILS])
    head = path.with_suffix(".head").read_bytes()
    old.append("client.revoked", "cli_1", "ten_1")
    path.with_suffix(".head").write_bytes(head)  # its process died before it wrote the newest
    assert path.read_bytes().count(b"\n") == 301
    new = _open(path)
    assert not path.exists()
    assert path.with_suffix(".1.jsonl").read_bytes() == b""
    for log in (new, old, _open(path)):
        assert log.latest("client", "cli_1") is not None
        assert [seq for seq, _ in log.heads("ten_3")] == list(range(1, 101))


def _die(path: Path, step: int) -> None:
    """Append what makes the log too long in a process that is killed at one of its steps on the files of the log."""
    log, steps = _open(path), itertools.count()

    def kill(event: str, arguments: tuple[object, ...]) -> None:
        on_files = event in {"open", "os.rename", "os.remove", "os.truncate"}
        if on_files and str(path.parent) in str(arguments[0]) and next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(kill)
    log.append("tenant.suspended", "ten_1", "ten_1")
    os._exit(0)


def _dying(asked: Connection) -> None:
    """Fork a process that dies for every place and step asked for, and tell whether it was killed."""
    while (wanted := asked.recv()) is not None:
        child = os.fork()
        if child == 0:
            _die(*wanted)
        asked.send(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL)


@pytest.fixture
def killed() -> Iterator[Callable[[Path, int], bool]]:
    spawned = multiprocessing.get_context("spawn")
    here, there = spawned.Pipe()
    process = spawned.Process(target=_dying, args=(there,))
    process.start()

    def kill(path: Path, step: int) -> bool:
        here.send((path, step))
        return bool(here.recv())

    yield kill
    here.send(None)
    process.join()


def test_killed_at_any_step_nothing_that_was_acknowledged_is_lost(
    folder: Path, killed: Callable[[Path, int], bool]
) -> None:
    first = folder / "first" / "ledger.jsonl"
    first.parent.mkdir()
    for seq in range(1, 5):  # the fourth is on the way to a second checkpoint
        _open(first).extend([_anchor(tenant, seq) for tenant in _TRAILS])
    _open(first).extend([Ending("client.revoked", f"cli_{each}", "ten_1", 1.0, {}) for each in range(4)])
    assert first.with_suffix(".1.jsonl").read_bytes().count(b"\n") == _MOST - 1
    steps = 0
    for step in itertools.count():
        path = folder / str(step) / "ledger.jsonl"
        shutil.copytree(first.parent, path.parent)
        reader, writer = _open(path), _open(path)
        was_killed = killed(path, step)
        writer.append("client.revoked", "cli_after", "ten_1")
        for log in (reader, writer, _open(path)):
            assert [seq for seq, _ in log.heads("ten_2")] == [1, 2, 3, 4], step
            assert all(log.latest("client", f"cli_{each}") for each in [*range(4), "after"]), step
        if not was_killed:
            break
        steps += 1
    assert reader.latest("tenant", "ten_1") is not None
    assert steps >= 16
    assert [each.name for each in path.parent.glob("*.jsonl")] == ["ledger.2.jsonl"]


def test_what_a_dead_process_left_in_the_archive_is_written_over(path: Path) -> None:
    _busy(path, rounds=5)
    with path.with_suffix(".anchors").open("ab") as archive:
        archive.write(b"half a slice")
    log = _busy(path, rounds=5)
    assert [seq for seq, _ in log.heads("ten_1")] == [1, 2, 3, 4, 5] * 2


def _files(path: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in path.parent.iterdir()}


_Change = Callable[[Path, dict[str, bytes]], None]


def _flipped(name: str, at: int) -> _Change:
    def flip(folder: Path, _: dict[str, bytes]) -> None:
        content = bytearray((folder / name).read_bytes())
        content[at] ^= 1
        (folder / name).write_bytes(content)

    return flip


def _put_back(*names: str) -> _Change:
    def put(folder: Path, older: dict[str, bytes]) -> None:
        for name in names:
            (folder / name).write_bytes(older[name])

    return put


def _removed(*names: str) -> _Change:
    def remove(folder: Path, _: dict[str, bytes]) -> None:
        for name in names:
            (folder / name).unlink()

    return remove


def _cut(name: str) -> _Change:
    return lambda folder, _: os.truncate(folder / name, (folder / name).stat().st_size - 1)


@pytest.mark.parametrize(
    "change",
    {
        "mac": _flipped("ledger.checkpoint", 3),
        "header": _flipped("ledger.checkpoint", 66),
        "kept": _flipped("ledger.checkpoint", -20),
        "shorter": _cut("ledger.checkpoint"),
        "older": _put_back("ledger.checkpoint"),
        "older, log too": _put_back("ledger.checkpoint", "ledger.5.jsonl"),
        "none": _removed("ledger.checkpoint"),
        "nothing but the head": _removed("ledger.checkpoint", "ledger.6.jsonl"),
        "no head either": _removed("ledger.checkpoint", "ledger.head"),
        "log edited": _flipped("ledger.6.jsonl", 80),
        "log removed": _removed("ledger.6.jsonl"),
        "log emptied": lambda folder, _: os.truncate(folder / "ledger.6.jsonl", 0),
        "archive cut": _cut("ledger.anchors"),
        "archive removed": _removed("ledger.anchors"),
    }.items(),
    ids=lambda each: each[0],
)
def test_an_edited_cut_or_older_checkpoint_is_refused(path: Path, change: tuple[str, _Change]) -> None:
    _busy(path, rounds=11)
    older = _files(path)
    running = _busy(path, rounds=2)
    assert path.with_suffix(".6.jsonl").stat().st_size
    change[1](path.parent, older)
    with pytest.raises(RevocationLogBroken):
        _open(path)
    if not change[0].startswith(("log", "archive")):  # a process that runs has read those already
        with pytest.raises(RevocationLogBroken):
            running.append("tenant.resumed", "ten_1", "ten_1")


def test_a_running_process_refuses_an_older_key_folder_put_back(path: Path) -> None:
    running = _busy(path, rounds=11)
    older = _files(path)
    running = _busy(path, rounds=2)
    for each in path.parent.iterdir():
        each.unlink()
    for name, content in older.items():
        (path.parent / name).write_bytes(content)
    with pytest.raises(RevocationLogBroken, match="older"):
        running.latest("tenant", "ten_0")


def test_an_edited_archive_tells_no_heads(path: Path) -> None:
    log = _busy(path, rounds=20)
    content = path.with_suffix(".anchors").read_bytes()
    path.with_suffix(".anchors").write_bytes(content.replace(_digest("ten_1", 3), _digest("ten_1", 4)))
    assert [seq for seq, _ in log.heads("ten_2")] == list(range(1, 21))
    with pytest.raises(RevocationLogBroken, match="archive"):
        log.heads("ten_1")
