"""A13 against a service that mixes up who is asking, and against one that does not."""

from evals.families.channels.crowd import FAMILY
from evals.verdicts.family import Verdict
from tests.evals.families.attacking import attacked_naive
from tests.standins.naive_rag.leaks import Leak


async def test_sixteen_tenants_at_once_each_get_their_own() -> None:
    result = await attacked_naive(FAMILY)
    assert result.verdict is Verdict.PASS, (result.reason, result.controls)
    assert len({attacker for attacker, _ in result.pairs}) == 16
    assert {cell.route for cell in result.cells} == {"POST /ask", "POST /search"}


async def test_a_tenant_kept_in_a_variable_of_all_requests_is_found() -> None:
    result = await attacked_naive(FAMILY, Leak.TENANT_AMBIENT)
    assert result.verdict is Verdict.LEAK
    assert any("gets what is another's" in one.title for one in result.findings)
