"""A18 against services whose tenants share a limit or a queue, and against ones whose tenants do not."""

import pytest
from fastapi import FastAPI

from evals.families.channels.exhausting import LIMITS
from evals.families.channels.noise import FAMILY
from evals.leakage import probe
from evals.verdicts.family import FamilyResult, Verdict
from tests.evals.conftest import staged
from tests.evals.families.channels.leaking import with_a_limit, with_a_queue, with_an_allowance
from tests.evals.service import OPERATIONS, tiny_service

_READY = {"operation": "get", "value": "status", "done": ["ready"]}
_WITH_STATUS = {**OPERATIONS, "get": {**OPERATIONS["get"], "steady": False, "gives": {"status": "$.status"}}}


async def _probed(app: FastAPI, **said: object) -> FamilyResult:
    async with staged(app, **said) as stage:
        return await probe(stage, FAMILY)


@pytest.mark.parametrize("for_all", [True, False])
async def test_a_limit_that_one_tenant_uses_up_for_all_is_found(*, for_all: bool) -> None:
    result = await _probed(with_a_limit(tiny_service(), for_all=for_all))
    assert result.verdict is (Verdict.LEAK if for_all else Verdict.PASS), (result.reason, result.controls)
    assert all("refuses a tenant" in one.title for one in result.findings)


@pytest.mark.parametrize("in_turn", [True, False])
async def test_a_queue_without_turns_is_found(*, in_turn: bool) -> None:
    result = await _probed(with_a_queue(tiny_service(), in_turn=in_turn), ready=_READY, operations=_WITH_STATUS)
    assert result.verdict is (Verdict.PASS if in_turn else Verdict.LEAK), (result.reason, result.controls)
    assert all("until another's flood is through" in one.title for one in result.findings)


def _allowance(operation: str) -> dict[str, object]:
    return {operation: {"method": "PUT", "path": "/tenants/{{tenant_id}}/allowance", "as": "operator"}}


@pytest.mark.parametrize("operation", LIMITS)
@pytest.mark.parametrize("for_all", [True, False])
async def test_a_small_limit_that_counts_what_another_tenant_asked_is_found(operation: str, *, for_all: bool) -> None:
    app = with_an_allowance(tiny_service(), for_all=for_all)
    result = await _probed(app, operations={**OPERATIONS, **_allowance(operation)})
    assert result.verdict is (Verdict.LEAK if for_all else Verdict.PASS), (result.reason, result.controls)
    titles = {one.title for one in result.findings}
    said = f"POST /search refuses a tenant because another one has used up its own limit of {LIMITS[operation]}."
    assert titles == ({said} if for_all else set())


async def test_a_limit_that_nobody_keeps_shows_nothing() -> None:
    app = tiny_service()
    app.put("/tenants/{tenant_id}/allowance", status_code=204)(lambda tenant_id: None)  # noqa: ARG005 - of the path
    result = await _probed(app, operations={**OPERATIONS, **_allowance("limit_requests")})
    assert result.verdict is Verdict.INCONCLUSIVE, result.reason
