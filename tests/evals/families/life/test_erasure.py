"""A14 against a server whose deletions leave something, and one whose deletions do not."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from evals.families.life.erasure import FAMILY
from evals.target.operation import Caller, Operation
from evals.target.spec import TargetSpec
from evals.verdicts.family import Verdict
from tests.evals.families.attacking import attacked_naive, probed_naive, titles
from tests.standins.naive_rag.leaks import Leak
from tests.standins.naive_rag.server import naive_rag


async def test_a_server_that_deletes_what_it_says_passes() -> None:
    result = await attacked_naive(FAMILY)
    assert result.verdict is Verdict.PASS, (result.reason, list(titles(result)))
    assert result.distinct >= 60


async def test_chunks_that_stay_after_a_deletion_are_found_on_the_surfaces_that_read_them() -> None:
    result = await attacked_naive(FAMILY, Leak.CHUNKS_STAY)
    assert result.verdict is Verdict.LEAK
    assert "POST /search still shows what was deleted (deleted document)." in titles(result)
    assert all("seen for 3.0 s" in one.excerpt for one in result.findings if "search" in one.title)


async def test_what_an_erased_tenant_left_is_found_by_its_namesake() -> None:
    result = await attacked_naive(FAMILY, Leak.CHUNKS_STAY, Leak.NAMES_FOLDED)
    assert "POST /search still shows what was deleted (namesake)." in titles(result)


async def test_an_answer_that_a_cache_kept_is_found() -> None:
    result = await attacked_naive(FAMILY, Leak.ANSWERS_CACHED)
    assert "POST /ask still shows what was deleted (deleted document)." in titles(result)


@pytest.mark.parametrize(("files", "verdict"), [(0, Verdict.PASS), (2, Verdict.LEAK)])
async def test_what_a_receipt_counts_as_left_is_a_leak(files: int, verdict: Verdict) -> None:
    result = await probed_naive(FAMILY, _with_receipts(files), _that_counts)
    assert result.verdict is verdict, (result.reason, list(titles(result)))
    assert set(titles(result)) == ({"What an erased tenant had is left."} if files else set())
    assert "GET /erasures/{erasure_id}" in {cell.route for cell in result.cells}


def _with_receipts(files: int) -> FastAPI:
    """Erase as the naive server does, and say that so many files are left."""
    app = naive_rag(frozenset())

    @app.get("/erasures/{erasure_id}")
    async def receipt(erasure_id: str) -> dict[str, object]:
        return {"id": erasure_id, "state": "done", "left": {"chunks": 0, "files": files}}

    @app.middleware("http")
    async def accepted(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        answer = await call_next(request)
        ended = request.method == "DELETE" and request.url.path.startswith("/tenants/") and answer.status_code == 204
        return JSONResponse({"id": "erasure-1"}, 202) if ended else answer

    return app


def _that_counts(spec: TargetSpec) -> TargetSpec:
    """Let the target file know the receipts."""
    told = {"state": "$.state", "left": "$.left.*"}
    path = "/erasures/{{erasure_id}}"
    get = Operation("erasure_get", "GET", path, "api", caller=Caller.OPERATOR, gives=told, changes=False)
    ended = replace(spec.operations["tenant_delete"], gives={"erasure_id": "$.id"})
    absent = {name: why for name, why in spec.absent.items() if name != "erasure_get"}
    return replace(spec, operations={**spec.operations, "erasure_get": get, "tenant_delete": ended}, absent=absent)
