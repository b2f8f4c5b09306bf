"""Each wall around a parser, alone: with it the probe is refused, without it the same probe gets through."""

import dataclasses
import functools
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ingestion.parse import Walls, walls

NONE = Walls(resource_limits=False)
REPOSITORY = Path(__file__).resolve().parents[3]


@functools.cache
def _here() -> Walls:
    return walls()


def _only(*names: str) -> Walls:
    for name in names:
        if not getattr(_here(), name):
            pytest.skip(
                f"this kernel or user cannot raise the wall {name}; run the tests as root on Linux 5.13 or later"
            )
    return dataclasses.replace(NONE, **dict.fromkeys(names, True))


def probed(probes: Mapping[str, object], wall: Walls | None, tmp_path: Path, **environment: str) -> dict[str, str]:
    """Return what each probe found behind `wall`, by its name: reached, refused or died."""
    given = "null" if wall is None else json.dumps(dataclasses.asdict(wall))
    asked = json.dumps({name: str(target) for name, target in probes.items()})
    folder = tmp_path / secrets.token_hex(4)
    answer = subprocess.run(
        [sys.executable, "-m", "tests.ingestion.parse.probing", asked, given, str(folder)],
        capture_output=True,
        check=True,
        timeout=120,
        cwd=REPOSITORY,
        env=environment,
        close_fds=False,
    )
    assert not folder.exists()
    found: dict[str, str] = json.loads(answer.stdout)
    return found


