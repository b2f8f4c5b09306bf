"""A2 against services that believe a name in a request and one that does not."""

import pytest

from evals.families.objects.spoofing import FAMILY
from evals.verdicts.family import Verdict
from tests.evals.conftest import Attacked


async def test_a_sound_service_passes_on_every_route_it_serves(attacked: Attacked) -> None:
    run = await attacked(families=(FAMILY,))
    (result,) = run.families
    assert result.verdict is Verdict.PASS, result.reason
    assert run.coverage.untouched == ("DELETE /documents/{document_id}",)  # A2 only asks it for what is not there
    assert run.harness_errors == ()


@pytest.mark.shows("evals.can-fail")
@pytest.mark.parametrize(
    ("leak", "place"),
    [("header", "header:X-Tenant-Id"), ("query", "query:tenant_id"), ("cookie", "cookie:tenant_id")],
)
async def test_a_name_that_is_believed_is_found_where_it_reads_and_where_it_writes(
    attacked: Attacked, leak: str, place: str
) -> None:
    run = await attacked(leak, families=(FAMILY,))
    (result,) = run.families
    assert result.verdict is Verdict.LEAK
    found = {finding.cell.route for finding in result.findings if finding.cell.slot == place}
    reads, writes = {"GET /documents", "POST /search"}, {"POST /documents", "DELETE /documents/{document_id}"}
    assert found >= reads | writes
    assert {finding.cell.slot for finding in result.findings} == {place}


async def test_a_name_in_the_body_that_is_believed_is_found(attacked: Attacked) -> None:
    run = await attacked("body", families=(FAMILY,))
    (result,) = run.families
    places = {(finding.cell.route, finding.cell.slot) for finding in result.findings}
    assert places == {("POST /search", "body:tenant_id")}
