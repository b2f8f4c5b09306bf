"""A run that is told to end, or killed, leaves no process and no folder behind."""

import fcntl
import json
import os
import pty
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from evals.mutants.attack.scratch import PREFIX, reap, scratch, working_in
from evals.mutants.copying import CHECKOUT

pytestmark = pytest.mark.timeout(300)
_MEMORY = Path("/dev/shm")  # noqa: S108 - where the runner keeps indexes
_CATALOGUE = """
mutants:
  - id: broken
    title: A comment is added.
    families: [W2, A21]
    changes:
      - file: app/worker.py
        find: {find}
        replace: {replace}
"""


@contextmanager
def _running(folder: Path, *more: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run a catalogue of one mutant at a terminal of its own; yield it, and what its terminal is read from."""
    opening = (CHECKOUT / "app" / "worker.py").read_text(encoding="utf-8").splitlines()[0]
    changed = opening.replace('"""', '"""Changed: ', 1)
    text = _CATALOGUE.format(find=json.dumps(opening), replace=json.dumps(changed))
    (folder / "catalogue").mkdir(exist_ok=True)
    (folder / "catalogue" / "one.yaml").write_text(text, encoding="utf-8")
    (folder / "tmp").mkdir(exist_ok=True)
    read, terminal = pty.openpty()
    arguments = ["--catalogue", str(folder / "catalogue"), "--out", str(folder / "report.json"), "--trials", "5", *more]
    process = subprocess.Popen(
        [sys.executable, "-m", "evals.mutants", *arguments],
        cwd=CHECKOUT,
        env={"PATH": os.defpath, "TMPDIR": str(folder / "tmp")},
        stdout=subprocess.DEVNULL,
        stderr=terminal,
    )
    os.close(terminal)
    try:
        yield process, read
    finally:
        process.kill()
        process.wait()
        os.close(read)


def _until(shown: int, text: str) -> str:
    """Read from a terminal until it shows a text, or until its last writer has gone."""
    seen = ""
    while text not in seen:
        try:
            seen += os.read(shown, 4_096).decode(errors="replace")
        except OSError:
            break
    return seen


def _abandoned(before: set[Path]) -> list[Path]:
    """Return the folders in memory that came since, and whose run has ended."""
    found = []
    for folder in set(_MEMORY.glob(f"{PREFIX}*")) - before:
        try:
            with (folder / "lock").open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # another run's, which works
            continue
        found.append(folder)
    return found


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("is copied", signal.SIGTERM),
        ("starts the service", signal.SIGINT),
        ("by A21", signal.SIGTERM),
    ],
)
def test_a_run_that_is_told_to_end_leaves_nothing(moment: str, number: signal.Signals, tmp_path: Path) -> None:
    before = set(_MEMORY.glob(f"{PREFIX}*"))
    with _running(tmp_path) as (process, shown):
        seen = _until(shown, moment)
        process.send_signal(number)
        process.send_signal(number)  # twice, as somebody impatient would
        seen += _until(shown, "--resume does the rest")
        code = process.wait()
    assert moment in seen
    assert code == 1, seen
    assert list(working_in(tmp_path)) == []
    assert list((tmp_path / "tmp").iterdir()) == []
    assert _abandoned(before) == []
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["unfinished"] == ["broken"]


def test_what_a_killed_run_left_is_removed_by_the_next_and_its_rest_is_done(tmp_path: Path) -> None:
    before = set(_MEMORY.glob(f"{PREFIX}*"))
    with _running(tmp_path) as (process, shown):
        _until(shown, "by W2")
        process.kill()
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert list(report["runs"]["broken"][0]["families"]) == ["A21"]
    with _running(tmp_path) as (process, shown):
        assert "Add --resume" in _until(shown, "never shown")
        assert process.wait() == 2
    with _running(tmp_path, "--resume") as (process, shown):
        seen = _until(shown, "Report: ")
        assert process.wait() == 1
    assert "by W2 (1 of 1)" in seen
    (row,) = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["mutants"]
    assert (row["column"], row["families"]) == ("unnoticed", ["W2", "A21"])
    assert list(working_in(tmp_path)) == []
    assert list((tmp_path / "tmp").iterdir()) == []
    assert _abandoned(before) == []


def test_folders_of_a_run_that_works_are_left_alone() -> None:
    with scratch() as place:
        (place.room() / "kept").touch()
        reap(Path(tempfile.gettempdir()))
        assert [one.name for one in place.disk.glob("*/kept")] == ["kept"]
    assert not place.disk.exists()
    assert not place.memory.exists()
