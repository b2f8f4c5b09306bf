"""Dispatch the `bulkhead` command, importing only what the asked command needs."""

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Final

import click
import typer

_COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "serve": ("app.cli.serving", "Run the service: API, operator plane and worker."),
    "worker": ("app.cli.working", "Run a worker beside other processes of the deployment."),
    "demo": ("app.cli.demonstrating", "Show the whole service on the example documents, then erase them."),
    "doctor": ("app.cli.examining", "Tell which walls hold on this machine and what to do about the others."),
    "operator": ("app.cli.operators", "Tokens for the operator plane."),
    "tenant": ("app.cli.tenants", "Create, list, show, suspend, resume and erase tenants."),
    "client": ("app.cli.clients", "Create, list and revoke the credentials of a tenant's programs."),
    "ingest": ("app.cli.ingesting", "Upload files and folders to a tenant and wait until they are ready."),
    "ask": ("app.cli.asking", "Ask a tenant's documents a question."),
}
_LATER: Final = ("usage", "audit", "sweep", "eval")


class _Commands(click.Group):
    """The commands by name; a module is imported when its command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of their work."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, imported now."""
        del ctx
        if cmd_name in _LATER:
            return not_built(cmd_name)
        if cmd_name not in _COMMANDS:
            return None
        return typer.main.get_command(import_module(_COMMANDS[cmd_name][0]).app)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, says) in _COMMANDS.items()])


def not_built(name: str) -> click.Command:
    """Return a command that says it does not exist yet, and exits 2."""

    def say() -> None:
        click.echo(f"bulkhead {name} is not built yet.", err=True)
        sys.exit(2)

    open_ended = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(name, callback=say, context_settings=open_ended, add_help_option=False, hidden=True)


def main() -> None:
    """Run the command line; exit 0 when done, 1 when something failed or was found, 2 for wrong use."""
    commands = _Commands("bulkhead", help="A knowledge-base service for many tenants who do not trust each other.")
    commands(prog_name="bulkhead")
