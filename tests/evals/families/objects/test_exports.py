"""A2's look into exports, of services that give them to others than their tenants, and of one that does not."""

import pytest

from evals.families.objects.exports import others_exports
from evals.verdicts.family import Evidence, FamilyResult, Verdict
from tests.evals.conftest import staged
from tests.evals.families.objects.believing import ABOUT_EXPORTS, OPERATIONS, believing

_FOUND = {
    "operator": "for which an operator names its own key",
    "network": "that an operator fetches",
    "asker": "that another tenant asks for",
}


async def _result(*beliefs: str) -> FamilyResult:
    evidence = Evidence("A2", "Exports of others")
    async with staged(believing(*beliefs), operations=OPERATIONS) as stage:
        stage.begin("A2")
        await others_exports(stage, evidence)
    return evidence.result(seconds=0.0)


def test_each_belief_has_a_test() -> None:
    assert set(_FOUND) == set(ABOUT_EXPORTS)


@pytest.mark.parametrize("belief", ABOUT_EXPORTS)
async def test_an_export_that_others_can_read_is_found(belief: str) -> None:
    result = await _result(belief)
    assert result.verdict is Verdict.LEAK, result.reason
    assert any(_FOUND[belief] in one.title for one in result.findings), [one.title for one in result.findings]


async def test_exports_that_their_tenant_alone_can_read_pass() -> None:
    result = await _result()
    assert result.verdict is Verdict.PASS, result.reason
    assert {control.held for control in result.controls} == {True}
    assert result.distinct == 4