def _probe(name: str, wall: Walls | None, target: object, tmp_path: Path, **environment: str) -> str:
    return probed({name: target}, wall, tmp_path, **environment)[name]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Give a folder that every user may enter, so that what refuses a probe is a wall.

    Not one of pytest's own: each pytest that starts on the machine closes the folder above those to other users.
    """
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def readable(tmp_path: Path) -> Path:
    """Return a file that every user may read."""
    path = tmp_path / "other.txt"
    path.write_text("somebody else's")
    path.chmod(0o644)
    return path


@pytest.mark.shows("parsers.files")
@pytest.mark.parametrize("wall", ["landlock", "private_root"])
def test_L48_a_parser_reads_no_file_but_its_own(wall: str, readable: Path, tmp_path: Path) -> None:
    assert _probe("read_file", NONE, readable, tmp_path) == "reached"
    assert _probe("read_file", _only(wall), readable, tmp_path) == "refused"


@pytest.mark.parametrize("wall", ["landlock", "private_root"])
def test_L48_a_parser_lists_no_folder_but_its_own(wall: str, readable: Path, tmp_path: Path) -> None:
    assert _probe("list_folder", NONE, readable.parent, tmp_path) == "reached"
    assert _probe("list_folder", _only(wall), readable.parent, tmp_path) == "refused"


@pytest.mark.parametrize("wall", ["landlock", "private_root"])
def test_L48_a_parser_writes_nothing_beside_its_own_folder(wall: str, readable: Path, tmp_path: Path) -> None:
    left = readable.parent / "left"
    assert _probe("write_beside", _only(wall), left, tmp_path) == "refused"
    assert not left.exists()
    assert _probe("write_beside", NONE, left, tmp_path) == "reached"
    assert left.exists()


@pytest.mark.parametrize("wall", ["landlock", "private_root"])
def test_L48_a_parser_cannot_change_the_programs_it_runs(wall: str, tmp_path: Path) -> None:
    beside = REPOSITORY / "ingestion" / f"{secrets.token_hex(8)}.tmp"
    try:
        assert _probe("write_beside", _only(wall), beside, tmp_path) == "refused"
        assert not beside.exists()
        assert _probe("write_beside", NONE, beside, tmp_path) == "reached"
    finally:
        beside.unlink(missing_ok=True)


@pytest.mark.shows("parsers.files")
@pytest.mark.parametrize("wall", ["landlock", "private_root", "other_user"])
def test_L48_a_parser_reads_no_key_file(wall: str, tmp_path: Path) -> None:
    key = tmp_path / "tenant.key"
    key.write_bytes(secrets.token_bytes(32))
    key.chmod(0o600)
    assert _probe("read_file", NONE, key, tmp_path) == "reached"
    assert _probe("read_file", _only(wall), key, tmp_path) == "refused"


@pytest.mark.shows("parsers.files")
@pytest.mark.parametrize("wall", ["landlock", "private_root", "other_user"])
def test_L48_a_parser_reads_no_memory_of_its_parent(wall: str, tmp_path: Path) -> None:
    """By its file; the ways without one are tried in test_accepted_walls."""
    assert _probe("parent_memory", NONE, "PARENT", tmp_path) == "reached"
    assert _probe("parent_memory", _only(wall), "PARENT", tmp_path) == "refused"


@pytest.mark.shows("parsers.network")
@pytest.mark.parametrize("wall", ["network_namespace", "call_filter", "landlock"])
def test_L48_a_parser_opens_no_tcp_connection(wall: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert _probe("tcp", NONE, port, tmp_path) == "reached"
        assert _probe("tcp", _only(wall), port, tmp_path) == "refused"


@pytest.mark.shows("parsers.network")
@pytest.mark.parametrize("wall", ["network_namespace", "call_filter"])
def test_L48_a_parser_sends_no_datagram(wall: str, tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        assert _probe("udp", NONE, port, tmp_path) == "reached"
        assert _probe("udp", _only(wall), port, tmp_path) == "refused"


@pytest.mark.parametrize("wall", ["private_root", "call_filter"])
def test_L48_a_parser_reaches_no_socket_that_has_a_path(wall: str, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        path = tmp_path / "database"
        listener.bind(str(path))
        listener.listen()
        assert _probe("unix", NONE, path, tmp_path) == "reached"
        assert _probe("unix", _only(wall), path, tmp_path) == "refused"


@pytest.mark.parametrize("wall", ["network_namespace", "call_filter"])
def test_L48_a_parser_reaches_no_abstract_socket(wall: str, tmp_path: Path) -> None:
    name = secrets.token_hex(8)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0{name}")
        listener.listen()
        assert _probe("unix", NONE, f"@{name}", tmp_path) == "reached"
        assert _probe("unix", _only(wall), f"@{name}", tmp_path) == "refused"


@pytest.mark.parametrize("wall", ["process_namespace", "other_user"])
def test_L48_a_parser_signals_no_process_outside(wall: str, tmp_path: Path) -> None:
    assert _probe("signal_parent", NONE, "PARENT", tmp_path) == "reached"
    assert _probe("signal_parent", _only(wall), "PARENT", tmp_path) == "refused"


@pytest.mark.parametrize("wall", ["landlock", "private_root", "other_user"])
def test_a_parser_has_a_place_for_temporary_files_behind_every_wall(wall: str, tmp_path: Path) -> None:
    assert _probe("temporary", _only(wall), "", tmp_path) == "reached"


@pytest.mark.shows("parsers.inheritance")
def test_L48_a_parser_inherits_no_descriptor(tmp_path: Path) -> None:
    key = tmp_path / "tenant.key"
    key.write_bytes(secrets.token_bytes(32))
    with key.open("rb") as opened:
        os.set_inheritable(opened.fileno(), True)  # noqa: FBT003 - positional only
        assert _probe("descriptor", None, opened.fileno(), tmp_path) == "reached"
        assert _probe("descriptor", NONE, opened.fileno(), tmp_path) == "refused"


@pytest.mark.shows("parsers.inheritance")
def test_L48_a_parser_finds_no_environment(tmp_path: Path) -> None:
    walled = _only("private_root")
    assert _probe("environment", None, "hunter2", tmp_path, PASSPHRASE="hunter2") == "reached"
    assert _probe("environment", walled, "hunter2", tmp_path, PASSPHRASE="hunter2") == "refused"


def test_L48_a_parser_makes_no_namespace_in_which_it_would_be_root(tmp_path: Path) -> None:
    assert _probe("new_namespace", NONE, "", tmp_path) == "reached"
    assert _probe("new_namespace", _only("call_filter"), "", tmp_path) == "refused"


def test_L48_a_parser_does_not_become_root_again(tmp_path: Path) -> None:
    walled = _only("other_user")
    assert _probe("regain_root", NONE, "", tmp_path) == "reached"
    assert _probe("regain_root", walled, "", tmp_path) == "refused"
