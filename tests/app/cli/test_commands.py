"""The command line beside a running service: exit codes and JSON."""

import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from pyrage import x25519

from app.calling.remote import Remote
from app.demo.service import Started
from tests.app.processes import run, tenant
from tests.tenancy.exports.reading import unpacked

pytestmark = pytest.mark.xdist_group("service")


def folder_of(service: Started) -> Path:
    """Return where a service was started."""
    return Path(f"/proc/{service.process.pid}/cwd").resolve()


def as_client(service: Started, credentials: tuple[str, str]) -> dict[str, str]:
    """Return the settings that sign a client in."""
    client, secret = credentials
    return {"BULKHEAD_URL": service.url, "BULKHEAD_CLIENT_ID": client, "BULKHEAD_CLIENT_SECRET": secret}


def test_files_are_ingested_and_asked_with_a_tenants_own_credentials(service: Started, tmp_path: Path) -> None:
    client = as_client(service, tenant(service, "Command line"))
    (tmp_path / "papers" / ".git").mkdir(parents=True)
    (tmp_path / "papers" / ".git" / "hidden.txt").write_text("not for upload", encoding="utf-8")
    (tmp_path / "papers" / "tide.md").write_text("# Tides\n\nThe spring tide comes at nine.\n", encoding="utf-8")
    (tmp_path / "empty.txt").write_text("", encoding="utf-8")
    done = run(tmp_path, "ingest", "papers", "--json", **client)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)
    assert (row["name"], row["status"]) == ("tide.md", "ready")
    asked = run(tmp_path, "ask", "When does the spring tide come?", **client)
    assert asked.returncode == 0
    assert "nine" in asked.stdout
    assert "[1] tide.md" in asked.stdout
    told = json.loads(run(tmp_path, "ask", "When does the spring tide come?", "--json", **client).stdout)
    assert told["citations"][0]["document_name"] == "tide.md"
    assert run(tmp_path, "ingest", "empty.txt", **client).returncode == 1
    assert run(tmp_path, "ingest", "not-there.txt", **client).returncode == 2


def _ingested(folder: Path, client: dict[str, str], *words: str) -> tuple[int, dict[str, str]]:
    """Ingest the folder `papers`; return the exit code, and of each external id what became of it."""
    done = run(folder, "ingest", "papers", "--json", *words, **client)
    return done.returncode, {row["external_id"]: f"{row['change']} {row['status']}" for row in json.loads(done.stdout)}


def test_a_folder_ingested_again_updates_its_documents(service: Started, tmp_path: Path) -> None:
    client = as_client(service, tenant(service, "Folder"))
    papers = tmp_path / "papers"
    (papers / "2024").mkdir(parents=True)
    for name, text in (("tide.md", "The tide comes at nine."), ("2024/tide.md", "The tide came at eight.")):
        (papers / name).write_text(text, encoding="utf-8")
    (papers / "empty.txt").write_text("", encoding="utf-8")
    (papers / "tide.xyz").write_bytes(b"\x00\x01")
    assert _ingested(tmp_path, client) == (1, {
        "papers/tide.md": "new ready", "papers/2024/tide.md": "new ready",
        "papers/empty.txt": "new failed", "papers/tide.xyz": "refused refused",
    })  # fmt: skip
    (papers / "tide.xyz").unlink()
    (papers / "tide.md").write_text("The tide comes at ten.", encoding="utf-8")
    (papers / "empty.txt").write_text("Not empty any more.", encoding="utf-8")
    assert _ingested(tmp_path, client) == (0, {
        "papers/tide.md": "changed ready", "papers/2024/tide.md": "unchanged ready",
        "papers/empty.txt": "changed ready",
    })  # fmt: skip
    with Remote(service.url, credentials=(client["BULKHEAD_CLIENT_ID"], client["BULKHEAD_CLIENT_SECRET"])) as itself:
        assert len(itself.call("GET", "/v1/documents")["items"]) == 3
    (papers / "lamps.jsonl").write_text('{"lamp": "red"}\n{"lamp": \n{"lamp": "green"}\n', encoding="utf-8")
    table = run(papers, "ingest", ".", **client)
    heads = table.stdout.splitlines()[0].split()
    assert heads == ["CHANGE", "STATUS", "NAME", "CHUNKS", "UNREAD", "ID", "EXTERNAL_ID"]
    assert "lamps.jsonl: Line 2 " in table.stderr
    assert "1 new, 0 changed, 3 unchanged, 0 refused, 0 failed." in table.stderr
    twice = run(tmp_path, "ingest", "papers", "papers/tide.md", **client)
    assert (twice.returncode, "papers/tide.md" in twice.stderr) == (2, True)


