"""`python -m evals` as a process: what it writes, and what it ends with."""

import asyncio
import json
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.evals.service import serving, tiny_file, tiny_service


@dataclass(frozen=True, slots=True)
class _Done:
    code: int
    out: str
    err: str


async def _evals(*arguments: str) -> _Done:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "evals", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    return _Done(process.returncode or 0, out.decode(), err.decode())


async def _attacked(folder: Path, *leaks: str, families: str, arguments: tuple[str, ...] = (), **said: object) -> _Done:
    async with serving(tiny_service(*leaks)) as url:
        target = folder / "tiny.yaml"
        target.write_text(yaml.safe_dump(tiny_file(url, **said)), encoding="utf-8")
        common = ("--target", str(target), "--trials", "20", "--out", str(folder / "out"), "--seed", "s")
        return await _evals("leakage", *common, "--families", families, *arguments)


async def test_a_sound_service_ends_with_0_and_every_report_is_there(tmp_path: Path) -> None:
    done = await _attacked(tmp_path, families="A1,A2,A3")
    assert done.code == 0, done.err + done.out
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert [family["id"] for family in report["families"]] == ["A1", "A2", "A3"]
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {
        "junit.xml",
        "report.html",
        "report.sarif",
        "summary.md",
    }
    assert done.out.splitlines()[0].startswith("8 of 8 served routes touched")


async def test_a_leak_ends_with_1_and_no_secret_is_printed_or_written_in_full(tmp_path: Path) -> None:
    done = await _attacked(tmp_path, "search", families="A3", arguments=("--json",))
    assert done.code == 1, done.err
    report = json.loads(done.out)
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir())
    assert report["families"][0]["verdict"] == "leak"
    assert "_TOKEN" in written
    assert "sk-void-" not in written.replace("sk-v…", "")


async def test_a_route_that_nobody_touched_ends_with_3_and_is_named(tmp_path: Path) -> None:
    done = await _attacked(tmp_path, families="A3")
    assert done.code == 3
    assert "untouched: GET /healthz" in done.out


async def test_a_stage_that_the_target_refuses_ends_with_3_and_says_why(tmp_path: Path) -> None:
    done = await _attacked(tmp_path, families="A1,A3", operator={"token": "of-nobody"})
    assert done.code == 3
    assert "tenant_create as operator: POST /tenants answered 401" in done.out.splitlines()[-1]
    assert "Traceback" not in done.out + done.err
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert {one["id"]: one["verdict"] for one in report["families"]} == {"A1": "inconclusive", "A3": "inconclusive"}


async def test_a_target_that_does_not_answer_ends_with_3(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        target = tmp_path / "silent.yaml"
        said = {**tiny_file(f"http://127.0.0.1:{nobody.getsockname()[1]}"), "timeout": 0.5}
        target.write_text(yaml.safe_dump(said), encoding="utf-8")
        done = await _evals("leakage", "--target", str(target), "--families", "A3", "--out", str(tmp_path / "out"))
    assert done.code == 3
    assert "The stage could not be set." in done.out.splitlines()[-1]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("everything",),
        ("leakage", "--families", "Z9"),
        ("leakage", "--trials", "0"),
        ("leakage", "--target", "no-such-file.yaml"),
        ("leakage", "--lang", "en"),
        ("quality", "--judge-url", "http://127.0.0.1:9/v1"),
    ],
)
async def test_wrong_use_ends_with_64_and_a_sentence(arguments: tuple[str, ...]) -> None:
    done = await _evals(*arguments)
    assert done.code == 64
    assert done.err.strip()
    assert "Traceback" not in done.err


async def test_a_host_that_is_not_this_machine_is_refused_without_a_word_of_its_owner(tmp_path: Path) -> None:
    target = tmp_path / "other.yaml"
    target.write_text(yaml.safe_dump(tiny_file("https://rag.example.com")), encoding="utf-8")
    done = await _evals("leakage", "--target", str(target), "--out", str(tmp_path / "out"))
    assert done.code == 64
    assert "--i-own-this-target" in done.err
