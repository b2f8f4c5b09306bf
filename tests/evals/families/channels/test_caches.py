"""A7 against services that share caches, and against sound ones."""

import pytest
from fastapi import FastAPI

from evals.families.channels.caching.caches import FAMILY
from evals.leakage import probe
from evals.verdicts.family import FamilyResult, Verdict
from tests.evals.conftest import staged
from tests.evals.families.attacking import attacked_naive
from tests.evals.families.channels.leaking import with_answers_by_likeness, with_hits_told, with_marks
from tests.evals.service import tiny_service
from tests.standins.naive_rag.leaks import Leak


async def _probed(app: FastAPI) -> FamilyResult:
    async with staged(app) as stage:
        return await probe(stage, FAMILY)


@pytest.mark.parametrize(
    ("leak", "route"), [(Leak.ANSWERS_CACHED, "POST /ask"), (Leak.PUBLIC_CACHING, "GET /documents/{document_id}")]
)
async def test_a_cache_shared_inside_the_service_or_on_the_way_is_found(leak: Leak, route: str) -> None:
    result = await attacked_naive(FAMILY, leak)
    assert result.verdict is Verdict.LEAK
    assert {one.cell.route for one in result.findings} == {route}


async def test_a_server_that_shares_no_cache_passes() -> None:
    result = await attacked_naive(FAMILY)
    assert result.verdict is Verdict.PASS, result.reason
    assert {"POST /ask", "POST /search"} <= {cell.route for cell in result.cells}


async def test_a_cache_by_likeness_is_found_by_paraphrases() -> None:
    result = await _probed(with_answers_by_likeness(tiny_service()))
    assert result.verdict is Verdict.LEAK
    assert any("what was answered to another" in one.title for one in result.findings)


async def test_an_answer_that_tells_that_another_asked_before_is_found() -> None:
    result = await _probed(with_hits_told(tiny_service(), by_tenant=False))
    assert result.verdict is Verdict.LEAK
    assert {one.title for one in result.findings} == {"POST /search tells that somebody else has asked the same."}


async def test_a_cache_of_each_tenants_own_may_tell_its_hits() -> None:
    result = await _probed(with_hits_told(tiny_service(), by_tenant=True))
    assert result.verdict is Verdict.PASS, result.reason


@pytest.mark.parametrize("checked", [True, False])
async def test_the_mark_of_anothers_answer_opens_nothing(*, checked: bool) -> None:
    result = await _probed(with_marks(tiny_service(), checked=checked))
    assert result.verdict is (Verdict.PASS if checked else Verdict.LEAK), result.reason
    assert ("GET /documents", "header:If-None-Match") in {(cell.route, cell.slot) for cell in result.cells}
