"""A plugin that writes what the probes of the database's walls showed to a file, for whoever looks inside a deployment.

pytest -p tests.wall_results --wall-results walls.json FILE, a file of such probes
"""

import json
import re
from pathlib import Path
from typing import Final

import pytest

FORMAT: Final = "wall-results/1"
_KINDS: Final = {
    "breach": re.compile(r"breach|without_row_security|lacks_the_tenant|passes_row_security_by"),
    "sound": re.compile(r"has_no_gap|untouched_records"),
}
"""A breach is made on purpose and has to be noticed; where all is sound, nothing may be; the rest are probes."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the name of the file."""
    parser.addoption("--wall-results", type=Path, help="write the outcome of every test that is run to this file")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to write down if a file was named; where tests run in several processes, only their master does."""
    path = config.getoption("--wall-results")
    if path is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Results(path))


class Results:
    """Keeps the worst outcome of each test and writes all at the end."""

    def __init__(self, path: Path) -> None:
        """Write to a path."""
        self._path = path
        self._outcomes: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a test's outcome: that of its call, unless setting up or tearing down went otherwise."""
        if report.when == "call" or report.outcome != "passed":
            worse = self._outcomes.get(report.nodeid) == "failed"
            self._outcomes[report.nodeid] = "failed" if worse else report.outcome

    def pytest_sessionfinish(self) -> None:
        """Write the file."""
        results = [_result(test, outcome) for test, outcome in sorted(self._outcomes.items())]
        self._path.write_text(json.dumps({"format": FORMAT, "results": results}, indent=1) + "\n", encoding="utf-8")


def _result(test: str, outcome: str) -> dict[str, str]:
    name = test.rpartition("::")[2]
    kind = next((kind for kind, pattern in _KINDS.items() if pattern.search(name)), "probe")
    title = " ".join(name.removeprefix("test_").replace("_", " ").split())
    return {"probe": Path(test.partition("::")[0]).stem, "kind": kind, "title": title, "outcome": outcome}
