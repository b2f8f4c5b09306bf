"""Ids that never existed."""

import re
from random import Random

import pytest

from evals.stage.twins import never_existed


def _seeded() -> Random:
    return Random(1)  # noqa: S311 - it has to repeat itself


@pytest.mark.parametrize(
    ("one", "shape"),
    [
        ("doc_684hkprat0kz2bbtr7626e81", r"doc_[0-9a-hjkmnp-tv-z]{24}"),
        ("9f1c2b3a-4d5e-4f60-8a7b-0c1d2e3f4a5b", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}"),
        ("handbook", r"[a-z]{8}"),
        ("ten/acme", r"ten/[a-z]{4}"),
        ("aaaa_1", r"aaaa_[0-9]"),
    ],
)
def test_a_twin_looks_like_the_id_and_is_another(one: str, shape: str) -> None:
    rng = _seeded()
    twins = {never_existed(one, rng) for _ in range(50)}
    assert one not in twins
    assert all(re.fullmatch(shape, twin) for twin in twins)


def test_a_number_gets_far_beyond_any_in_use() -> None:
    assert int(never_existed("17", _seeded())) > 10**9


def test_a_seed_gives_the_same_twin_again() -> None:
    assert never_existed("doc_ab12", _seeded()) == never_existed("doc_ab12", _seeded())
