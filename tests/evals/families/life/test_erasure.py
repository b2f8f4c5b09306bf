"""A14 against a server whose deletions leave something, and one whose deletions do not."""

from evals.families.life.erasure import FAMILY
from evals.verdicts.family import Verdict
from tests.evals.families.attacking import attacked_naive, titles
from tests.standins.naive_rag.leaks import Leak


async def test_a_server_that_deletes_what_it_says_passes() -> None:
    result = await attacked_naive(FAMILY)
    assert result.verdict is Verdict.PASS, (result.reason, list(titles(result)))
    assert result.distinct >= 60


async def test_chunks_that_stay_after_a_deletion_are_found_on_the_surfaces_that_read_them() -> None:
    result = await attacked_naive(FAMILY, Leak.CHUNKS_STAY)
    assert result.verdict is Verdict.LEAK
    assert "POST /search still shows what was deleted (deleted document)." in titles(result)
    assert all("seen for 3.0 s" in one.excerpt for one in result.findings if "search" in one.title)


async def test_what_an_erased_tenant_left_is_found_by_its_namesake() -> None:
    result = await attacked_naive(FAMILY, Leak.CHUNKS_STAY, Leak.NAMES_FOLDED)
    assert "POST /search still shows what was deleted (namesake)." in titles(result)


async def test_an_answer_that_a_cache_kept_is_found() -> None:
    result = await attacked_naive(FAMILY, Leak.ANSWERS_CACHED)
    assert "POST /ask still shows what was deleted (deleted document)." in titles(result)
