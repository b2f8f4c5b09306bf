"""The doctor finds each wall that is down, and says what to do about it."""

import socket
from pathlib import Path

import pytest

from app.doctor import Finding, Verdict, examine
from app.settings import Settings


async def found(folder: Path, **settings: object) -> dict[str, Finding]:
    """Return the findings by name."""
    given = {"data_dir": folder / "data"} | settings
    return {one.name: one for one in await examine(Settings.model_validate(given))}


async def test_a_deployment_that_is_not_there_yet_is_no_failure_and_is_not_made(tmp_path: Path) -> None:
    findings = await found(tmp_path)
    assert findings["key folder"].verdict is findings["data folder"].verdict is Verdict.PASS
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604])
async def test_a_key_that_others_can_read_is_a_failure_with_the_command_that_helps(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "data.keys"
    folder.mkdir(mode=0o700)
    (folder / "one.key").touch(mode=0o600)
    assert (await found(tmp_path))["key folder"].verdict is Verdict.PASS
    (folder / "one.key").chmod(mode)
    finding = (await found(tmp_path))["key folder"]
    assert finding.verdict is Verdict.FAIL
    assert finding.advice == f"Run: chmod -R go= {folder}"


async def test_an_index_on_a_disk_is_a_failure_unless_a_setting_accepts_it(tmp_path: Path) -> None:
    on_disk = Path("/proc")  # surely no memory file system
    assert (await found(tmp_path, index_dir=on_disk))["index in memory"].verdict is Verdict.FAIL
    accepted = await found(tmp_path, index_dir=on_disk, accept_index_on_disk=True)
    assert accepted["index in memory"].verdict is Verdict.WARN


async def test_a_server_that_takes_no_connection_is_a_failure(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"redis://127.0.0.1:{listener.getsockname()[1]}"
        assert (await found(tmp_path, redis_url=url))["Redis"].verdict is Verdict.PASS
    assert (await found(tmp_path, redis_url=url))["Redis"].verdict is Verdict.FAIL


async def test_programs_that_only_some_formats_need_are_warnings(tmp_path: Path) -> None:
    findings = await found(tmp_path)
    assert findings["tesseract"].verdict in {Verdict.PASS, Verdict.WARN}
    assert all(one.advice for one in findings.values() if one.verdict is not Verdict.PASS)
