"""`bulkhead provider` beside a running service: what it changes there, and that the key is in no output."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.calling.remote import Remote
from app.demo.service import Started
from tests.app.cli.test_commands import folder_of
from tests.app.processes import run, tenant

pytestmark = pytest.mark.xdist_group("service")

_KEY = "sk-of-the-command-line"
_OTHER = "sk-from-standard-input"
_WHY = ("--reason", "the contract", "--json")


@dataclass(frozen=True, slots=True)
class _Commands:
    """What was done by command, and everything that was printed over it."""

    folder: Path
    said: list[str] = field(default_factory=list)

    def provider(self, *arguments: str, given: str = "") -> dict[str, object]:
        done = run(self.folder, "provider", *arguments, *_WHY, given=given)
        assert done.returncode == 0, done.stderr
        self.said.append(done.stdout + done.stderr)
        answer: dict[str, object] = json.loads(done.stdout)
        return answer


def test_an_offer_made_by_command_is_offered_suspended_and_removed_by_the_running_service(
    service: Started, tmp_path: Path
) -> None:
    commands, key = _Commands(folder_of(service)), tmp_path / "key.txt"
    key.write_text(f"{_KEY}\n", encoding="utf-8")
    with Remote(service.url, credentials=tenant(service, "Is offered something")) as member:

        def model() -> object:
            offered = member.call("GET", "/v1/settings")["platform_provider"]
            return offered and offered["model"]

        assert model() is None
        made = commands.provider("set", "standard", "--key-file", str(key), "--model", "gpt-4o")
        assert (made["status"], made["model"], made["model_priced"], model()) == ("active", "gpt-4o", True, "gpt-4o")
        commands.provider("set", "standard", "--key-file", "-", "--model", "gpt-4o-mini", given=_OTHER)
        assert model() == "gpt-4o-mini"
        assert (commands.provider("suspend", "standard")["status"], model()) == ("suspended", None)
        assert (commands.provider("resume", "standard")["status"], model()) == ("active", "gpt-4o-mini")
        assert (commands.provider("remove", "standard")["status"], model()) == ("none", None)
    trail = _trail(service)
    acts = [(one["action"], one["resource"]) for one in trail]
    assert acts == [(f"provider.{each}", "standard") for each in ("set", "set", "suspended", "resumed", "removed")]
    assert not any(word in text for word in (_KEY, _OTHER) for text in (*commands.said, str(trail)))


def _trail(service: Started) -> list[dict[str, Any]]:
    with Remote(service.operators, service.token) as operators:
        found = operators.call("GET", "/admin/v1/audit", params={"limit": 100})["items"]
    return [one for one in found[::-1] if one["address"] == "machine" and one["action"].startswith("provider.")]


def test_every_plan_is_listed(service: Started) -> None:
    listed = run(folder_of(service), "provider", "list", "--json")
    assert {one["plan"]: one["status"] for one in json.loads(listed.stdout)} == dict.fromkeys(
        ("free", "standard", "dedicated"), "none"
    )


def test_what_cannot_be_offered_is_one_sentence(service: Started, tmp_path: Path) -> None:
    folder, why = folder_of(service), ("--reason", "a test")
    key = tmp_path / "key.txt"
    key.write_text("two words", encoding="utf-8")
    for arguments, sentence in (
        (("set", "free", "--key-file", str(key)), "printable ASCII"),
        (("set", "free", "--model", "m"), "Give the provider_key"),
        (("set", "free", "--key-file", str(tmp_path / "absent")), "No such file"),
        (("set", "gold", "--key-file", str(tmp_path / "key.txt")), "printable ASCII"),
        (("suspend", "free"), "nothing here"),
    ):
        done = run(folder, "provider", *arguments, *why)
        assert done.returncode == 1
        assert sentence in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert run(folder, "provider", "set", "free").returncode == 2
