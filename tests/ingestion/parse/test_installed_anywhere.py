"""The parser runs wherever the program was installed, the machine's folder of temporary files included."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ingestion.parse.sandbox.walls import walls

_MOVE = """
import sys
from pathlib import Path
from ingestion.parse.sandbox import room

root, program = Path(sys.argv[1]), Path(sys.argv[2])
room.move_in(root, readable=[program], devices=[], owner=0, space=1 << 20)
(room.WORK / "own").write_text("mine")
print((program / "code").read_text(), (room.WORK / "own").read_text())
"""


@pytest.mark.parametrize("parent", ["/tmp", "/var/tmp", "/dev/shm"])  # noqa: S108 - the very folders that matter here
def test_a_program_below_a_folder_of_temporary_files_is_readable_in_the_parsers_root(parent: str) -> None:
    if not walls().private_root:
        pytest.skip("this process may not mount: the parser gets no root of its own here")
    with tempfile.TemporaryDirectory(dir=parent) as program, tempfile.TemporaryDirectory() as root:
        (Path(program) / "code").write_text("theirs", encoding="utf-8")
        command = [sys.executable, "-c", _MOVE, root, program]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["theirs", "mine"], "")
