"""Dispatch the `bulkhead` command, importing only what the asked command needs."""

import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from typing import Final

import typer

_COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "serve": ("app.cli.serving", "Run the service: API, operator plane and worker."),
    "worker": ("app.cli.working", "Run a worker beside other processes of the deployment."),
    "demo": ("app.cli.demonstrating", "Show the whole service on the example documents."),
    "doctor": ("app.cli.examining", "Tell which walls hold on this machine, and what to do about the others."),
    "drill": ("app.cli.drilling", "Make the alarm of the tripwires ring, and see that it did."),
    "operator": ("app.cli.operators", "Make tokens for the operator plane, replace the keys that sign tokens."),
    "tenant": (
        "app.cli.tenants.commands",
        "Create, list, show, suspend, resume, export and erase tenants, replace their keys.",
    ),
    "provider": (
        "app.cli.tenants.providers",
        "Offer the tenants of a plan a model provider, on the platform's account.",
    ),
    "audit": ("app.cli.auditing", "Check that no entry of an audit trail was edited, removed, moved or cut off."),
    "sweep": ("app.cli.sweeping", "Find what belongs to no tenant any more and, with --yes, remove it."),
    "client": ("app.cli.remote.clients", "Create, list, rotate and revoke the credentials of a tenant's programs."),
    "ingest": ("app.cli.remote.ingesting", "Upload files and folders to a tenant and wait until they are ready."),
    "ask": ("app.cli.remote.asking", "Ask a tenant's documents a question."),
    "usage": ("app.cli.spending", "Print what was spent: a tenant's own, or of all tenants for an operator."),
}
_SUITE: Final = (sys.executable, "-P", "-m", "evals")
_SUITE_SAYS: Final = "Attack a deployment from outside (leakage), or measure its answers (quality)."
_WRONG_USE: Final = 2


def main() -> None:
    """Run the command line; exit 0 when done, 1 when something failed or was found, 2 for wrong use."""
    asked = sys.argv[1:]
    name = asked[0] if asked else ""
    if name in {"--help", "-h"}:
        typer.echo(_help())
    elif name == "--version":
        typer.echo(version("bulkhead"))
    elif name == "eval":  # a program of its own that imports nothing of the service, with exit codes of its own
        sys.exit(subprocess.run([*_SUITE, *asked[1:]], check=False).returncode)  # noqa: S603 - our own command
    elif name in _COMMANDS:
        import_module(_COMMANDS[name][0]).app(args=asked[1:], prog_name=f"bulkhead {name}")
    else:
        _refuse(f"There is no command {name!r}.\n\n{_help()}" if name else _help())


def _help() -> str:
    commands = {**{name: says for name, (_, says) in _COMMANDS.items()}, "eval": _SUITE_SAYS}
    width = max(map(len, commands))
    lines = [f"  {name.ljust(width)}  {says}" for name, says in commands.items()]
    return "\n".join(["Usage: bulkhead COMMAND …  (--help after a command tells more)", "", *lines])


def _refuse(sentence: str) -> None:
    typer.echo(sentence, err=True)
    sys.exit(_WRONG_USE)
