"""No command of an operator shows what a tenant wrote."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from typer.core import TyperGroup
from typer.main import get_command

from app.cli.main import _COMMANDS
from app.settings import environment
from tests.app.admin.driving import OperatorDesk, kept_house
from tests.app.admin.secretive import secretive, shown
from tests.app.http.deployment import Deployment

pytestmark = pytest.mark.asyncio(loop_scope="session")

_ROOT: Final = Path(__file__).resolve().parents[3]
_TENANTS_OWN: Final = frozenset({"client", "ingest", "ask"})
_PROGRAMS: Final = frozenset({"serve", "worker", "demo", "drill"})
"""They run a service, or talk to one as an outsider does."""
_WHY: Final = ("--reason", "the yearly review")
_CALLS: Final[Mapping[str, Sequence[Sequence[str]]]] = {
    "doctor": [(), ("--json",)],
    "operator token": [_WHY, ("--json",)],
    "operator rotate-signing-key": [(*_WHY, "--plane", "operators"), (*_WHY, "--json")],
    "tenant list": [(), ("--json",)],
    "tenant show": [("{tenant}", *_WHY), ("{tenant}", "--json")],
    "tenant create": [("{new}", *_WHY), ("{new} too", "--plan", "free", "--json")],
    "tenant apply": [("{manifest}", "--dry-run"), ("{manifest}", "--yes", "--json")],
    "usage": [
        ("--deployment", "--by", "tenant,plan,day,app,feature,model"),
        ("{tenant}", "--csv"),
        ("{tenant}", "--json", "--by", "app"),
    ],
    "audit verify": [(), ("{tenant}", "--json"), ("--operations",)],
    "sweep": [(), ("--json",)],
    "provider list": [(), ("--json",)],
    "provider set": [("dedicated", "--key-file", "{key}", *_WHY)],
    "provider suspend": [("dedicated", *_WHY)],
    "provider resume": [("dedicated", *_WHY, "--json")],
    "provider remove": [("dedicated", *_WHY)],
    "tenant export": [("{tenant}", "--out", "{out}", *_WHY)],
    "tenant rotate-key": [("{tenant}", *_WHY, "--json")],
    "tenant re-embed": [("{tenant}", *_WHY), ("{tenant}", "--to", "minilm", *_WHY, "--json")],
    "tenant suspend": [("{tenant}", *_WHY)],
    "tenant resume": [("{tenant}", "--json")],
    "tenant erase": [("{tenant}", *_WHY, "--json")],
}
"""How every command of an operator is called, in an order in which all succeed."""


@dataclass(frozen=True, slots=True)
class Done:
    """What one call said: its exit code, and its output with what went to standard error."""

    call: str
    code: int
    output: str


def _commands(command: object, path: str) -> Iterator[str]:
    if isinstance(command, TyperGroup):
        for name, below in command.commands.items():
            yield from _commands(below, f"{path} {name}")
    else:
        yield path


def _called(folder: Path, calls: Sequence[Sequence[str]]) -> list[Done]:
    command = [sys.executable, "-m", "tests.app.cli.calling", json.dumps(calls)]
    env = environment(BULKHEAD_DATA_DIR=str(folder), BULKHEAD_ACCEPT_INDEX_ON_DISK="1")
    answer = subprocess.run(command, env=env, cwd=_ROOT, capture_output=True, text=True, check=True, timeout=120)
    said = json.loads(answer.stdout.splitlines()[-1])
    return [Done(" ".join(words), code, output) for words, (code, output) in zip(calls, said, strict=True)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def done(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> list[Done]:
    """Call every command beside a deployment in use, about a tenant full of canaries."""
    folder = tmp_path_factory.mktemp("commands")
    (folder / "tenants.yaml").write_text("tenants:\n  - name: From a file\n    plan: free\n", encoding="utf-8")
    (folder / "key").write_text("sk-offered", encoding="utf-8")
    async with kept_house(deployment) as desk:
        calls = await _filled(desk, folder)
        return await asyncio.to_thread(_called, deployment.resources.settings.data_dir, calls)


async def _filled(desk: OperatorDesk, folder: Path) -> list[list[str]]:
    about = {
        "tenant": (await secretive(desk)).admin.tenant,
        "new": "Made by a command",
        "manifest": str(folder / "tenants.yaml"),
        "key": str(folder / "key"),
        "out": str(folder / "out.tar.age"),
    }
    return [
        [word.format(**about) for word in (*name.split(" "), *call)] for name, calls in _CALLS.items() for call in calls
    ]


async def test_every_command_of_an_operator_is_called(done: list[Done]) -> None:
    """And succeeds: what fails at once reaches nothing."""
    known = {
        path
        for name, (module, _) in _COMMANDS.items()
        if name not in _TENANTS_OWN | _PROGRAMS
        for path in _commands(get_command(import_module(module).app), name)
    }
    assert known == set(_CALLS)
    assert [one for one in done if one.code != 0 and not one.call.startswith("doctor")] == []


@pytest.mark.shows("operators.content")
async def test_L49_no_operator_command_gives_a_tenants_content(done: list[Done]) -> None:
    assert {one.call: found for one in done if (found := shown("output", one.output.encode()))} == {}
