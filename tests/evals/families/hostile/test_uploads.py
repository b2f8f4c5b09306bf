"""A19 against servers that fail at a hostile upload in one way each, and one that refuses them all."""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals.families.hostile.files import BOMB, NAMED, expands, hostile_files, locked_pdf
from evals.families.hostile.uploads import FAMILY
from evals.target.spec import Ready, TargetSpec
from evals.verdicts.family import FamilyResult, Verdict
from tests.evals.families.attacking import attacked_naive, opened_naive, probed_naive, titles
from tests.evals.families.overheard import Passed, overheard
from tests.standins.naive_rag.leaks import Leak

_REASON = "The file cannot be read."
_PLAIN = re.compile(rb'filename="[\w.-]+\.(txt|md)"')


class _Parsing:
    """Says of every hostile upload that it failed and why; with a flaw, something else."""

    def __init__(self, flaw: str = "") -> None:
        self._flaw = flaw
        self._failed: set[str] = set()

    def hear(self, passed: Passed) -> None:
        hostile = b"hostile" in passed.sent and not _PLAIN.search(passed.sent[:400])
        if passed.method == "POST" and passed.path == "/documents" and passed.status == 201 and hostile:
            self._failed.add(passed.said["id"])

    async def instead(self, passed: Passed) -> dict[str, Any] | None:
        if passed.method != "GET" or not passed.path.startswith("/documents/"):
            return None
        one = passed.path.split("/")[2]
        if one not in self._failed or self._flaw == "opens":
            return {"id": one, "status": "ready"}
        return {"id": one, "status": "failed", "error": "" if self._flaw == "mute" else _REASON}


def _with_status(spec: TargetSpec) -> TargetSpec:
    get = replace(spec.operations["get"], gives={"status": "$.status"})
    ready = Ready("get", "status", frozenset({"ready"}), frozenset({"failed"}), 5.0)
    return replace(spec, ready=ready, operations={**spec.operations, "get": get})


async def _uploaded(flaw: str) -> FamilyResult:
    parsing = _Parsing(flaw)
    return await probed_naive(FAMILY, overheard(parsing.hear, parsing.instead), _with_status)


def _ends(found: Iterable[str]) -> set[str]:
    return {title.rpartition(") ")[2] for title in found}


async def test_a_server_that_takes_everything_for_data_passes() -> None:
    result = await attacked_naive(FAMILY)
    assert result.verdict is Verdict.PASS, (result.reason, list(titles(result)))


@pytest.mark.parametrize(
    ("flaw", "end"),
    [("opens", "was opened."), ("opens", "became a document without text."), ("mute", "without a reason.")],
)
async def test_a_bomb_that_is_opened_and_a_failure_without_a_reason_are_found(flaw: str, end: str) -> None:
    assert any(found.endswith(end) for found in _ends(titles(await _uploaded(flaw))))


async def test_a_name_that_shows_another_one_is_found() -> None:
    result = await attacked_naive(FAMILY, Leak.MARKS_KEPT)
    assert result.verdict is Verdict.LEAK
    assert {title.partition("(")[2].partition(")")[0] for title in titles(result)} == {"name: right to left"}


async def test_what_other_tenants_notice_is_found() -> None:
    result = await attacked_naive(FAMILY, Leak.CHUNKS_STAY, Leak.TERMS_COUNTED)
    assert any("change what another tenant sees" in title for title in titles(result))


async def test_a_name_that_becomes_a_file_is_found(tmp_path: Path) -> None:
    async def keep(passed: Passed) -> None:
        named = re.search(rb'filename="([^"]+)"', passed.sent)
        if named and b"hostile" in named[1] and len(named[1]) < 100:
            (tmp_path / named[1].decode().replace("/", "_")).touch()

    result = await opened_naive(FAMILY, {"data": str(tmp_path)}, app=overheard(lambda _: None, keep))
    assert any(title.startswith("A hostile name became a file") for title in titles(result))


def test_bombs_grow_a_hundredfold_and_are_small_and_every_upload_is_its_own() -> None:
    files = hostile_files("mark", "http://127.0.0.1:1")
    assert len({one.what for one in files}) == len({one.name for one in files}) == len(files)
    archives = [one for one in files if one.sort == BOMB and one.content.startswith(b"PK")]
    assert all(expands(one.content) > 100 and len(one.content) < 2_000_000 for one in archives)
    assert all(one.sort == NAMED or "mark" in one.name for one in files)


def test_the_locked_file_opens_with_no_password() -> None:
    pdfium = pytest.importorskip("pypdfium2")
    for password in (None, "", "user"):
        with pytest.raises(pdfium.PdfiumError, match="password"):
            pdfium.PdfDocument(locked_pdf(), password=password)
