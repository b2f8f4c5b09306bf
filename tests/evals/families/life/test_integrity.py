"""A16 against servers on which another's upload moves something, and one on which it does not."""

from evals.families.life.integrity import FAMILY
from evals.verdicts.family import Verdict
from tests.evals.families.attacking import attacked_naive, titles
from tests.standins.naive_rag.leaks import Leak


async def test_a_server_that_keeps_tenants_apart_passes() -> None:
    result = await attacked_naive(FAMILY, trials=6)
    assert result.verdict is Verdict.PASS, result.reason
    assert result.distinct == 6


async def test_statistics_that_anothers_words_move_are_found_by_the_victims_scores() -> None:
    result = await attacked_naive(FAMILY, Leak.TERMS_COUNTED, trials=6)
    assert result.verdict is Verdict.LEAK
    assert "Another tenant's upload (poison) changes what search shows." in titles(result)


async def test_an_upload_that_becomes_anothers_document_is_found() -> None:
    result = await attacked_naive(FAMILY, Leak.DUPLICATES_SHARED, trials=6)
    assert "An upload (the same bytes) is answered with a thing of another tenant." in titles(result)


async def test_a_deletion_of_the_same_bytes_that_reaches_the_victims_is_found() -> None:
    result = await attacked_naive(FAMILY, Leak.DUPLICATES_SHARED, Leak.DELETE_UNCHECKED, trials=6)
    assert "Another tenant's upload (the same bytes) changes what list shows." in titles(result)
