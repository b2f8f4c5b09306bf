"""The doctor finds each wall that is down, and says what to do about it."""

import socket
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.doctor import Finding, Verdict, examine
from app.resources import open_deployment
from app.settings import Settings
from tenancy.identity.operators import Operator
from tenancy.provision import NewTenant, provision
from tests.tenancy.models.encoders.made import made_folder


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


async def test_each_encoder_is_named_and_that_of_new_tenants(tmp_path: Path) -> None:
    findings = await found(tmp_path)
    assert findings["encoder e5-small"].says == "the encoder of new tenants"
    assert (findings["encoder minilm"].verdict, findings["encoder minilm"].says) == (Verdict.PASS, "installed")
    chosen = await found(tmp_path, embedder="minilm")
    assert chosen["encoder minilm"].says == "the encoder of new tenants"


async def test_an_encoder_whose_files_were_changed_is_a_failure(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "tiny")
    (folder / "model.onnx").write_bytes(b"another")
    finding = (await found(tmp_path, embedder_dir=folder))["encoder tiny"]
    assert (finding.verdict, "SHA-256" in finding.says) == (Verdict.FAIL, True)


async def test_tenants_whose_encoder_is_missing_are_named(tmp_path: Path) -> None:
    given = {"data_dir": tmp_path / "data", "embedder_dir": made_folder(tmp_path / "tiny"), "embedder": "tiny"}
    async with open_deployment(Settings.model_validate(given)) as resources:
        card, _ = await provision(resources.foundation, Operator("test"), NewTenant("Acme"))
    assert (await found(tmp_path, **given))["tenants' encoders"].verdict is Verdict.PASS
    finding = (await found(tmp_path))["tenants' encoders"]
    assert (finding.verdict, f"{card.id} (tiny)" in finding.says) == (Verdict.FAIL, True)
    assert "BULKHEAD_EMBEDDER_DIR" in finding.advice


@pytest.mark.parametrize(
    ("given", "says"), [({"embedder": "psychic"}, "e5-small, minilm"), ({"embedder_dir": "/nowhere"}, "embedder.json")]
)
def test_an_encoder_that_is_not_there_is_refused_at_the_start(given: dict[str, str], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Settings.model_validate(given)
