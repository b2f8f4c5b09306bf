"""The programs some tests run beside the service, found or named with the command that installs them."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

_PACKAGES = {
    "curl": "curl",
    "initdb": "postgresql",
    "pg_ctl": "postgresql",
    "postgres": "postgresql",
    "pdftotext": "poppler-utils",
    "redis-server": "redis-server",
    "soffice": "libreoffice",
    "tesseract": "tesseract-ocr",
}
"""Debian package of each program a test may ask for."""


def requires(program: str) -> Path:
    """Return the path of `program`, or skip the test with the command that installs it.

    With CI=true there is nothing to skip for: an absent program fails the test.
    """
    found = locate(program)
    if found is None:
        missing(f"{program} is not installed: apt-get install {_PACKAGES[program]}")
    return found


def locate(program: str) -> Path | None:
    """Find `program` on the path, or where Debian keeps PostgreSQL's server programs, newest version first."""
    on_path = shutil.which(program)
    if on_path is not None:
        return Path(on_path).absolute()  # not resolved: Redis is one program that does what it is called
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]))
    return versions[-1] if versions else None


def missing(reason: str) -> NoReturn:
    """Skip for `reason`, or fail where CI=true promises that everything is installed."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason} (CI=true: nothing is skipped)", pytrace=False)
    pytest.skip(reason)
