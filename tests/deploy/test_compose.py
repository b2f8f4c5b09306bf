"""What the container files promise, read from the files: no secret in them, no writable root, an index in memory."""

import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

_ROOT = Path(__file__).resolve().parents[2]
_COMPOSE: dict[str, Any] = yaml.safe_load((_ROOT / "docker-compose.yml").read_text())
_SERVICES: dict[str, dict[str, Any]] = _COMPOSE["services"]
_SECRETLY_NAMED = re.compile(r"PASSWORD|SECRET|API_KEY|TOKEN|DATABASE_URL|REDIS_URL")


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """Run the script that makes the secrets, in a copy of its folder."""
    shutil.copytree(_ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("secrets"))
    subprocess.run(["sh", tmp_path / "deploy" / "secrets.sh"], check=True, capture_output=True)
    return tmp_path / "deploy" / "secrets"


@pytest.mark.parametrize("name", _SERVICES)
def test_a_service_has_a_read_only_root_and_gains_no_privileges(name: str) -> None:
    service = _SERVICES[name]
    assert service["read_only"] is True
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", _SERVICES)
def test_no_secret_stands_in_an_environment(name: str) -> None:
    given = _SERVICES[name].get("environment", {})
    assert [key for key in given if _SECRETLY_NAMED.search(key) and not key.endswith("_FILE")] == []


def test_no_variable_has_a_default_value() -> None:
    assert re.findall(r"\$\{\w+:?-", (_ROOT / "docker-compose.yml").read_text()) == []


def test_only_the_api_is_published_and_only_on_loopback() -> None:
    published = {name: service["ports"] for name, service in _SERVICES.items() if "ports" in service}
    assert published == {"api": ["127.0.0.1:8000:8000"]}


def test_stores_are_on_a_network_that_leads_nowhere() -> None:
    assert _COMPOSE["networks"]["back"] == {"internal": True}
    assert {name for name, service in _SERVICES.items() if service["networks"] == ["back"]} == {
        "postgres",
        "qdrant",
        "redis",
    }


def test_the_index_is_kept_in_memory_and_asks_for_tokens() -> None:
    qdrant = _SERVICES["qdrant"]
    assert "volumes" not in qdrant
    assert {mount.partition(":")[0] for mount in qdrant["tmpfs"]} >= {"/qdrant/storage", "/qdrant/snapshots"}
    assert qdrant["environment"]["QDRANT__SERVICE__JWT_RBAC"] == "true"
    assert qdrant["mem_limit"] == qdrant["memswap_limit"]


def test_keys_and_data_are_volumes_of_their_own() -> None:
    mounts = dict(mount.split(":")[:2] for mount in _SERVICES["api"]["volumes"])
    assert mounts == {"data": "/var/lib/bulkhead", "keys": "/var/lib/bulkhead.keys"}


def test_every_secret_that_is_mounted_is_made_and_none_can_be_read_from_outside_the_folder(secrets: Path) -> None:
    declared = {name: Path(where["file"]).name for name, where in _COMPOSE["secrets"].items()}
    used = {name for service in _SERVICES.values() for name in service.get("secrets", [])}
    assert used == set(declared)
    assert {path.name for path in secrets.iterdir()} >= set(declared.values())
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700


def test_secrets_are_random_and_never_overwritten(secrets: Path) -> None:
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    subprocess.run(["sh", secrets.parent / "secrets.sh"], check=True, capture_output=True)
    assert {path.name: path.read_text() for path in secrets.iterdir()} == before
    assert len(set(before.values())) == len(before)
    assert before["postgres_app_password"] in before["bulkhead_database_url"]


def test_the_image_runs_as_nobody_special_and_carries_no_tests() -> None:
    image = (_ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER 10001:10001$", image, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", image, re.MULTILINE)
    assert "COPY . " not in image
    assert (_ROOT / ".dockerignore").read_text().splitlines()[1] == "*"
