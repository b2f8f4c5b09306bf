"""A6 and A21 against the naive server with one leak at a time, and without any."""

import pytest

from evals.verdicts.family import Verdict
from tests.evals.targets.test_naive_attacked import probed
from tests.standins.naive_rag.leaks import Leak


@pytest.mark.parametrize(
    ("family", "leak", "title"),
    [
        ("A6", Leak.JOBS_SHARED, "GET /jobs shows a name of another tenant."),
        ("A6", Leak.FILES_IN_METRICS, "GET /metrics shows a name of another tenant."),
        ("A6", Leak.ROWS_IN_ERRORS, "POST /search shows a document id of another."),
        ("A6", Leak.WORDS_SUGGESTED, "GET /suggest offers words that only another tenant holds."),
        ("A6", Leak.STATE_SHOWN, "GET /debug/state shows another tenant's name."),
        ("A21", Leak.VECTORS_RETURNED, "POST /search shows a vector."),
        ("A21", Leak.ROWS_IN_ERRORS, "POST /search shows a stack trace."),
    ],
)
async def test_what_stands_around_answers_is_found(family: str, leak: Leak, title: str) -> None:
    result = await probed(frozenset({leak}), family)
    found = [one for one in result.findings if one.title == title]
    assert found, result.reason
    assert all("API_KEY" in one.curl for one in found)


@pytest.mark.parametrize("family", ["A6", "A21"])
async def test_a_service_that_says_no_more_than_it_should_passes(family: str) -> None:
    result = await probed(frozenset(), family)
    assert result.verdict is Verdict.PASS, result.reason
    assert result.distinct >= 300
