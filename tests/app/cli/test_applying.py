"""`bulkhead tenant apply`: a plan first, then what it says, and nothing the second time."""

import json
import stat
import subprocess
from pathlib import Path
from typing import Any

from tests.app.processes import run

_FIRST = """\
tenants:
  - name: Acme
    plan: free
    limits: {burst: 7}
  - name: Birch
    profile: {template: legal}
"""
_SECOND = """\
tenants:
  - name: Acme
    plan: dedicated
    limits: {monthly_usd: 50}
"""


def _apply(folder: Path, text: str, *more: str) -> "subprocess.CompletedProcess[str]":
    (folder / "tenants.yaml").write_text(text, encoding="utf-8")
    return run(folder, "tenant", "apply", "tenants.yaml", *more)


def _tenants(folder: Path) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in json.loads(run(folder, "tenant", "list", "--json").stdout)}


def test_a_manifest_is_shown_applied_and_the_second_time_changes_nothing(tmp_path: Path) -> None:
    dry = _apply(tmp_path, _FIRST, "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert "+ Acme: create" in dry.stdout
    assert "limits.burst: 7" in dry.stdout
    assert _tenants(tmp_path) == {}
    asked = _apply(tmp_path, _FIRST)  # nobody is there to be asked
    assert (asked.returncode, _tenants(tmp_path)) == (2, {})
    assert "--yes" in asked.stderr
    done = _apply(tmp_path, _FIRST, "--yes", "--codes", "codes.jsonl")
    assert done.returncode == 0, done.stderr
    codes = [json.loads(line) for line in (tmp_path / "codes.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [code["name"] for code in codes] == ["Acme", "Birch"]
    assert all(code["code"].startswith("enr_") for code in codes)
    assert stat.S_IMODE((tmp_path / "codes.jsonl").stat().st_mode) == 0o600
    assert "enr_" not in done.stdout + done.stderr
    first = _tenants(tmp_path)
    assert (first["Acme"]["plan"], first["Birch"]["plan"]) == ("free", "standard")
    again = _apply(tmp_path, _FIRST, "--json")
    assert again.returncode == 0
    told = json.loads(again.stdout)
    assert (told["applied"], [step["act"] for step in told["plan"]]) == (False, ["no change"] * 2)
    assert _tenants(tmp_path) == first


def test_a_manifest_changes_what_differs_leaves_others_alone_and_tells_codes_once(tmp_path: Path) -> None:
    made = json.loads(_apply(tmp_path, _FIRST, "--yes", "--json").stdout)
    assert [code["name"] for code in made["codes"]] == ["Acme", "Birch"]
    changed = _apply(tmp_path, _SECOND, "--yes", "--json")
    told = json.loads(changed.stdout)
    assert (changed.returncode, told["left_alone"], told["codes"]) == (0, ["Birch"], [])
    assert told["plan"][0]["says"] == [
        "plan: free -> dedicated", "limits.burst: 7 -> the plan's", "limits.monthly_usd: the plan's -> 50"
    ]  # fmt: skip
    now = _tenants(tmp_path)["Acme"]
    assert (now["plan"], now["limits"]["burst"], now["limits"]["monthly_usd"]) == ("dedicated", 500, 50)
    assert json.loads(_apply(tmp_path, _SECOND, "--yes", "--json").stdout)["applied"] is False
    bad = _apply(tmp_path, "tenants:\n  - name: Oak\n  - name: Acme\n    plan: gold\n", "--yes")
    assert bad.returncode == 2
    assert "tenants.yaml:4: tenants[1].plan:" in bad.stderr
    surprised = _apply(tmp_path, "tenants:\n  - name: Oak\n  - name: ACME\n", "--yes")
    assert surprised.returncode == 2
    assert "tenants.yaml:3: tenants[1].name: it reads the same as the tenant 'Acme'" in surprised.stderr
    assert set(_tenants(tmp_path)) == {"Acme", "Birch"}
    assert run(tmp_path, "tenant", "apply", "absent.yaml").returncode == 2
    (tmp_path / "taken").write_text("keep", encoding="utf-8")
    taken = _apply(tmp_path, "tenants: [{name: Oak}]", "--yes", "--codes", "taken")
    assert taken.returncode == 1
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "keep"
    assert "Oak" not in _tenants(tmp_path)
