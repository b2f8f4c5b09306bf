"""What a parser reaches under every combination of walls that start-up accepts, and how much memory it gets."""

import ctypes
import functools
import os
import secrets
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Final

import pytest
from _pytest.mark import ParameterSet

from ingestion.parse import Walls, WallsMissing, walls
from ingestion.parse.pool import require
from ingestion.parse.sandbox import kernel, landlock
from tests.ingestion.parse.memory_probes import MEMORY
from tests.ingestion.parse.test_walls import NONE, probed
from tests.known_gaps import Gap, known_gap

pytestmark = [
    pytest.mark.xdist_group("accepted walls"),
    pytest.mark.skipif(not kernel.LINUX, reason="the walls are Linux's; run the tests there"),
]

COMBINATIONS: Final = {
    "landlock, network namespace": Walls(landlock=True, network_namespace=True),
    "landlock, call filter": Walls(landlock=True, call_filter=True),
    "private root, network namespace": Walls(private_root=True, network_namespace=True),
    "private root, call filter": Walls(private_root=True, call_filter=True),
    "all": Walls(**dict.fromkeys((field.name for field in fields(Walls)), True)),
}
"""The least that start-up accepts, in each way, and the most."""
OUTSIDE: Final = (
    "read_file", "list_folder", "write_beside", "key_file", "parent_memory", "copy_parent_memory", "trace_parent",
    "parent_environment", "signal_parent", "limit_parent", "segment", "tcp", "udp", "unix", "abstract", "descriptor",
    "environment",
)  # fmt: skip
WITHIN: Final = (*MEMORY, "processes")


@contextmanager
def _surroundings() -> Iterator[dict[str, object]]:
    """Yield what every probe aims at: files, sockets, memory and a descriptor that are somebody else's."""
    with ExitStack() as made, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # every user may enter: what refuses a probe is a wall
        other, key = folder / "other.txt", folder / "tenant.key"
        for path, mode in ((other, 0o644), (key, 0o600)):
            path.write_text("somebody else's", encoding="utf-8")
            path.chmod(mode)
        opened = made.enter_context(key.open("rb"))
        os.set_inheritable(opened.fileno(), True)  # noqa: FBT003 - positional only
        tcp = made.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = made.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        abstract = secrets.token_hex(8)
        for address in (str(folder / "database"), f"\0{abstract}"):
            listener = made.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(address)
            listener.listen()
        yield {
            **dict.fromkeys(OUTSIDE, "PARENT"),
            **dict.fromkeys(WITHIN, ""),
            "read_file": other,
            "list_folder": folder,
            "write_beside": folder / "left",
            "key_file": key,
            "segment": made.enter_context(_segment()),
            "tcp": tcp.getsockname()[1],
            "udp": udp.getsockname()[1],
            "unix": folder / "database",
            "abstract": f"@{abstract}",
            "descriptor": opened.fileno(),
            "environment": "hunter2",
        }


