"""A3 against a service that searches in everything, one that does not, and one in which nothing is found."""

import pytest

from evals.canaries.forms import Form
from evals.families.content.through_search import FAMILY
from evals.verdicts.family import Verdict
from tests.evals.conftest import Attacked
from tests.evals.service import OPERATIONS


async def test_a_sound_service_passes_and_owners_find_their_own(attacked: Attacked) -> None:
    run = await attacked(families=(FAMILY,), trials=60)
    (result,) = run.families
    assert result.verdict is Verdict.PASS, result.reason
    assert result.distinct >= 60
    assert len(result.pairs) == 12


@pytest.mark.shows("evals.can-fail")
async def test_one_index_for_all_is_found_in_many_forms(attacked: Attacked) -> None:
    run = await attacked("search", families=(FAMILY,), trials=60)
    (result,) = run.families
    assert result.verdict is Verdict.LEAK
    assert any(f"({Form.TOKEN})" in finding.title for finding in result.findings)
    assert all(finding.json_path.startswith("$.hits[") for finding in result.findings)


async def test_a_search_that_finds_nothing_for_anybody_shows_nothing(attacked: Attacked) -> None:
    deaf = {**OPERATIONS, "search": {**OPERATIONS["search"], "json": {"query": "no"}}}
    run = await attacked(families=(FAMILY,), operations=deaf)
    (result,) = run.families
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "No trial was made." in result.reason
    assert "positive control failed" in result.reason


@pytest.mark.shows("evals.coverage")
async def test_without_planted_secrets_the_family_is_inconclusive(attacked: Attacked) -> None:
    empty = {**OPERATIONS, "ingest": {**OPERATIONS["ingest"], "files": [_NOTHING]}}
    run = await attacked(families=(FAMILY,), operations=empty)
    (result,) = run.families
    assert result.verdict is Verdict.INCONCLUSIVE


_NOTHING = {"field": "file", "name": "{{name}}", "content": "Nothing was planted here."}