def test_usage_is_a_tenants_own_with_its_credentials_and_the_whole_deployments_without(
    service: Started, tmp_path: Path
) -> None:
    credentials = tenant(service, "Spends")
    client = as_client(service, credentials)
    with Remote(service.url, credentials=credentials) as itself:
        mine = itself.call("GET", "/v1/me")["tenant"]["id"]
    assert run(tmp_path, "ask", "Is anything here?", **client).returncode == 0
    own = json.loads(run(tmp_path, "usage", "--json", **client).stdout)["items"]
    assert [(item["feature"], item["requests"]) for item in own] == [("/v1/ask", 1)]
    (row,) = csv.DictReader(run(tmp_path, "usage", "--csv", "--by", "day", **client).stdout.splitlines())
    assert int(row["embedding_tokens"]) == own[0]["embedding_tokens"] > 0
    for_people = run(tmp_path, "usage", **client).stdout
    assert for_people.splitlines()[0].split()[:3] == ["app", "feature", "model"]
    assert for_people.splitlines()[-1].startswith("in all")
    folder = folder_of(service)
    everybody = json.loads(run(folder, "usage", "--by", "tenant", "--json").stdout)["items"]
    assert {item["tenant"]: item["embedding_tokens"] for item in everybody}[mine] == own[0]["embedding_tokens"]
    (one,) = csv.DictReader(run(folder, "usage", mine, "--csv").stdout.splitlines())
    assert (one["tenant"], one["plan"]) == (mine, "standard")
    assert run(folder, "usage", "ten_nobody").returncode == 1
    assert run(tmp_path, "usage", "--from", "yesterday", **client).returncode == 2
    assert "Nothing was spent" in run(tmp_path, "usage", "--to", "2020-01-01", **client).stdout


def test_clients_are_made_listed_rotated_and_revoked(service: Started, tmp_path: Path) -> None:
    client = as_client(service, tenant(service, "Many programs"))
    made = json.loads(run(tmp_path, "client", "create", "bot", "--role", "user", "--json", **client).stdout)
    assert made["roles"] == ["user"]
    listed = run(tmp_path, "client", "list", "--json", **client).stdout
    assert made["client_id"] in listed
    assert made["client_secret"] not in listed
    first = as_client(service, (made["client_id"], made["client_secret"]))
    again = json.loads(
        run(tmp_path, "client", "rotate", made["client_id"], "--overlap", "60", "--json", **client).stdout
    )
    assert again["earlier_until"] is not None
    latest = as_client(service, (made["client_id"], again["client_secret"]))
    assert [run(tmp_path, "ask", "Anybody?", **one).returncode for one in (first, latest)] == [0, 0]
    assert run(tmp_path, "client", "rotate", made["client_id"], "--overlap", "-1", **client).returncode == 2
    assert run(tmp_path, "client", "rotate", "cli_nobody", **client).returncode == 1
    assert run(tmp_path, "client", "revoke", made["client_id"], **client).returncode == 0
    refused = run(tmp_path, "ask", "Anybody?", **latest)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr


def test_operator_commands_work_beside_the_service(service: Started, tmp_path: Path) -> None:
    folder = folder_of(service)
    credentials = tenant(service, "Keeps a secret")
    (tmp_path / "secret.txt").write_text("The cormorant nests in the north tower.", encoding="utf-8")
    assert run(tmp_path, "ingest", "secret.txt", **as_client(service, credentials)).returncode == 0
    with Remote(service.url, credentials=credentials) as member:
        owner = member.call("GET", "/v1/me")["tenant"]["id"]
    said = [
        run(folder, "tenant", "list", "--json"),
        run(folder, "tenant", "show", owner),
        run(folder, "tenant", "suspend", owner, "--reason", "unpaid", "--json"),
    ]
    assert [one.returncode for one in said] == [0, 0, 0]
    assert json.loads(said[2].stdout)["status"] == "suspended"
    asked = run(tmp_path, "ask", "Where does the cormorant nest?", **as_client(service, credentials))
    assert asked.returncode == 1
    assert run(folder, "tenant", "resume", owner).returncode == 0
    again = run(tmp_path, "ask", "Where does the cormorant nest?", **as_client(service, credentials))
    assert "north tower" in again.stdout


def test_a_tenant_erased_from_the_command_line_is_destroyed_by_the_running_service(service: Started) -> None:
    folder = folder_of(service)
    made = json.loads(run(folder, "tenant", "create", "Short life", "--plan", "free", "--json").stdout)
    erased = run(folder, "tenant", "erase", made["tenant"]["id"], "--reason", "over", "--json")
    assert erased.returncode == 0
    with Remote(service.operators, service.token) as operators:
        receipt = operators.wait(f"/admin/v1/erasures/{json.loads(erased.stdout)['id']}", "state", "done", 60.0)
    assert receipt["tenant_id"] == made["tenant"]["id"]
    with Remote(service.url) as stranger, pytest.raises(Exception, match="unknown or has expired"):
        stranger.call("POST", "/v1/enrol", json={"code": made["enrolment"]["code"]})