@contextmanager
def _segment() -> Iterator[int]:
    """Make a System V segment that every process of this user may attach to."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    segment = libc.shmget(0, ctypes.c_size_t(4096), 0o1666)
    ctypes.memset(libc.shmat(segment, None, 0), ord("s"), 4096)
    try:
        yield segment
    finally:
        libc.shmctl(segment, 0, None)


@functools.cache
def _found(combination: str) -> dict[str, str]:
    """Return what each probe finds under a combination, found by one program that tries them all."""
    wanted = COMBINATIONS.get(combination, NONE)
    here = _here()
    missing = [name for name in sorted(_raised(wanted)) if not getattr(here, name)]
    if missing:
        pytest.skip(
            f"this kernel or user cannot raise {', '.join(missing)}; run the tests as root on Linux 5.13 or later"
        )
    with tempfile.TemporaryDirectory() as folder, _surroundings() as targets:
        Path(folder).chmod(0o755)
        if combination == "none":
            del targets["descriptor"]  # closed with or without walls
        return probed(targets, wanted, Path(folder), PASSPHRASE="hunter2")


def _raised(wanted: Walls) -> set[str]:
    return {field.name for field in fields(wanted) if getattr(wanted, field.name)}


@functools.cache
def _here() -> Walls:
    return walls()


_LEAST: Final = tuple(name for name in COMBINATIONS if name != "all")
_LANDLOCK, _ROOT = _LEAST[:2], _LEAST[2:]
_SCOPES_SINCE: Final = 6
"""The version of Landlock that first keeps signals inside."""
_OPEN: Final[tuple[tuple[Gap, tuple[str, ...], tuple[str, ...]], ...]] = (
    (
        Gap.PARSER_MEMORY_IS_PARTLY_COUNTED,
        tuple(COMBINATIONS),
        ("shared_mapping", "growing_stack", "memory_files", "system_v", "children"),
    ),
    (Gap.PARSER_MEMORY_IS_PARTLY_COUNTED, _LANDLOCK, ("folder",)),
    (Gap.PARSER_PROCESSES_ARE_NOT_COUNTED, _LEAST, ("processes",)),
    (Gap.PARSER_REACHES_ITS_PARENT, _LEAST, ("limit_parent",)),
    (Gap.PARSER_REACHES_ITS_PARENT, _ROOT if landlock.version() >= _SCOPES_SINCE else _LEAST, ("signal_parent",)),
    # In the user namespace that anybody but root needs here, no outer process can be traced.
    (
        Gap.PARSER_REACHES_ITS_PARENT,
        ("private root, network namespace",) if os.geteuid() == 0 else (),
        ("copy_parent_memory", "trace_parent"),
    ),
    (Gap.PARSER_REACHES_LOCAL_SERVICES, ("landlock, network namespace",), ("unix",)),
    (Gap.PARSER_REACHES_LOCAL_SERVICES, ("landlock, call filter",), ("segment",)),
)
"""What gets through today: which probes, under which combinations."""


def _case(combination: str, probe: str, mark: Callable[[Gap], pytest.MarkDecorator]) -> ParameterSet:
    gaps = [gap for gap, combinations, probes in _OPEN if combination in combinations and probe in probes]
    return pytest.param(combination, probe, marks=[mark(gap) for gap in gaps])


@pytest.mark.parametrize("combination", _LEAST)
def test_start_up_accepts_no_less_than_these_walls(combination: str) -> None:
    wanted = COMBINATIONS[combination]
    assert require(wanted) == wanted
    for wall in _raised(wanted) - {"resource_limits"}:
        with pytest.raises(WallsMissing):
            require(replace(wanted, **{wall: False}))


@pytest.mark.shows("parsers.accepted-walls", "parsers.memory", without="walls")
@pytest.mark.parametrize("probe", [*OUTSIDE, *WITHIN])
def test_without_walls_every_probe_gets_through(probe: str) -> None:
    assert _found("none").get(probe, "reached") == "reached"


@pytest.mark.shows("parsers.accepted-walls")
@pytest.mark.parametrize(
    ("combination", "probe"), [_case(each, probe, known_gap) for each in COMBINATIONS for probe in OUTSIDE]
)
def test_L48_no_accepted_walls_let_a_parser_out(combination: str, probe: str) -> None:
    """Keys, files, memory, signals, sockets, descriptors and environment of others, by every way that is known."""
    assert _found(combination)[probe] == "refused"


@pytest.mark.shows("parsers.memory")
@pytest.mark.parametrize(
    ("combination", "probe"), [_case(each, probe, known_gap) for each in COMBINATIONS for probe in WITHIN]
)
def test_L34_L60_a_parser_gets_no_more_memory_than_its_limit(combination: str, probe: str) -> None:
    """A parser's memory is all its memory: heap, mappings, files in memory, segments, children, and their number."""
    assert _found(combination)[probe] == "refused"
