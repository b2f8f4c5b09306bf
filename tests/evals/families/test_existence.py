"""A8 against the naive server with one leak at a time, and without any."""

import pytest

from evals.verdicts.family import Verdict
from tests.evals.targets.test_naive_attacked import probed
from tests.standins.naive_rag.leaks import Leak


@pytest.mark.parametrize(
    ("leak", "title"),
    [
        (Leak.FOREIGN_TOLD, "GET /documents/{document_id} tells that another tenant holds a document."),
        (Leak.DUPLICATES_SHARED, "POST /documents tells that another tenant holds the same bytes."),
        (
            Leak.TERMS_COUNTED,
            "POST /search ranks what another tenant holds apart from decoys by first score (planted).",
        ),
    ],
)
async def test_what_tells_that_another_holds_a_thing_is_found(leak: Leak, title: str) -> None:
    result = await probed(frozenset({leak}), "A8")
    assert result.verdict is Verdict.LEAK, result.reason
    assert title in {one.title for one in result.findings}


async def test_a_service_that_tells_nothing_passes() -> None:
    result = await probed(frozenset(), "A8")
    assert result.verdict is Verdict.PASS, result.reason
    assert {cell.route for cell in result.cells} >= {"GET /documents/{document_id}", "POST /documents", "POST /search"}
