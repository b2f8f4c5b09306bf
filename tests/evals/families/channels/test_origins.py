"""A7's look at pages of other origins."""

from collections.abc import Awaitable, Callable

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import Response

from evals.families.channels.caching.caches import FAMILY
from evals.leakage import probe
from evals.verdicts.family import Verdict
from tests.evals.conftest import staged
from tests.evals.service import tiny_service


def _allowing(app: FastAPI, origin: str, *, credentials: bool) -> FastAPI:
    """Allow an origin; an empty one stands for whichever asks."""

    @app.middleware("http")
    async def allow(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        answer = await call_next(request)
        if "origin" in request.headers:
            answer.headers["access-control-allow-origin"] = origin or request.headers["origin"]
            if credentials:
                answer.headers["access-control-allow-credentials"] = "true"
        return answer

    return app


@pytest.mark.parametrize(
    ("origin", "credentials", "verdict"),
    [
        ("", True, Verdict.LEAK),
        ("null", True, Verdict.LEAK),
        ("*", False, Verdict.PASS),
        ("https://ours.example", True, Verdict.PASS),
    ],
)
async def test_an_answer_that_any_page_may_read_with_credentials_is_found(
    origin: str,
    verdict: Verdict,
    *,
    credentials: bool,
) -> None:
    async with staged(_allowing(tiny_service(), origin, credentials=credentials)) as stage:
        result = await probe(stage, FAMILY)
    assert result.verdict is verdict, result.reason
    assert {one.cell.slot for one in result.findings} <= {"header:Origin"}
    assert "header:Origin" in {cell.slot for cell in result.cells}
