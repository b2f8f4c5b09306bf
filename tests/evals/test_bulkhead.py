"""The suite against the real service, which it starts itself."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

_BULKHEAD = Path(sys.executable).with_name("bulkhead")


@pytest.mark.shows("evals.own-service")
def test_our_own_service_passes_with_every_route_touched(tmp_path: Path) -> None:
    arguments = ["eval", "leakage", "--families", "A1,A2,A3", "--trials", "10", "--out", str(tmp_path / "out")]
    done = subprocess.run([_BULKHEAD, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert not report["coverage"]["routes_untouched"], done.stderr + done.stdout
    assert done.returncode == 0, done.stderr + done.stdout
    assert {family["id"]: family["verdict"] for family in report["families"]} == {
        "A1": "pass",
        "A2": "pass",
        "A3": "pass",
    }
    assert "DELETE /v1/documents/{document_id}" in json.dumps(report["coverage"])


def test_wrong_use_of_the_suite_is_64_through_our_own_command_too(tmp_path: Path) -> None:
    done = subprocess.run([_BULKHEAD, "eval", "everything"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 64
    assert "leakage" in done.stderr
