"""A7's look at answers kept under keys, against services that keep them for a tenant, for everybody, and not at all."""

from collections.abc import Awaitable, Callable

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import Response

from evals.families.channels.caching.caches import FAMILY
from evals.families.channels.caching.replays import HEADER
from evals.leakage import probe
from evals.verdicts.family import FamilyResult, Verdict
from tests.evals.conftest import staged
from tests.evals.families.channels.leaking import whole
from tests.evals.service import tiny_service


def _keeping(app: FastAPI, *, by_tenant: bool) -> FastAPI:
    """Give an answer again under the same key: to the tenant that used it, or to anybody."""
    kept: dict[tuple[str, str], bytes] = {}

    @app.middleware("http")
    async def keep(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        key = (request.headers.get("authorization", "") if by_tenant else "", request.headers.get(HEADER, ""))
        if not key[1]:
            return await call_next(request)
        if key not in kept:
            kept[key] = await whole(await call_next(request))
        return Response(kept[key], media_type="application/json")

    return app


async def _probed(app: FastAPI) -> FamilyResult:
    async with staged(app) as stage:
        return await probe(stage, FAMILY)


@pytest.mark.parametrize("by_tenant", [True, False])
async def test_a_key_that_another_has_used_is_a_new_one(*, by_tenant: bool) -> None:
    result = await _probed(_keeping(tiny_service(), by_tenant=by_tenant))
    assert result.verdict is (Verdict.PASS if by_tenant else Verdict.LEAK), result.reason
    assert f"header:{HEADER}" in {cell.slot for cell in result.cells}
    assert {one.cell.slot for one in result.findings} <= {f"header:{HEADER}"}


async def test_where_nothing_is_kept_under_keys_nothing_is_tried() -> None:
    result = await _probed(tiny_service())
    assert result.verdict is Verdict.PASS, result.reason
    assert f"header:{HEADER}" not in {cell.slot for cell in result.cells}
