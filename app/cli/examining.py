"""`bulkhead doctor`: which walls hold on this machine."""

import asyncio
import json
from dataclasses import asdict
from typing import Final

import typer
from rich.console import Console
from rich.text import Text

from app.cli.outcome import FAILED, AsJson, failures_are_sentences
from app.doctor import Finding, Verdict, examine
from app.settings import Settings, redacted

app: Final = typer.Typer(add_completion=False)
_STYLES: Final = {Verdict.PASS: "green", Verdict.WARN: "yellow", Verdict.FAIL: "bold red"}


@app.command()
def doctor(*, as_json: AsJson = False) -> None:
    """Print the settings, without secrets, and every check with what to do; exit 1 if one failed."""
    with failures_are_sentences():
        settings = Settings()
        findings = asyncio.run(examine(settings))
    if as_json:
        typer.echo(json.dumps({"settings": redacted(settings), "checks": [asdict(one) for one in findings]}))
    else:
        _print(redacted(settings), findings)
    if any(one.verdict is Verdict.FAIL for one in findings):
        raise typer.Exit(FAILED)


def _print(settings: dict[str, str], findings: list[Finding]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for name, value in settings.items():
        console.print(Text(f"BULKHEAD_{name.upper()}".ljust(34), style="dim").append(Text(value)))
    console.print()
    width = max(len(one.name) for one in findings)
    for one in findings:
        line = Text(one.verdict.ljust(6), style=_STYLES[one.verdict]).append(Text(one.name.ljust(width + 2)))
        console.print(line.append(Text(one.says)))
        if one.advice:
            console.print(Text(" " * 6 + " " * (width + 2) + one.advice, style="dim"))
