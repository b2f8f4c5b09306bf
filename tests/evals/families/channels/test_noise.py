"""A18 against services whose tenants share a limit or a queue, and against ones whose tenants do not."""

import pytest
from fastapi import FastAPI

from evals.families.channels.noise import FAMILY
from evals.leakage import probe
from evals.verdicts.family import FamilyResult, Verdict
from tests.evals.conftest import staged
from tests.evals.families.channels.leaking import with_a_limit, with_a_queue
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
