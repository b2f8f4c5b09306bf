"""`bulkhead serve`: the all-in-one service."""

import shlex
import sys
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

import typer
import uvloop

from app.cli.outcome import fail
from app.cli.processes import endings_are_sentences
from app.cli.witnessed import issued, system_user
from app.hardening import harden, raise_descriptor_limit
from app.resources import Resources
from app.serve import Addresses, serve
from app.settings import Settings
from app.telemetry import start_logging

app: Final = typer.Typer(add_completion=False)
_HIGHEST_PORT: Final = 65_535


@app.command("serve")
def serve_command(
    host: Annotated[str, typer.Option(help="Where the tenant plane listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=_HIGHEST_PORT)] = 8000,
    admin_host: Annotated[str, typer.Option(help="Where the operator plane and /metrics listen.")] = "127.0.0.1",
    admin_port: Annotated[
        int | None, typer.Option(min=1, max=_HIGHEST_PORT, help="Default: the port plus one.")
    ] = None,
) -> None:
    """Run the API, the operator plane and, without Redis, the worker, until SIGTERM."""
    admin_port = port + 1 if admin_port is None else admin_port
    if (admin_host, admin_port) == (host, port) or admin_port > _HIGHEST_PORT:
        fail("The operator plane needs a free address of its own: choose --admin-port.", 2)
    harden()
    raise_descriptor_limit()
    start_logging()
    addresses = Addresses(host, port, admin_host, admin_port)
    with endings_are_sentences():
        settings = Settings()
        first = not (settings.keys_folder / "deployment").exists()
        uvloop.run(serve(settings, addresses, lambda resources: _greet(resources, addresses, first=first)))


async def _greet(resources: Resources, addresses: Addresses, *, first: bool) -> None:
    """Say where the service answers and, at a deployment's first start, how to get from here to an answer."""
    public = resources.settings.public_url or f"http://{addresses.host}:{addresses.port}"
    operators = f"http://{addresses.admin_host}:{addresses.admin_port}"
    lines = [f"Bulkhead answers on {public}; operators on {operators}. Data: {resources.settings.data_dir.resolve()}"]
    if first:
        lines += _first_steps(public, operators, await issued(resources.foundation, system_user("first start")))
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _first_steps(public: str, operators: str, token: str) -> list[str]:
    """Return lines to paste into a shell, from operator token to first answer."""
    command = shlex.quote(str(Path(sys.argv[0]).resolve())) if Path(sys.argv[0]).name == "bulkhead" else "bulkhead"
    script = files("app.cli").joinpath("first_steps.sh").read_text(encoding="utf-8")
    for name, value in (("@PUBLIC@", public), ("@OPERATORS@", operators), ("@TOKEN@", token)):
        script = script.replace(name, value)
    return [
        "",
        "First start. The operator token below is shown once and holds for an hour (later: bulkhead operator token).",
        "Paste these lines into another terminal to get from here to a first answer. After them,",
        f"`{command} ingest` and `{command} ask` work there too.",
        "",
        script,
    ]
