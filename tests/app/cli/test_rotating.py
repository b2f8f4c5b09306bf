"""Keys are replaced beside a running service, which answers all the while."""

import json
from pathlib import Path

from app.calling.remote import Remote
from app.demo.service import started
from tests.app.processes import run, tenant, variables

_QUESTION = {"query": "Where does the cormorant nest?"}


def _whole_audit(member: Remote) -> list[tuple[str, str]]:
    """Return every action with its purpose: the questions that were asked meanwhile stand between them."""
    lines = map(json.loads, member.text("/v1/audit/export").splitlines())
    return [(one["action"], one["purpose"]) for one in lines if "action" in one]


def test_L41_a_service_turns_a_tenants_keys_and_finds_the_same_all_the_while(tmp_path: Path) -> None:
    leases = {"BULKHEAD_KEY_REFRESH_SECONDS": "1", "BULKHEAD_KEY_EXPIRE_SECONDS": "1"}
    (tmp_path / "tower.txt").write_text("The cormorant nests in the north tower.", encoding="utf-8")
    with started(tmp_path, variables(tmp_path, **leases)) as service:
        with (
            Remote(service.url, credentials=tenant(service, "Cormorants")) as member,
            Remote(service.operators, service.token) as operators,
        ):
            member.settled(member.upload(tmp_path / "tower.txt", "tower.txt")["id"])
            owner = member.call("GET", "/v1/me")["tenant"]["id"]
            before = member.call("POST", "/v1/search", json=_QUESTION)
            assert before["hits"]
            begun = operators.call(
                "POST", f"/admin/v1/tenants/{owner}/rotate-key", json={"reason": "a laptop was lost"}
            )
            assert (begun["rotation"]["version"], begun["rotation"]["state"]) == (2, "begun")
            seen = set()
            while (now := operators.call("GET", f"/admin/v1/tenants/{owner}")["rotation"])["state"] != "done":
                seen.add(now["state"])
                assert member.call("POST", "/v1/search", json=_QUESTION) == before
            assert {"announced", "activated"} <= seen
            assert member.call("POST", "/v1/search", json=_QUESTION) == before
            followed = run(tmp_path, "tenant", "rotate-key", owner, "--reason", "again", "--wait", "--json", **leases)
            assert followed.returncode == 0, followed.stderr
            told = json.loads(followed.stdout)
            assert (told["state"], told["version"], told["tenant_id"]) == ("done", 3, owner)
            assert member.call("POST", "/v1/search", json=_QUESTION) == before
            actions = _whole_audit(member)
            assert ("key.rotated", "a laptop was lost") in actions
            assert ("key.rotated", "again") in actions
        shown = run(tmp_path, "tenant", "show", owner, "--json", **leases)
        assert json.loads(shown.stdout)["rotation"]["state"] == "done"
