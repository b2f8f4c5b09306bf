"""The parser runs wherever the program was installed, the machine's folder of temporary files included."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]
_READ = """
import asyncio, sys
from pathlib import Path
from ingestion.parse import ParserPool

async def content():
    yield b"The moon is made of rock."

async def main():
    pool = ParserPool(Path(sys.argv[1]))
    await pool.start()
    print((await pool.parse(content(), name="a.txt", size=25)).text)
    await pool.stop()

asyncio.run(main())
"""


async def test_a_copy_of_the_program_below_the_folder_of_temporary_files_reads_documents() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        place = Path(folder) / "copy"
        place.mkdir()
        for package in ("ingestion", "tenancy"):
            shutil.copytree(_ROOT / package, place / package, ignore=shutil.ignore_patterns("__pycache__"))
        Path(folder).chmod(0o755)  # a parser that runs as another user goes through it to the program
        done = await asyncio.to_thread(_read, place, Path(folder) / "work")
    assert done.stdout.strip().endswith("The moon is made of rock."), done.stderr


def _read(place: Path, work: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _READ, str(work)]
    environment = {**os.environ, "PYTHONPATH": str(place)}
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
