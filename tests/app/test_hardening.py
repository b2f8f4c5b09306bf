"""A hardened process cannot be read by others and leaves no core."""

import subprocess
import sys

_PROGRAM = """
import os, resource
from app.hardening import dumpable, harden
before = dumpable()
harden()
print(before, dumpable(), resource.getrlimit(resource.RLIMIT_CORE), os.umask(0o777) == 0o077)
"""


def test_hardening_ends_dumpability_core_files_and_readable_files() -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "(0,", "0)", "True"]
