"""Services and commands as processes of their own."""

import multiprocessing
import os
import sys
import tempfile
from pathlib import Path
from subprocess import CompletedProcess
from typing import Final

from app.calling.remote import Remote
from app.cli.main import main
from app.demo.service import Started
from app.settings import environment
from tests.limits import ROOMY

_SECONDS: Final = 60.0
_COMMANDS: Final = multiprocessing.get_context("forkserver")
# What most commands import, which takes longer than what they do: imported once, in the process that they fork from.
_COMMANDS.set_forkserver_preload(
    ["tests.app.processes", "app.attendance", "app.cli.serving", "app.cli.tenants.commands"]
)


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


def run(folder: Path, *arguments: str, given: str = "", **more: str) -> CompletedProcess[str]:
    """Run the command line in `folder` to its end, with what is `given` on its standard input.

    It is a process of its own that was forked from one with the commands' modules imported; `tests/app/test_serve.py`
    starts the installed program itself.
    """
    with tempfile.TemporaryDirectory() as streams:
        given_to, out, err = (Path(streams) / name for name in ("in", "out", "err"))
        given_to.write_text(given, encoding="utf-8")
        asked = (arguments, folder, variables(folder, **more), (given_to, out, err))
        process = _COMMANDS.Process(target=_command, args=asked)
        process.start()
        process.join(_SECONDS)
        try:
            if process.exitcode is None:
                process.kill()
                raise TimeoutError(f"bulkhead {' '.join(arguments)} did not end")
            return CompletedProcess(arguments, process.exitcode, out.read_text("utf-8"), err.read_text("utf-8"))
        finally:
            process.join()
            process.close()


def _command(
    arguments: tuple[str, ...], folder: Path, settings: dict[str, str], streams: tuple[Path, Path, Path]
) -> None:
    """Become the command: its arguments, folder, environment and standard streams."""
    for number, (path, flags) in enumerate(zip(streams, (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY), strict=True)):
        opened = os.open(path, flags | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process
    os.environ.clear()
    os.environ.update(settings)
    os.chdir(folder)
    sys.argv = ["bulkhead", *arguments]
    main()
