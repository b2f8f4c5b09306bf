"""`bulkhead sweep` looks first and removes when it is told to."""

import json
import os
import time
from pathlib import Path

from tenancy.ids import new_id
from tests.app.processes import run


def test_L43_a_sweep_is_a_dry_run_until_it_is_told_otherwise(tmp_path: Path) -> None:
    kept = json.loads(run(tmp_path, "tenant", "create", "Kept", "--json").stdout)["tenant"]["id"]
    nothing = run(tmp_path, "sweep")
    assert (nothing.returncode, nothing.stdout.strip()) == (0, "Nothing is without an owner.")
    stranger = tmp_path / "data" / "blobs" / new_id("ten")
    stranger.mkdir()
    then = time.time() - 2 * 24 * 3600
    os.utime(stranger, (then, then))
    dry = run(tmp_path, "sweep", "--json")
    assert (dry.returncode, json.loads(dry.stdout)[0]["outcome"]) == (1, "to be removed")
    assert "bulkhead sweep --yes" in dry.stderr
    assert stranger.exists()
    done = run(tmp_path, "sweep", "--yes", "--json")
    assert (done.returncode, [one["outcome"] for one in json.loads(done.stdout)]) == (0, ["removed"])
    assert not stranger.exists()
    assert (tmp_path / "data" / "blobs" / kept).exists()
    assert json.loads(run(tmp_path, "sweep", "--json").stdout) == []
