"""Services and commands as processes of their own."""

import subprocess
import sys
from pathlib import Path

from app.calling.remote import Remote
from app.demo.service import Started
from app.settings import environment
from tests.limits import ROOMY


def variables(folder: Path, **more: str) -> dict[str, str]:
    """Return the settings of a service of its own in `folder`."""
    own = {"BULKHEAD_DATA_DIR": str(folder / "data"), "BULKHEAD_INDEX_DIR": str(folder / "index")}
    own |= {"BULKHEAD_ACCEPT_INDEX_ON_DISK": "1", "BULKHEAD_ACCEPT_UNWALLED_PARSERS": "1"}
    return environment(**(own | {"BULKHEAD_SENTINEL_INTERVAL_SECONDS": "0"} | more))


def tenant(service: Started, name: str) -> tuple[str, str]:
    """Create a tenant and return the credentials of its administrator."""
    with Remote(service.operators, service.token) as operators, Remote(service.url) as stranger:
        made = operators.call("POST", "/admin/v1/tenants", json={"name": name, "limits": ROOMY})
        client = stranger.call("POST", "/v1/enrol", json={"code": made["enrolment"]["code"]})
    return client["client_id"], client["client_secret"]


def run(folder: Path, *arguments: str, given: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in `folder` to its end, with what is `given` on its standard input."""
    command = [sys.executable, "-P", "-m", "app.cli", *arguments]
    env = variables(folder, **more)
    return subprocess.run(
        command, cwd=folder, env=env, input=given, capture_output=True, text=True, check=False, timeout=60
    )
