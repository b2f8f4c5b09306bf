"""What a deployment has ended stays ended: every change to the revocation log is noticed."""

import multiprocessing
import sys
import threading
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from tenancy.crypto.revocation_log import RevocationLog, RevocationLogBroken

_KEY = bytes(range(32))


@pytest.fixture
def path(folder: Path) -> Path:
    return folder / "ledger.jsonl"


def _filled(path: Path) -> RevocationLog:
    log = RevocationLog(path, _KEY)
    log.append("client.revoked", "cli_1", "ten_1")
    log.append("tenant.suspended", "ten_1", "ten_1")
    log.append("tenant.erased", "ten_2", "ten_2", erasure="era_1")
    return log


def test_the_newest_entry_about_a_subject_is_the_one_in_force(path: Path) -> None:
    for log in (_filled(path), RevocationLog(path, _KEY)):
        suspended, erased = log.latest("tenant", "ten_1"), log.latest("tenant", "ten_2")
        assert suspended is not None
        assert erased is not None
        assert (suspended.kind, erased.kind, erased.data) == ("tenant.suspended", "tenant.erased", {"erasure": "era_1"})
        assert log.latest("client", "ten_1") is None
        assert log.latest("tenant", "cli_1") is None
    log.append("tenant.resumed", "ten_1", "ten_1")
    resumed = log.latest("tenant", "ten_1")
    assert resumed is not None
    assert resumed.kind == "tenant.resumed"
    assert [each.subject for each in log.entries("tenant.erased")] == ["ten_2"]
    with pytest.raises(KeyError):
        log.entries("tenant.suspended")  # not kept whole, so no part of it is told as the whole


def test_an_entry_of_another_process_is_seen_at_once(path: Path) -> None:
    here, there = RevocationLog(path, _KEY), RevocationLog(path, _KEY)
    there.append("client.revoked", "cli_9", "ten_1")
    assert here.latest("client", "cli_9") is not None


def _lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    return lambda raw: b"".join(change(raw.splitlines(keepends=True)))


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(b"ten_2", b"ten_3"),
        lambda raw: raw.replace(b"tenant.erased", b"tenant.resumed"),
        lambda raw: b"0" * 64 + raw[64:],
        _lines(lambda lines: [lines[1], lines[0], lines[2]]),
        _lines(lambda lines: lines[1:]),
        _lines(lambda lines: [lines[0], lines[2]]),
        _lines(lambda lines: [*lines, lines[0]]),
        _lines(lambda lines: [*lines, b'0000 ["tenant.resumed","ten_2","ten_2",0,{}]\n']),
        _lines(lambda lines: [*lines, b"no line of ours\n"]),
    ],
    ids=["id", "kind", "mac", "reordered", "first", "middle", "replayed", "forged", "garbage"],
)
def test_L47_an_edited_reordered_or_shortened_log_is_refused(path: Path, change: Callable[[bytes], bytes]) -> None:
    _filled(path)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(RevocationLogBroken):
        RevocationLog(path, _KEY)


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_L46_a_log_cut_at_its_end_is_refused_by_the_running_and_by_the_next_process(path: Path, kept: int) -> None:
    log = _filled(path)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:kept]))
    with pytest.raises(RevocationLogBroken, match="cut"):
        log.latest("tenant", "ten_2")
    with pytest.raises(RevocationLogBroken, match="cut"):
        RevocationLog(path, _KEY)


def test_without_the_file_of_the_head_a_cut_at_the_end_would_go_unnoticed(path: Path) -> None:
    _filled(path)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:1]))
    path.with_suffix(".head").unlink()
    assert RevocationLog(path, _KEY).latest("tenant", "ten_2") is None


def test_a_log_that_was_removed_is_not_begun_anew(path: Path) -> None:
    _filled(path)
    path.unlink()
    with pytest.raises(RevocationLogBroken):
        RevocationLog(path, _KEY)


def test_another_deployments_key_opens_no_log(path: Path) -> None:
    _filled(path)
    with pytest.raises(RevocationLogBroken):
        RevocationLog(path, bytes(32))


def test_half_a_line_of_a_process_that_died_is_no_entry_and_no_obstacle(path: Path) -> None:
    _filled(path)
    whole = path.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    for torn in (last[:1], last[:40], last[:-1]):
        path.write_bytes(whole + torn)
        log = RevocationLog(path, _KEY)
        assert len(log.entries("tenant.erased")) == 1
        log.append("client.revoked", f"cli_{len(torn)}", "ten_1")
        assert RevocationLog(path, _KEY).latest("client", f"cli_{len(torn)}") is not None
        whole = path.read_bytes()


def test_an_entry_written_after_the_head_is_kept(path: Path) -> None:
    """A process killed between the entry and the head leaves a head that is one entry behind."""
    _filled(path)
    head = path.with_suffix(".head").read_bytes()
    RevocationLog(path, _KEY).append("client.revoked", "cli_2", "ten_1")
    path.with_suffix(".head").write_bytes(head)
    assert RevocationLog(path, _KEY).latest("client", "cli_2") is not None


def _append_many(path: Path, name: str, start: Barrier) -> None:
    log = RevocationLog(path, _KEY, most=8)
    start.wait()
    for number in range(25):
        log.append("signing.rotated", name, "", number=str(number))


def test_processes_that_append_over_checkpoints_lose_nothing(path: Path) -> None:
    spawned = multiprocessing.get_context("spawn")
    start, reader = spawned.Barrier(3), RevocationLog(path, _KEY)
    writers = [spawned.Process(target=_append_many, args=(path, name, start)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    start.wait()
    for number in range(25):
        RevocationLog(path, _KEY, most=8).append("signing.rotated", "c", "", number=str(number))
        newest = reader.latest("signing", "c")
        assert newest is not None
        assert newest.data == {"number": str(number)}
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    for log in (reader, RevocationLog(path, _KEY)):
        entries = log.entries("signing.rotated")
        for name in "abc":
            assert [int(each.data["number"]) for each in entries if each.subject == name] == list(range(25))
    assert not path.exists()  # the log from before the checkpoints


def test_one_log_is_read_and_written_by_several_threads(path: Path) -> None:
    log, other, broken = RevocationLog(path, _KEY), RevocationLog(path, _KEY, most=64), list[BaseException]()

    def guarded(work: Callable[[], object]) -> None:
        try:
            for _ in range(300):
                work()
        except RevocationLogBroken as error:
            broken.append(error)

    threads = [
        threading.Thread(target=guarded, args=(work,))
        for work in (
            lambda: other.append("signing.rotated", "cli_1", "ten_1"),
            *[lambda: log.latest("signing", "cli_1")] * 8,
            lambda: log.entries("signing.rotated"),
        )
    ]
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads change places as often as they can
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(usual)
    assert broken == []
    assert len(log.entries("signing.rotated")) == 300


def test_the_log_is_readable_by_its_owner_only(path: Path) -> None:
    _filled(path)
    RevocationLog(path, _KEY, most=1)
    assert path.with_suffix(".checkpoint").exists()
    for each in path.parent.iterdir():
        assert each.stat().st_mode & 0o077 == 0, each
