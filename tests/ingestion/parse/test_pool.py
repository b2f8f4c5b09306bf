"""The pool of parsers: what it refuses at the door, what it survives, what it leaves behind."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ingestion.parse import Limits, ParseFailed, ParserPool, Walls, WallsMissing, walls
from ingestion.parse.pool import judge, require
from ingestion.parse.wire import Verdict
from tests.ingestion.parse.conftest import blocks
from tests.ingestion.parse.made import DOCUMENTS, SENTENCE

WELL = Verdict(0, 0, timed_out=False)
TEXT = DOCUMENTS["a.txt"]()
RUSSIAN = "Договор расторгается.".encode()


@asynccontextmanager
async def _started(folder: Path, *encoder: str) -> AsyncIterator[ParserPool]:
    pool = ParserPool(folder / "parsers", accept_missing_walls=True, encoder=encoder)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.stop()


def _read(path: Path) -> str:
    """Return the text of a file of a process, nothing for one that has ended meanwhile."""
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _descendants(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task")
    children = [int(child) for children in tasks.glob("*/children") for child in _read(children).split()]
    return children + [below for child in children for below in _descendants(child)]


def _preloaded() -> int:
    named = {child: _read(Path(f"/proc/{child}/cmdline")) for child in _descendants(os.getpid())}
    return max(child for child, command in named.items() if "ingestion.parse.zygote" in command)


@pytest.mark.parametrize(
    "found",
    [Walls(), Walls(landlock=True), Walls(network_namespace=True, other_user=True), Walls(private_root=True)],
)
def test_a_pool_does_not_start_without_a_wall_before_files_and_one_before_the_network(found: Walls) -> None:
    with pytest.raises(WallsMissing, match="BULKHEAD_ACCEPT_UNWALLED_PARSERS"):
        require(found)


@pytest.mark.parametrize(
    "found",
    [Walls(landlock=True, network_namespace=True), Walls(private_root=True, call_filter=True)],
)
def test_one_wall_before_files_and_one_before_the_network_are_enough(found: Walls) -> None:
    assert require(found) == found


def test_the_walls_found_are_the_same_each_time() -> None:
    assert walls() == walls()


async def test_a_document_is_read_by_a_parser_that_is_preloaded_again_after_it_died(tmp_path: Path) -> None:
    if not Path("/proc/self/task").exists():
        pytest.skip("finding the preloaded process needs Linux")
    async with _started(tmp_path, "minilm") as pool:
        found = await pool.parse(blocks(RUSSIAN), name="a.txt", size=len(RUSSIAN))
        assert [piece.tokens for piece in found.chunks] == [19], "measured in the tokens of the encoder asked for"
        os.kill(_preloaded(), signal.SIGKILL)
        answers = await asyncio.gather(
            *(pool.parse(blocks(TEXT), name="a.txt", size=len(TEXT)) for _ in range(4)), return_exceptions=True
        )
        failures = [answer for answer in answers if isinstance(answer, BaseException)]
        assert {failure.code for failure in failures if isinstance(failure, ParseFailed)} <= {"unavailable"}
        assert all(isinstance(failure, ParseFailed) for failure in failures)
        assert SENTENCE in (await pool.parse(blocks(TEXT), name="a.txt", size=len(TEXT))).text


async def test_a_cancelled_document_ends_its_parser_and_leaves_nothing(tmp_path: Path) -> None:
    begun, never = asyncio.Event(), asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield b"a" * 100_000
        begun.set()
        await never.wait()

    async with _started(tmp_path) as pool:
        reading = asyncio.create_task(pool.parse(endless(), name="a.txt", size=200_000))
        await begun.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert SENTENCE in (await pool.parse(blocks(TEXT), name="a.txt", size=len(TEXT))).text
    assert list((tmp_path / "parsers").iterdir()) == []


async def test_an_error_while_a_document_is_read_from_its_store_is_that_error(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"a" * 100_000
        raise ConnectionResetError

    async with _started(tmp_path) as pool:
        with pytest.raises(ConnectionResetError):
            await pool.parse(broken(), name="a.txt", size=200_000)


async def test_what_a_crash_left_in_the_work_folder_is_removed_at_the_start(tmp_path: Path) -> None:
    left = tmp_path / "parsers" / "0123456789abcdef"
    left.mkdir(parents=True)
    (left / "document.txt").write_text("clear text")
    async with _started(tmp_path):
        assert not left.exists()


async def test_no_parser_outlives_the_pool(tmp_path: Path) -> None:
    if not Path("/proc/self/task").exists():
        pytest.skip("finding the processes needs Linux")
    before = set(_descendants(os.getpid()))
    async with _started(tmp_path) as pool:
        await pool.parse(blocks(TEXT), name="a.txt", size=len(TEXT))
        assert set(_descendants(os.getpid())) - before
    assert set(_descendants(os.getpid())) - before == set()


@pytest.mark.parametrize(
    ("verdict", "raw", "code"),
    [
        (None, b"", "unavailable"),
        (Verdict(9, 0, timed_out=True), b"", "timed_out"),
        (Verdict(signal.SIGXCPU, 0, timed_out=False), b"", "timed_out"),
        (Verdict(9, 0, timed_out=False), b"", "too_much_memory"),
        (Verdict(11, 0, timed_out=False, much_memory=True), b"", "too_much_memory"),
        (Verdict(0, 1, timed_out=False, much_memory=True), b"", "crashed"),
        (Verdict(11, 0, timed_out=False), b'{"failed": "empty"}', "crashed"),
        (Verdict(0, 1, timed_out=False), b'{"failed": "empty"}', "crashed"),
        (WELL, b"", "crashed"),
        (WELL, b"x" * 2000, "crashed"),
        (WELL, b'{"text": "invented", "title": null, "pages": null, "chunks": [[0, 900, null, 3]]}', "crashed"),
        (WELL, b'{"failed": "encrypted"}', "encrypted"),
    ],
)
def test_how_a_parser_ended_counts_before_what_it_said(verdict: Verdict | None, raw: bytes, code: str) -> None:
    with pytest.raises(ParseFailed) as failed:
        judge(raw, verdict, replace(Limits(), reply_bytes=1000))
    assert failed.value.code == code
