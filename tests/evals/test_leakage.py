"""What a run makes of its families: coverage, absence, doubt, and mistakes of its own."""

import pytest

from evals.families.registry import Family, in_order, registered
from evals.stage.stage import Stage
from evals.target.wire import Unreachable
from evals.verdicts.family import Evidence, Verdict
from evals.verdicts.gate import ExitCode, exit_code
from evals.verdicts.trial import Cell, ControlKind, Trial
from tests.evals.conftest import Attacked
from tests.evals.service import OPERATIONS

_ROUTES = {
    "list": "GET /documents",
    "get": "GET /documents/{document_id}",
    "delete": "DELETE /documents/{document_id}",
    "search": "POST /search",
    "ingest": "POST /documents",
}
_OTHERS = ("GET /healthz", "POST /tenants", "DELETE /tenants/{tenant_id}")


async def _walk(stage: Stage, evidence: Evidence) -> None:
    """Call every operation of a tenant, and claim each as a trial."""
    alpha = stage.tenants[0]
    for operation, route in _ROUTES.items():
        spare = await stage.disposable(alpha)
        await alpha.session.call(operation, query="x", name="y", content="z", document_id=spare.document_id)
        evidence.trial(Trial("", operation, Cell(route), "alpha", "beta"))
    for path in ("/healthz", "/tenants", "/tenants/ten_1"):
        method = {"/healthz": "GET", "/tenants": "POST"}.get(path, "DELETE")
        reply = await alpha.session.send(alpha.session.request(method, path))
        evidence.trial(Trial("", path, Cell(reply.route), "alpha", "beta"))
    evidence.control(ControlKind.POSITIVE, "p", held=True)
    evidence.control(ControlKind.NEGATIVE, "n", held=True)


async def _claim(stage: Stage, evidence: Evidence) -> None:
    """Claim all and send nothing."""
    del stage
    for route in (*_ROUTES.values(), *_OTHERS):
        evidence.trial(Trial("", "claimed", Cell(route), "alpha", "beta"))
    evidence.control(ControlKind.POSITIVE, "p", held=True)
    evidence.control(ControlKind.NEGATIVE, "n", held=True)


async def _break(stage: Stage, evidence: Evidence) -> None:
    del stage, evidence
    raise ZeroDivisionError("a mistake in a family")


async def _stop(stage: Stage, evidence: Evidence) -> None:
    await _claim(stage, evidence)
    raise Unreachable("GET /documents as alpha: timed out")


_WALK = Family("A90", "Walk", frozenset(_ROUTES), (), _walk)


async def test_routes_that_probes_touched_are_covered_and_the_run_passes(attacked: Attacked) -> None:
    run = await attacked(families=(_WALK,))
    assert run.coverage.untouched == ()
    assert set(run.coverage.routes_served) == {*_ROUTES.values(), *_OTHERS}
    assert exit_code(run) is ExitCode.PASSED, run.harness_errors


@pytest.mark.shows("evals.coverage")
async def test_a_route_that_is_only_claimed_or_only_used_to_set_up_is_not_covered(attacked: Attacked) -> None:
    run = await attacked(families=(Family("A91", "Claim", frozenset(), (), _claim),))
    assert set(run.coverage.untouched) == set(run.coverage.routes_served)
    assert exit_code(run) is ExitCode.NOT_SHOWN


async def test_a_mistake_of_the_suite_is_a_harness_error_and_no_verdict(attacked: Attacked) -> None:
    run = await attacked(families=(Family("A92", "Break", frozenset(), (), _break), _WALK))
    assert exit_code(run) is ExitCode.HARNESS_FAILED
    assert "a mistake in a family" in run.harness_errors[0]
    assert [result.family for result in run.families] == ["A90"]


async def test_a_target_that_stops_answering_leaves_the_family_inconclusive(attacked: Attacked) -> None:
    run = await attacked(families=(Family("A93", "Stop", frozenset(), (), _stop),))
    (result,) = run.families
    assert (result.verdict, "timed out" in result.reason) == (Verdict.INCONCLUSIVE, True)


async def test_a_needed_operation_is_there_or_declared_absent_or_the_family_is_inconclusive(attacked: Attacked) -> None:
    needs = Family("A94", "Ask", frozenset({"ask"}), (), _walk)
    (missing,) = (await attacked(families=(needs,))).families
    assert (missing.verdict, "'ask'" in missing.reason) == (Verdict.INCONCLUSIVE, True)
    (declared,) = (await attacked(families=(needs,), absent={"ask": "It has no generator."})).families
    assert (declared.verdict, declared.reason) == (Verdict.ABSENT, "ask: It has no generator.")
    (whole,) = (await attacked(families=(needs,), absent={"A94": "Never."})).families
    assert whole.verdict is Verdict.ABSENT


async def test_an_operation_that_openapi_lacks_is_shown_as_not_served(attacked: Attacked) -> None:
    operations = {**OPERATIONS, "ask": {"method": "POST", "path": "/ask", "json": {"question": "{{question}}"}}}
    needs = Family("A94", "Ask", frozenset({"ask"}), (), _walk)
    run = await attacked(families=(needs, _WALK), operations=operations)
    assert run.coverage.not_served == ("ask",)
    assert run.families[0].verdict is Verdict.ABSENT
    assert "not served" in run.families[0].reason
    assert exit_code(run) is ExitCode.PASSED


async def test_a_seed_gives_the_same_manifest_again_and_another_seed_another(attacked: Attacked) -> None:
    digests = [(await attacked(families=())).manifest_sha256 for _ in range(2)]
    assert digests[0] == digests[1]
    assert len(digests[0]) == 64


def test_families_are_found_by_themselves_in_order() -> None:
    families = registered()
    assert len({family.id for family in families}) == len(families)
    assert [family.id for family in families] == sorted((family.id for family in families), key=in_order)
    assert sorted(["A10", "A2", "B1"], key=in_order) == ["A2", "A10", "B1"]
    assert "A1" in {family.id for family in families}
