"""What commands do on the machine stands in the operators' trail: who ran them, from where, why, with what outcome."""

import getpass
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pyrage import x25519

from app.calling.remote import Remote
from app.demo.service import Started
from tests.app.processes import run, tenant

pytestmark = pytest.mark.xdist_group("service")


def _folder(service: Started) -> Path:
    return Path(f"/proc/{service.process.pid}/cwd").resolve()


def _trail(service: Started, **wanted: str) -> list[dict[str, Any]]:
    """Return what commands on the machine left, oldest first."""
    with Remote(service.operators, service.token) as operators:
        found = operators.call("GET", "/admin/v1/audit", params={"limit": 100, **wanted})["items"]
    return [one for one in found[::-1] if one["address"] == "machine"]


@pytest.mark.shows("audit.operators")
def test_every_command_about_a_tenant_is_written_down_with_its_outcome_and_reason(
    service: Started, tmp_path: Path
) -> None:
    folder = _folder(service)
    made = run(folder, "tenant", "create", "Seen by all", "--reason", "ticket 12", "--json")
    owner = json.loads(made.stdout)["tenant"]["id"]
    done = [
        run(folder, "tenant", "show", owner, "--reason", "looking"),
        run(folder, "usage", owner),
        run(folder, "tenant", "suspend", owner, "--reason", "unpaid"),
        run(folder, "tenant", "suspend", owner, "--reason", "unpaid, again"),
        run(folder, "tenant", "resume", owner),
        run(folder, "tenant", "rotate-key", owner, "--reason", "yearly"),
        run(folder, "tenant", "re-embed", owner, "--reason", "a better one", "--wait"),
        run(folder, "tenant", "export", owner, "--reason", "moves", "--out", str(tmp_path / "out.age")),
        run(folder, "tenant", "erase", owner, "--reason", "over"),
    ]
    assert [one.returncode for one in done] == [0, 0, 0, 1, 0, 0, 0, 1, 0], [one.stderr for one in done]
    assert [(one["action"], one["outcome"], one["purpose"]) for one in _trail(service, tenant=owner)] == [
        ("tenant.created", "done", "ticket 12"),
        ("tenant.read", "done", "looking"),
        ("usage.read", "done", ""),
        ("tenant.suspended", "done", "unpaid"),
        ("tenant.suspended", "refused", "unpaid, again"),
        ("tenant.resumed", "done", "resumed"),
        ("key.rotated", "done", "yearly"),
        ("embedder.change_requested", "done", "a better one"),
        ("export.begun", "refused", "moves"),
        ("tenant.erased", "done", "over"),
    ]
    assert {one["actor"] for one in _trail(service, tenant=owner)} == {f"operator:{getpass.getuser()}"}


def test_an_export_and_a_look_from_the_machine_stand_in_the_tenants_own_trail_too(
    service: Started, tmp_path: Path
) -> None:
    folder, credentials = _folder(service), tenant(service, "Looked at")
    with Remote(service.url, credentials=credentials) as member:
        owner = member.call("GET", "/v1/me")["tenant"]["id"]
        member.call("PATCH", "/v1/settings", json={"export_recipient": str(x25519.Identity.generate().to_public())})
        out = ("--reason", "moves", "--out", str(tmp_path / "out.age"))
        assert run(folder, "tenant", "export", owner, *out).returncode == 0
        assert run(folder, "tenant", "show", owner, "--reason", "a question of theirs").returncode == 0
        assert run(folder, "usage", owner).returncode == 0
        seen = [one for one in member.call("GET", "/v1/audit")["items"] if one["actor"].startswith("operator:")]
    said = [(one["action"], one["purpose"], one["address"]) for one in seen[::-1] if one["address"] == "machine"]
    assert said == [
        ("export.begun", "moves", "machine"),
        ("export.finished", "moves", "machine"),
        ("tenant.read", "a question of theirs", "machine"),
        ("usage.read", "not stated", "machine"),
    ]


def test_what_concerns_no_tenant_or_one_that_is_not_there_is_written_down(service: Started) -> None:
    folder, before = _folder(service), len(_trail(service))
    token = run(folder, "operator", "token", "--reason", "on call").stdout.splitlines()[-1]
    (folder / "tenants.yaml").write_text("tenants:\n  - name: From a file\n    plan: free\n", encoding="utf-8")
    done = [
        run(folder, "tenant", "list"),
        run(folder, "tenant", "show", "Seen by nobody"),
        run(folder, "tenant", "apply", "tenants.yaml", "--yes"),
        run(folder, "operator", "rotate-signing-key", "--plane", "operators", "--reason", "yearly"),
        run(folder, "sweep"),
    ]
    assert [one.returncode for one in done] == [0, 1, 0, 0, 0], [one.stderr for one in done]
    listed = _trail(service)[before:]
    said = [(one["action"], one["outcome"], one["purpose"]) for one in listed]
    assert said == [
        ("token.issued", "done", "on call"),
        ("tenant.listed", "done", ""),
        ("tenant.read", "denied", ""),
        ("tenant.created", "done", "tenants.yaml applied"),
        ("signing_key.rotated_operators", "done", "yearly"),
        ("orphan.listed", "done", ""),
    ]
    assert listed[2]["resource"].startswith("asked:")
    assert listed[3]["resource"] == listed[3]["tenant_id"]
    with Remote(service.operators, token) as operators:
        newest = operators.call("GET", "/admin/v1/audit")["items"]
        newest = operators.call("GET", "/admin/v1/audit")["items"]
    assert newest[0]["token_id"] == listed[0]["resource"]  # whoever uses a token is found by who was given it


def test_a_reason_that_cannot_be_written_down_is_wrong_use_and_changes_nothing(service: Started) -> None:
    folder, before = _folder(service), len(_trail(service))
    for reason in ("two\nlines", "x" * 1001):
        done = run(folder, "tenant", "create", "Never made", "--reason", reason)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "Never made" not in run(folder, "tenant", "list", "--json").stdout
    assert len(_trail(service)) == before + 1  # the listing


def test_L39_the_operators_trail_is_verified_from_the_command_line_and_an_edit_is_found(tmp_path: Path) -> None:
    made = json.loads(run(tmp_path, "tenant", "create", "Kept", "--json").stdout)["tenant"]["id"]
    whole = run(tmp_path, "audit", "verify", "--operations", "--json")
    (verdict,) = json.loads(whole.stdout)
    assert (whole.returncode, verdict["trail"], verdict["intact"], verdict["entries"]) == (0, "operations", True, 1)
    everything = json.loads(run(tmp_path, "audit", "verify", "--json").stdout)
    assert [(one["tenant"], one["intact"]) for one in everything] == [(made, True), (None, True)]
    assert [one["tenant"] for one in json.loads(run(tmp_path, "audit", "verify", made, "--json").stdout)] == [made]
    with closing(sqlite3.connect(tmp_path / "data" / "registry.db")) as db, db:
        db.execute("DELETE FROM operations")
        db.execute("UPDATE operations_end SET seq = 0, digest = x''")
    for words in (["--operations"], []):
        cut = run(tmp_path, "audit", "verify", *words, "--json")
        last = json.loads(cut.stdout)[-1]
        assert (cut.returncode, last["intact"], last["detail"]) == (1, False, "1 anchored heads are missing.")
    assert run(tmp_path, "audit", "verify", made, "--operations").returncode == 2
