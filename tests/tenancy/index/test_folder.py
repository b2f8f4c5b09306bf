"""Index folders: in memory, one for each process, gone when their process is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tenancy.errors import Unavailable
from tenancy.index.folder import IndexFolder, IndexOnDisk, reap, swap_in_clear, why_not_memory

_ROOT = Path(__file__).resolve().parents[3]
_HOLDER = """
import sys
from pathlib import Path
from tenancy.index.folder import IndexFolder
folder = IndexFolder(Path(sys.argv[1]), accept_disk=True)
(folder.fresh()).mkdir()
print(folder.path, flush=True)
sys.stdin.read()
"""


def _start_holder(root: Path) -> tuple[subprocess.Popen[str], Path]:
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(root)], cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    return holder, Path(holder.stdout.readline().strip())


def _end(holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.communicate()


def test_the_folder_of_a_killed_process_is_removed_and_that_of_a_living_one_kept(memory: Path) -> None:
    dead, dead_path = _start_holder(memory)
    living, living_path = _start_holder(memory)
    try:
        _end(dead)
        assert dead_path.is_dir()
        folder = IndexFolder(memory, accept_disk=True)
        assert folder.reaped == 1
        assert not dead_path.exists()
        assert list(living_path.iterdir())
        assert folder.path.is_dir()
        folder.close()
        assert not folder.path.exists()
    finally:
        _end(living)
    assert reap(memory) == 1
    assert not living_path.exists()


def test_a_folder_is_for_its_owner_only(memory: Path) -> None:
    folder = IndexFolder(memory / "index", accept_disk=True)
    assert folder.path.stat().st_mode & 0o077 == 0
    assert (memory / "index").stat().st_mode & 0o077 == 0
    folder.close()


def test_a_disk_is_refused_unless_it_is_accepted_in_so_many_words(tmp_path: Path) -> None:
    reason = why_not_memory(tmp_path)
    if reason is None:
        pytest.skip("the temporary folder is itself in memory here: set TMPDIR to a folder on a disk")
    with pytest.raises(IndexOnDisk, match="BULKHEAD_ACCEPT_INDEX_ON_DISK=1"):
        IndexFolder(tmp_path / "index", accept_disk=False)
    assert list((tmp_path / "index").glob("run-*")) == []
    IndexFolder(tmp_path / "index", accept_disk=True).close()


def test_memory_without_swap_is_accepted_without_a_word(memory: Path) -> None:
    if why_not_memory(memory) is not None or swap_in_clear():
        pytest.skip("this machine has no memory file system without swap: turn swap off")
    folder = IndexFolder(memory, accept_disk=False)
    assert folder.fresh().parent == folder.path
    folder.close()


def test_a_root_that_is_a_link_is_refused(memory: Path) -> None:
    (memory / "elsewhere").mkdir()
    (memory / "index").symlink_to(memory / "elsewhere")
    with pytest.raises(IndexOnDisk, match="link"):
        IndexFolder(memory / "index", accept_disk=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_root_that_another_user_prepared_is_refused(memory: Path) -> None:
    (memory / "index").mkdir()
    os.chown(memory / "index", 12345, 12345)
    with pytest.raises(IndexOnDisk, match="another user"):
        IndexFolder(memory / "index", accept_disk=True)


def test_a_closed_folder_gives_no_more_room(memory: Path) -> None:
    folder = IndexFolder(memory, accept_disk=True)
    folder.close()
    with pytest.raises(Unavailable):
        folder.fresh()
    assert list(memory.glob("run-*")) == []


def test_a_folder_lacks_what_its_file_system_has_not(memory: Path) -> None:
    folder = IndexFolder(memory, accept_disk=True)
    there = shutil.disk_usage(memory).total
    assert folder.lacks(2 * there) >= there
    assert folder.lacks(0) < folder.lacks(2 * there)
    folder.close()
