"""Programs that must not type-check, run through mypy in one call and compared with their marks."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.house.rules.tree import ROOT

_MARK = re.compile(r"#\s*E:\s*(?P<code>[a-z-]*)")
_ERROR = re.compile(r"^(?P<path>[^\n]+?):(?P<line>\d+): error: (?P<says>.*?)(?:\s+\[(?P<code>[a-z-]+)\])?$")


@dataclass(frozen=True, slots=True)
class Complaint:
    """One error mypy reported."""

    line: int
    code: str
    says: str


def complaints(paths: Sequence[Path]) -> dict[Path, list[Complaint]]:
    """Run mypy, as strictly as on the product, over `paths`; RuntimeError if it could not do its work."""
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), "--no-error-summary"]
    command += ["--no-pretty", "--show-error-codes", "--hide-error-context", "--no-color-output"]
    command += ["--show-absolute-path"]  # and the cache that `make lint` has just filled
    done = subprocess.run(
        [*command, *map(str, paths)],
        cwd=ROOT,
        env={**os.environ, "MYPY_FORCE_COLOR": "0", "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"mypy did not run: {done.stdout}{done.stderr}")
    found: dict[Path, list[Complaint]] = {path.resolve(): [] for path in paths}
    for line in done.stdout.splitlines():
        error = _ERROR.match(line)
        if error is None:
            continue
        path = Path(error["path"]).resolve()
        found.setdefault(path, []).append(Complaint(int(error["line"]), error["code"] or "", error["says"]))
    return found


def marks(path: Path) -> dict[int, str]:
    """The lines marked `# E:` as wrong, each with the mypy error code it names or an empty string."""
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    return {number: mark["code"] for number, line in lines if (mark := _MARK.search(line))}


def disagreements(path: Path, found: Sequence[Complaint]) -> list[str]:
    """Compare what mypy said of one program with its marks: both ways, so that a broken program proves nothing."""
    expected = marks(path)
    if not expected:
        return [f"{path.name}: no line is marked `# E:`"]
    wrong = []
    for line, code in expected.items():
        here = [one.code for one in found if one.line == line]
        if not here:
            wrong.append(f"{path.name}:{line}: type-checks, and must not")
        elif code and code not in here:
            wrong.append(f"{path.name}:{line}: fails with {here}, not with [{code}]")
    wrong += [f"{path.name}:{one.line}: unexpected: {one.says}" for one in found if one.line not in expected]
    return wrong