def test_an_audit_trail_that_was_edited_is_found_from_the_command_line(service: Started) -> None:
    folder = folder_of(service)
    made = json.loads(run(folder, "tenant", "create", "Edited trail", "--json").stdout)["tenant"]["id"]
    whole = run(folder, "audit", "verify", "--json")
    assert whole.returncode == 0, whole.stderr
    assert {one["tenant"]: one["intact"] for one in json.loads(whole.stdout)}[made] is True
    with closing(sqlite3.connect(folder / "data" / "tenants" / made / "records.db")) as db, db:
        db.execute("UPDATE audit SET body = substr(body, 1, length(body) - 1) || x'00'")
    edited = run(folder, "audit", "verify", made, "--json")
    assert (edited.returncode, json.loads(edited.stdout)[0]["intact"]) == (1, False)
    assert run(folder, "audit", "verify", "ten_nobody").returncode == 1
    assert run(folder, "tenant", "erase", made, "--reason", "over").returncode == 0


def test_an_operators_token_is_the_last_line_and_opens_the_operator_plane(service: Started) -> None:
    done = run(folder_of(service), "operator", "token")
    with Remote(service.operators, done.stdout.splitlines()[-1]) as operators:
        assert "items" in operators.call("GET", "/admin/v1/tenants")


@pytest.mark.parametrize(
    "arguments",
    [
        ["tenant", "suspend", "ten_00000000000000000000000a"],
        ["tenant", "create"],
        ["ask"],
        ["client", "create", "no role"],
        ["unheard-of"],
        ["serve", "--port", "70000"],
        ["usage", "--json", "--csv"],
        ["usage", "--by", "customer"],
        ["usage", "ten_00000000000000000000000a", "--own"],
        ["tenant", "rotate-key", "ten_00000000000000000000000a"],
        ["ask", "nobody signed in"],
        [],
    ],
)
def test_wrong_use_exits_with_2_and_a_sentence(tmp_path: Path, arguments: list[str]) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_service_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    client = {"BULKHEAD_URL": "http://127.0.0.1:9", "BULKHEAD_CLIENT_ID": "cli_x", "BULKHEAD_CLIENT_SECRET": "x"}
    done = run(tmp_path, "ask", "Anybody?", **client)
    assert done.returncode == 1
    assert done.stderr.startswith("No answer from http://127.0.0.1:9")


def test_an_unknown_tenant_exits_with_1(service: Started) -> None:
    done = run(folder_of(service), "tenant", "show", "ten_00000000000000000000000a")
    assert (done.returncode, done.stderr.strip()) == (1, "There is nothing here under this id.")


def test_what_the_service_finds_wrong_with_the_words_of_a_command_is_wrong_use(
    service: Started, tmp_path: Path
) -> None:
    client = as_client(service, tenant(service, "Wrong words"))
    for words in (("ask", ""), ("client", "create", "bot", "--role", "king")):
        done = run(tmp_path, *words, **client)
        assert (done.returncode, done.stdout) == (2, "")
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_command_that_begins_a_deployment_says_so_and_the_next_one_does_not(tmp_path: Path) -> None:
    first, second = run(tmp_path, "tenant", "list"), run(tmp_path, "tenant", "list")
    assert (first.returncode, second.returncode) == (0, 0)
    assert str(tmp_path / "data") in first.stderr
    assert second.stderr == ""


def test_L49_an_export_is_written_whole_for_the_tenants_own_key_or_not_at_all(service: Started, tmp_path: Path) -> None:
    folder, identity = folder_of(service), x25519.Identity.generate()
    credentials = tenant(service, "Moves out")
    with Remote(service.url, credentials=credentials) as member:
        owner = member.call("GET", "/v1/me")["tenant"]["id"]
        asked = ("tenant", "export", owner, "--reason", "moves out", "--out", str(tmp_path / "out.tar.age"), "--json")
        refused = run(folder, *asked)
        assert refused.returncode == 1
        assert "export_recipient" in refused.stderr
        assert not (tmp_path / "out.tar.age").exists()
        member.call("PATCH", "/v1/settings", json={"export_recipient": str(identity.to_public())})
    done = run(folder, *asked)
    assert done.returncode == 0, done.stderr
    written = tmp_path / "out.tar.age"
    assert json.loads(done.stdout)["bytes"] == written.stat().st_size
    assert written.stat().st_mode & 0o777 == 0o600
    assert owner.encode() in unpacked(written.read_bytes(), identity)["tenant.json"]
    assert run(folder, *asked).returncode == 1  # a file that is there is never written over
