"""A hardened process cannot be read by others and leaves no core; it may open what the system allows."""

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


_LIMITED = """
import resource
from app.hardening import raise_descriptor_limit
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
raise_descriptor_limit()
print(resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard))
"""


def test_L64_the_soft_descriptor_limit_is_raised() -> None:
    done = subprocess.run([sys.executable, "-c", _LIMITED], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
