"""Sentinels and the drill against a running service, from outside."""

import json
from pathlib import Path

import httpx
import pytest

from app.calling.remote import Remote
from app.demo.service import started
from tests.app.processes import run, variables

pytestmark = pytest.mark.xdist_group("service")
_EVERY = {"BULKHEAD_SENTINEL_INTERVAL_SECONDS": "2"}


@pytest.mark.shows("sentinels.drill")
def test_a_service_probes_itself_and_a_drill_proves_that_its_alarm_rings(tmp_path: Path) -> None:
    with started(tmp_path, variables(tmp_path, **_EVERY)) as service:
        with Remote(service.operators, service.token) as operators:
            found = operators.wait("/admin/v1/tripwires", "status", "ok", 120.0)
            assert [each["name"] for each in found["sentinels"]] == ["north", "south"]
            assert found["alarms"] == []
            listed = operators.call("GET", "/admin/v1/tenants")["items"]
            assert {each["id"] for each in found["sentinels"]} == {each["id"] for each in listed}
            drilled = run(tmp_path, "drill", "--url", service.url, "--json", **_EVERY)
            assert drilled.returncode == 0, drilled.stdout + drilled.stderr
            assert all(step["held"] for step in json.loads(drilled.stdout))
            after = operators.call("GET", "/admin/v1/tripwires")
        assert after["last_drill_at"] is not None
        assert {(alarm["surface"], alarm["blocked"], alarm["drill"]) for alarm in after["alarms"]} == {
            ("search", True, True),
            ("context", True, True),
        }
        told = httpx.get(f"{service.operators}/metrics", trust_env=False).text
        for surface in ("context", "search"):  # more than once where a probe of its own fell into the drill
            assert _number(told, f'bulkhead_tripwires_total{{blocked="true",drill="true",surface="{surface}"}}') >= 1
        assert _number(told, "bulkhead_tripwire_last_good_probe_age_seconds") < 120
        log = (tmp_path / "service.log").read_text(encoding="utf-8")
        doctor = json.loads(run(tmp_path, "doctor", "--json", **_EVERY).stdout)["checks"]
    events = [json.loads(line) for line in log.splitlines()]
    rang = {event["surface"] for event in events if event["event"] == "tripwire.found" and event["drill"]}
    assert rang == {"context", "search"}
    (finding,) = [one for one in doctor if one["name"] == "tripwires"]
    assert (finding["verdict"], "s ago" in finding["says"]) == ("pass", True)


def _number(told: str, series: str) -> float:
    """Return what an exposition says of one series."""
    (line,) = (line for line in told.splitlines() if line.startswith(f"{series} "))
    return float(line.split()[1])


def test_a_drill_without_sentinels_says_what_to_do(tmp_path: Path) -> None:
    done = run(tmp_path, "drill", "--url", "http://127.0.0.1:9")
    assert done.returncode == 1
    assert "BULKHEAD_SENTINEL_INTERVAL_SECONDS" in done.stderr
