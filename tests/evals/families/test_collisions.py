"""A15 against the naive server that folds names, against one that keeps them apart, and against one that refuses."""

import unicodedata

import pytest

from evals.families.objects.collisions import ALIKE
from evals.verdicts.family import Verdict
from tests.evals.targets.test_naive_attacked import probed
from tests.standins.naive_rag.leaks import Leak


async def test_a_service_that_cleans_names_makes_one_tenant_of_two() -> None:
    result = await probed(frozenset({Leak.NAMES_FOLDED}), "A15")
    assert result.verdict is Verdict.LEAK, result.reason
    seen = {one.title for one in result.findings}
    for variant in ("small letters", "hyphens for blanks", "an ending of punctuation"):
        assert f"A tenant whose name is alike ({variant}) sees what the other one holds." in seen
    assert not any("(it as a prefix)" in title for title in seen)


async def test_a_service_that_takes_every_name_and_keeps_tenants_apart_passes() -> None:
    result = await probed(frozenset(), "A15")
    assert result.verdict is Verdict.PASS, result.reason
    assert result.distinct == len(ALIKE) + 2


@pytest.mark.parametrize(
    "variant", ["small letters", "capitals", "case folding", "decomposed", "wide letters", "a no-break blank"]
)
def test_names_that_are_meant_to_fold_alike_do(variant: str) -> None:
    name = "Straße Café 12 office"
    other = ALIKE[variant](name)
    assert other != name
    assert _folded(other) == _folded(name)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def test_every_variant_is_another_name() -> None:
    name = "Straße Café 12 office"
    made = [alike(name) for alike in ALIKE.values()]
    assert len({name, *made}) == len(made) + 1
