"""`bulkhead provider` beside a running service: what it changes there, and that the key is in no output."""

import json
from pathlib import Path

import pytest

from app.calling.remote import Remote
from app.demo.service import Started
from tests.app.cli.test_commands import folder_of
from tests.app.processes import run, tenant

pytestmark = pytest.mark.xdist_group("service")

_KEY = "sk-of-the-command-line"
_OTHER = "sk-from-standard-input"


def test_an_offer_made_by_command_is_used_suspended_and_removed_by_the_running_service(
    service: Started, tmp_path: Path
) -> None:
    folder, credentials = folder_of(service), tenant(service, "Is offered something")
    key = tmp_path / "key.txt"
    key.write_text(f"{_KEY}\n", encoding="utf-8")
    why = ("--reason", "the contract", "--json")
    said = []

    def provider(*arguments: str, given: str = "") -> dict[str, object]:
        done = run(folder, "provider", *arguments, given=given)
        assert done.returncode == 0, done.stderr
        said.append(done.stdout + done.stderr)
        answer: dict[str, object] = json.loads(done.stdout)
        return answer

    with Remote(service.url, credentials=credentials) as member:

        def model() -> object:
            offered = member.call("GET", "/v1/settings")["platform_provider"]
            return offered and offered["model"]

        assert model() is None
        made = provider("set", "standard", "--key-file", str(key), "--model", "gpt-4o", *why)
        assert (made["plan"], made["status"], made["model"], made["model_priced"]) == (
            "standard", "active", "gpt-4o", "yes",
        )  # fmt: skip
        assert model() == "gpt-4o"
        assert provider("set", "standard", "--key-file", "-", "--model", "gpt-4o-mini", *why, given=_OTHER)
        assert model() == "gpt-4o-mini"
        assert provider("suspend", "standard", *why)["status"] == "suspended"
        assert model() is None
        assert provider("resume", "standard", "--json")["status"] == "active"
        assert model() == "gpt-4o-mini"
        assert provider("remove", "standard", *why)["status"] == "none"
        assert model() is None
    listed = run(folder, "provider", "list", "--json")
    assert {one["plan"]: one["status"] for one in json.loads(listed.stdout)} == dict.fromkeys(
        ("free", "standard", "dedicated"), "none"
    )
    with Remote(service.operators, service.token) as operators:
        trail = operators.call("GET", "/admin/v1/audit", params={"limit": 100})["items"]
    mine = [one for one in trail[::-1] if one["address"] == "machine" and one["action"].startswith("provider.")]
    acts = [(one["action"], one["resource"]) for one in mine]
    wanted = ("set", "set", "suspended", "resumed", "removed")
    assert acts == [*((f"provider.{each}", "standard") for each in wanted), ("provider.listed", "")]
    assert not any(word in text for word in (_KEY, _OTHER) for text in (*said, str(trail)))


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
