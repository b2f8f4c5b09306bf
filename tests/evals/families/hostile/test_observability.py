"""A20 against servers that tell in passing, each in one way, and one that does not."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from fastapi import FastAPI, Request, Response

from evals.families.hostile.observability import FAMILY
from evals.verdicts.family import Verdict
from tests.evals.families.attacking import attacked_naive, opened_naive, titles
from tests.standins.naive_rag.leaks import Leak
from tests.standins.naive_rag.server import naive_rag


async def test_a_server_that_tells_nothing_passes() -> None:
    result = await attacked_naive(FAMILY)
    assert result.verdict is Verdict.PASS, (result.reason, list(titles(result)))


@pytest.mark.parametrize(
    ("leak", "title"),
    [
        (Leak.FILES_IN_METRICS, "GET /metrics tells a secret of a tenant in passing."),
        (Leak.FILES_IN_METRICS, "GET /metrics tells a tenant id of another tenant."),
        (Leak.ROWS_IN_ERRORS, "POST /search tells a document id of another tenant."),
        (Leak.STATE_SHOWN, "GET /debug/state tells a secret of a tenant in passing."),
    ],
)
async def test_each_place_that_tells_is_found(leak: Leak, title: str) -> None:
    assert title in titles(await attacked_naive(FAMILY, leak))


async def test_a_page_that_shows_a_trace_or_a_key_is_found() -> None:
    app = naive_rag(frozenset())
    keys: list[str] = []

    @app.middleware("http")
    async def hear(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        keys.append(request.headers.get("x-api-key", ""))
        return await call_next(request)

    _page(app, keys)
    found = list(titles(await attacked_naive(FAMILY, app=app)))
    assert "GET /debug/vars tells a credential." in found
    assert "GET /debug/vars shows where in the program it failed." in found


def _page(app: FastAPI, keys: list[str]) -> None:
    @app.get("/debug/vars")
    def shown() -> dict[str, object]:
        return {"keys": sorted(set(keys)), "error": "Traceback (most recent call last): ..."}


async def test_a_log_that_quotes_is_found_and_one_that_does_not_passes(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    log.write_text("document.indexed\n")
    assert (await opened_naive(FAMILY, {"log": str(log)})).verdict is Verdict.PASS
    app = naive_rag(frozenset())

    @app.middleware("http")
    async def quote(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        with log.open("ab") as file:
            file.write(await request.body())
        return await call_next(request)

    assert "The log holds a secret." in titles(await opened_naive(FAMILY, {"log": str(log)}, app=app))
