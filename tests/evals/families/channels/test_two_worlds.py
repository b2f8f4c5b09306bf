"""A10 against services in which what one tenant holds moves what another sees, and against one in which it does not."""

import pytest

from evals.canaries.derive import World
from evals.families.channels.two_worlds import FAMILY
from evals.leakage import probe
from evals.verdicts.family import Verdict
from tests.evals.conftest import Attacked, staged
from tests.evals.families.attacking import attacked_naive
from tests.evals.families.channels.leaking import with_a_flickering_header
from tests.evals.service import OPERATIONS, tiny_service
from tests.standins.naive_rag.leaks import Leak


async def test_without_interference_everything_is_equal_to_the_last_digit() -> None:
    result = await attacked_naive(FAMILY)
    assert result.verdict is Verdict.PASS, result.reason
    assert result.distinct > 40
    routes = {cell.route for cell in result.cells}
    assert {"POST /search", "POST /ask", "POST /documents", "GET /suggest", "GET /metrics", "GET /documents"} <= routes


@pytest.mark.parametrize(
    ("leak", "route"),
    [
        (Leak.TERMS_COUNTED, "POST /search"),
        (Leak.WORDS_SUGGESTED, "GET /suggest"),
        (Leak.DUPLICATES_SHARED, "POST /documents"),
        (Leak.ROWS_IN_ERRORS, "POST /search"),
        (Leak.FILES_IN_METRICS, "GET /metrics"),
        (Leak.JOBS_SHARED, "GET /jobs"),
        (Leak.READ_UNCHECKED, "GET /documents/{document_id}"),
        (Leak.RELATED_UNFILTERED, "GET /documents/{document_id}/related"),
    ],
)
async def test_whatever_depends_on_the_other_tenant_is_found(leak: Leak, route: str) -> None:
    result = await attacked_naive(FAMILY, leak)
    assert result.verdict is Verdict.LEAK, result.reason
    assert route in {one.cell.route for one in result.findings}


async def test_an_answer_that_is_never_the_same_twice_has_to_be_declared() -> None:
    async with staged(with_a_flickering_header(tiny_service())) as stage:
        result = await probe(stage, FAMILY)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "answered alike twice" in result.reason
    masks = {"headers": ["x-flicker"]}
    async with staged(with_a_flickering_header(tiny_service()), masks=masks) as stage:
        result = await probe(stage, FAMILY)
    assert result.verdict is Verdict.PASS, result.reason


async def test_a_search_that_finds_nothing_of_ones_own_proves_nothing(attacked: Attacked) -> None:
    blind = {"method": "GET", "path": "/healthz", "changes": False}
    run = await attacked(families=(FAMILY,), operations={**OPERATIONS, "search": blind})
    (result,) = run.families
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "positive control failed" in result.reason


async def test_principals_that_were_given_hold_two_worlds_besides_what_they_have() -> None:
    app = tiny_service()
    async with staged(app) as stage:
        given = [
            {"name": one.name, "tenant": one.name, "token": str(one.session.values["token"])} for one in stage.tenants
        ]
        async with staged(app, tenant=None, principals=given) as other:
            worlds = await other.second_world()
            held = {one.document_id for one in worlds.victim.documents}
            await worlds.enter(World.PLANTED)
            assert len(worlds.victim.documents) > len(held)
            await worlds.enter(World.DECOY)
            assert held < {one.document_id for one in worlds.victim.documents}
            await worlds.empty()
            assert {one.document_id for one in worlds.victim.documents} == held
