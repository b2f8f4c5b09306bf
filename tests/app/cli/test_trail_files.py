"""`bulkhead audit verify FILE`: an audit that was carried away is checked without any deployment."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import pytest

from tenancy.stores.audit import AuditEntry
from tests.app.processes import run
from tests.tenancy.building import house


def _view(entry: AuditEntry) -> Mapping[str, object]:
    return {**asdict(entry), "at": str(entry.at)}


async def _files(folder: Path) -> None:
    """Leave two exports of a tenant, the earlier one shorter, and the keys; the deployment is gone afterwards."""
    async with house(folder / "elsewhere") as home:
        one = await home.settle("Carried away")
        for name in ("first.jsonl", "second.jsonl"):
            compartment = await home.enter(one)
            (folder / name).write_bytes(b"".join([part async for part in compartment.audit.export(_view)]))
            async with compartment.begin() as records:
                await records.audit.add("document.deleted", "doc_1")
        (folder / "keys.json").write_text(json.dumps(home.foundation.operator_tokens.jwks()), encoding="utf-8")


@pytest.fixture
async def files(tmp_path: Path) -> Path:
    """Return a folder with the files, in which there is no deployment."""
    await _files(tmp_path)
    return tmp_path


def test_a_file_is_checked_with_the_keys_alone_and_one_edited_or_cut_is_found(files: Path) -> None:
    whole = run(files, "audit", "verify", "second.jsonl", "--keys", "keys.json", "--since", "first.jsonl", "--json")
    assert whole.returncode == 0, whole.stderr
    told = json.loads(whole.stdout)
    assert (told["intact"], told["entries"], told["tenant"][:4]) == (True, 4, "ten_")
    assert not (files / "data").exists()  # nothing was begun here

    lines = (files / "second.jsonl").read_bytes().splitlines(keepends=True)
    (files / "edited.jsonl").write_bytes(b"".join(lines).replace(b"document.deleted", b"document.defaced"))
    edited = run(files, "audit", "verify", "edited.jsonl", "--keys", "keys.json", "--json")
    assert edited.returncode == 1
    assert json.loads(edited.stdout) == {
        "file": "edited.jsonl", "intact": False, "line": 5, "detail": "Entry 4 was edited.",
    }  # fmt: skip
    (files / "cut.jsonl").write_bytes(b"".join(lines[:-1]))
    cut = run(files, "audit", "verify", "cut.jsonl", "--keys", "keys.json")
    assert (cut.returncode, "cut off" in cut.stdout) == (1, True)
    back = run(files, "audit", "verify", "first.jsonl", "--keys", "keys.json", "--since", "second.jsonl")
    assert (back.returncode, "An earlier file has 4 entries" in back.stdout) == (1, True)


def test_wrong_use_and_what_is_not_there_is_said_in_a_sentence(files: Path) -> None:
    (files / "no-keys.json").write_text("[]", encoding="utf-8")
    for arguments, code, says in (
        (("first.jsonl",), 2, "--keys"),
        (("--keys", "keys.json"), 2, "say which"),
        (("--since", "first.jsonl"), 2, "--keys"),
        (("first.jsonl", "--keys", "no-keys.json"), 2, "is no set of keys"),
        (("absent.jsonl", "--keys", "keys.json"), 1, "absent.jsonl"),
    ):
        done = run(files, "audit", "verify", *arguments)
        assert (done.returncode, says in done.stderr) == (code, True), (arguments, done.stderr)
        assert "Traceback" not in done.stderr
