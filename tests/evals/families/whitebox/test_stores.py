"""W2 over a server that writes down what it is told to, one kind of trace at a time."""

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from fastapi import FastAPI, Request, Response

from evals.families.whitebox.stores import FAMILY
from evals.verdicts.family import FamilyResult, Verdict
from tests.evals.families.attacking import opened_naive, titles
from tests.standins.naive_rag.server import naive_rag


def _writing(folder: Path, trace: str) -> FastAPI:
    """Return a sound server that leaves a trace of every upload in a folder."""
    app, count = naive_rag(frozenset()), 0

    @app.middleware("http")
    async def keep(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        nonlocal count
        body = await request.body()
        count += 1
        if request.url.path == "/documents" and request.method == "POST":
            start = body.index(b"\r\n\r\n") + 4
            content = body[start : body.rindex(b"\r\n--")]
            written = {
                "nothing": b"sealed",
                "text": body,
                "hex": content.hex().encode(),
                "UTF-16": content.decode().encode("utf-16-le"),
                "digest": hashlib.sha256(content).digest(),
                "mask": bytes(255 - byte for byte in content),
            }[trace]
            (folder / str(count)).write_bytes(written)
        return await call_next(request)

    return app


async def _scanned(folder: Path, trace: str) -> FamilyResult:
    return await opened_naive(FAMILY, {"data": str(folder)}, app=_writing(folder, trace))


async def test_a_server_that_keeps_nothing_in_the_clear_passes(tmp_path: Path) -> None:
    result = await _scanned(tmp_path, "nothing")
    assert result.verdict is Verdict.PASS, result.reason


@pytest.mark.parametrize(
    ("trace", "says"),
    [
        ("text", "The secret of a tenant stands in the clear in data (UTF-8)."),
        ("text", "The file name of a tenant stands in the clear in data (UTF-8)."),
        ("hex", "The secret of a tenant stands in the clear in data (hex)."),
        ("UTF-16", "The secret of a tenant stands in the clear in data (UTF-16-LE)."),
        ("digest", "The digest of a tenant stands in the clear in data (sha256, as it is)."),
        ("mask", "Two tenants' copies of the same file rest as the same bytes."),
    ],
)
async def test_each_trace_is_found(tmp_path: Path, trace: str, says: str) -> None:
    assert says in titles(await _scanned(tmp_path, trace))


async def test_places_that_are_not_the_services_show_nothing(tmp_path: Path) -> None:
    result = await opened_naive(FAMILY, {"data": str(tmp_path)})
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "changes the files" in result.reason
