"""The service as a process: it starts anywhere, ends when told, and loses nothing when it is killed."""

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from app.calling.remote import Remote
from app.demo.service import Started, end, free_ports, started
from tests.app.processes import run, tenant, variables

pytestmark = pytest.mark.xdist_group("service")
ROOT = Path(__file__).resolve().parents[2]


def test_a_document_of_another_users_format_is_read_and_found(service: Started) -> None:
    path = ROOT / "examples/harrow-voss-law/documents/engagement-letter-corvane.docx"
    with Remote(service.url, credentials=tenant(service, "Reads files")) as member:
        document = member.settled(member.upload(path, path.name)["id"])
        assert (document["status"], document["error"]) == ("ready", None)
        assert member.call("POST", "/v1/search", json={"query": "engagement letter"})["hits"]


def test_it_says_when_the_parsers_are_loaded(service: Started) -> None:
    with Remote(service.url) as stranger:
        ready = stranger.wait("/readyz", "status", "ready", 170.0)
    assert set(ready["dependencies"]) >= {"records", "keys", "index", "parser"}


def test_it_leaves_no_core_and_other_users_processes_cannot_look_into_it(service: Started) -> None:
    limits = Path(f"/proc/{service.process.pid}/limits").read_text(encoding="utf-8")
    core = next(line.split() for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core[4:6] == ["0", "0"]
    if os.geteuid() != 0:  # a process that is not dumpable belongs to root there; root's own always do
        assert Path(f"/proc/{service.process.pid}/environ").stat().st_uid == 0


def test_no_header_names_the_server_software(service: Started) -> None:
    for url in (service.url, service.operators):
        assert "server" not in httpx.get(f"{url}/healthz", trust_env=False).headers


def test_the_data_and_key_folders_are_the_owners_alone(service: Started) -> None:
    folder = Path(f"/proc/{service.process.pid}/cwd").resolve()
    files = [path for name in ("data", "data.keys") for path in (folder / name, *(folder / name).rglob("*"))]
    assert len(files) > 5
    assert [path for path in files if path.stat().st_mode & 0o077] == []


def test_a_port_that_is_taken_is_one_clear_sentence(service: Started, tmp_path: Path) -> None:
    port = service.url.rpartition(":")[2]
    done = run(tmp_path, "serve", "--port", port)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith(f"Cannot listen on 127.0.0.1:{port}:")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("BULKHEAD_KEY_DIR", "data/keys", "BULKHEAD_DATA_DIR"),
        ("BULKHEAD_QDRANT_URL", "http://127.0.0.1:1", "BULKHEAD_QDRANT_API_KEY"),
        ("BULKHEAD_WORKER_PARALLEL", "many", "BULKHEAD_WORKER_PARALLEL"),
        ("BULKHEAD_KEY_PROVIDER", "paper", "BULKHEAD_KEY_PROVIDER"),
    ],
)
def test_wrong_settings_are_one_clear_sentence_and_exit_2(tmp_path: Path, name: str, value: str, says: str) -> None:
    done = run(tmp_path, "serve", **{name: value})
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_L06_a_key_folder_that_others_can_read_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "data.keys").mkdir(mode=0o755)
    done = run(tmp_path, "serve", "--port", str(free_ports(2)[0]))
    assert done.returncode == 1
    assert "chmod 700" in done.stderr


def test_L06_data_without_its_keys_stops_the_start_and_is_not_given_new_ones(tmp_path: Path) -> None:
    assert run(tmp_path, "operator", "token").returncode == 0
    (tmp_path / "data.keys").rename(tmp_path / "elsewhere")
    done = run(tmp_path, "serve", "--port", str(free_ports(2)[0]))
    assert done.returncode == 1
    assert "do not open this deployment's data" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_0_when_told_and_removes_its_index(tmp_path: Path, number: signal.Signals) -> None:
    with started(tmp_path, variables(tmp_path)) as running:
        running.process.send_signal(number)
        assert running.process.wait(timeout=20) == 0
    assert list((tmp_path / "index").glob("run-*")) == []
    log = [json.loads(line) for line in (tmp_path / "service.log").read_text(encoding="utf-8").splitlines()]
    assert log[-1]["event"] == "process.told_to_end"


def test_the_lines_of_the_first_start_lead_to_an_answer_and_are_shown_once(tmp_path: Path) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed: apt-get install curl")
    with started(tmp_path, variables(tmp_path)) as running:
        script = greeting(running)
        done = subprocess.run(["sh", "-e"], input=script, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout.splitlines()[-1])
        assert "behind the green door" in answer["answer"]
        assert answer["citations"][0]["document_name"] == "first.txt"
    with started(tmp_path, variables(tmp_path)) as running:
        end(running.process)
        assert "OPERATOR=" not in (tmp_path / "service.log").read_text(encoding="utf-8")


def greeting(running: Started) -> str:
    """Return the lines that a first start shows to be pasted."""
    lines: list[str] = []
    assert running.process.stdout is not None
    while not (lines and lines[-1].lstrip().startswith('-d \'{"question"')):
        lines.append(running.process.stdout.readline())
    return "".join(lines[next(i for i, line in enumerate(lines) if line.startswith("OPERATOR=")) :])


def test_L38_killed_while_it_works_it_goes_on_after_a_restart_and_tokens_still_hold(tmp_path: Path) -> None:
    with started(tmp_path, variables(tmp_path)) as first:
        credentials = tenant(first, "Survives")
        with Remote(first.url, credentials=credentials) as member:
            token = member.token()
            ids = []
            for number in range(12):
                path = tmp_path / f"page-{number}.md"
                path.write_text(f"# Page {number}\n\nThe lighthouse of page {number} blinks.\n", encoding="utf-8")
                ids.append(member.upload(path, path.name)["id"])
            member.settled(ids[0])
        first.process.kill()
        first.process.wait()
    with started(tmp_path, variables(tmp_path)) as second, Remote(second.url, token) as member:
        for document in ids:
            shown = member.settled(document)
            assert (shown["status"], shown["chunks"]) == ("ready", 1), shown
            assert len(member.call("GET", f"/v1/documents/{document}/chunks")["items"]) == 1
        hits = member.call("POST", "/v1/search", json={"query": "lighthouse", "top_k": 100})["hits"]
        assert sorted(hit["document_id"] for hit in hits) == sorted(ids)
        assert [path.name for path in (tmp_path / "index").iterdir()] != []
    assert list((tmp_path / "index").glob("run-*")) == []
