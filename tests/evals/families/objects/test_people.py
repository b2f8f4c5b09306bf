"""A2's forged tokens of people against services that believe them, and against one that does not."""

import pytest

from evals.families.objects.people import forged_people
from evals.verdicts.family import Evidence, FamilyResult, Verdict
from tests.evals.conftest import staged
from tests.evals.families.objects.believing import BELIEFS, OPERATIONS, believing

_FOUND = {
    "audience": "for another application",
    "claim": "whose organisation stands where its holder writes it",
    "list": "of two organisations",
    "letters": "of an organisation in capitals",
    "signature": "signed by a stranger",
    "expiry": "that has expired",
    "proposed": "of a provider that no operator has agreed to",
    "tid": "names it in 'tid'",
    "roles": "that gives itself roles",
}


async def _result(*beliefs: str, reachable: bool = True) -> FamilyResult:
    evidence = Evidence("A2", "Forged tokens of people")
    async with staged(believing(*beliefs, reachable=reachable), operations=OPERATIONS) as stage:
        stage.begin("A2")
        await forged_people(stage, evidence)
    return evidence.result(seconds=0.0)


def test_each_belief_has_a_test() -> None:
    assert set(_FOUND) == set(BELIEFS)


@pytest.mark.parametrize("belief", BELIEFS)
async def test_a_forged_token_that_is_believed_is_found(belief: str) -> None:
    result = await _result(belief)
    assert result.verdict is Verdict.LEAK, result.reason
    assert any(f"{_FOUND[belief]}." in one.title for one in result.findings), [one.title for one in result.findings]


async def test_a_service_that_believes_none_passes_and_its_people_are_let_in() -> None:
    result = await _result()
    assert result.verdict is Verdict.PASS, result.reason
    assert len(result.controls) == 3
    assert {cell.route for cell in result.cells} == {"GET /documents", "POST /search"}
    assert result.distinct > 40


async def test_without_a_provider_in_force_nothing_is_shown() -> None:
    result = await _result(reachable=False)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "declare issuer_propose absent" in result.reason
