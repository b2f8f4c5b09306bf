"""Terms are weighted as BM25 says, and hidden behind a key."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenancy.models.terms import document_weights, idf, keyed_sparse, term_id


def test_weights_are_those_of_bm25_with_a_fixed_average_length() -> None:
    weights = document_weights({"leas": 2, "notic": 62})
    assert weights["leas"] == pytest.approx(2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 64 / 128)))
    assert document_weights({}) == {}


@given(st.integers(1, 500), st.integers(0, 5_000))
def test_a_weight_rises_with_the_count_and_falls_with_the_length(count: int, others: int) -> None:
    weight = document_weights({"a": count, "b": others})["a"]
    assert 0 < weight < 2.2
    assert document_weights({"a": count + 1, "b": others})["a"] > weight
    assert document_weights({"a": count, "b": others + 1})["a"] < weight


def test_idf_is_the_standard_one() -> None:
    assert idf(0, 0) == pytest.approx(math.log(2))
    assert idf(1, 10) == pytest.approx(math.log(1 + 9.5 / 1.5))
    assert idf(10, 10) > 0


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_idf_is_never_negative_and_falls_as_a_term_spreads(frequency: int, total: int) -> None:
    assert idf(frequency, total) >= 0
    assert idf(frequency + 1, total) <= idf(frequency, total)


def test_an_id_depends_on_the_key_and_fits_32_bits() -> None:
    first, second = b"a" * 32, b"b" * 32
    assert term_id(first, "lease") == term_id(first, "lease") != term_id(second, "lease")
    assert 0 <= term_id(first, "lease") < 2**32


def _two_terms_with_one_id(key: bytes) -> tuple[str, str]:
    """Return two terms that share an id: among 300,000 of them about ten pairs do."""
    seen: dict[int, str] = {}
    for number in range(300_000):
        term = f"term{number}"
        other = seen.setdefault(term_id(key, term), term)
        if other != term:
            return other, term
    raise AssertionError("no two terms collided")


def test_terms_that_share_an_id_are_summed_into_one_entry() -> None:
    key = b"k" * 32
    first, second = _two_terms_with_one_id(key)
    ids, weights = keyed_sparse(key, {first: 1.5, second: 2.0, "alone": 0.5})
    assert len(ids) == 2
    assert dict(zip(ids, weights, strict=True)) == {term_id(key, first): 3.5, term_id(key, "alone"): 0.5}


@given(st.dictionaries(st.text(), st.floats(0.001, 10)), st.binary(min_size=1, max_size=64))
def test_a_sparse_vector_is_sorted_by_id_whatever_the_order_of_its_terms(weights: dict[str, float], key: bytes) -> None:
    ids, values = keyed_sparse(key, weights)
    assert ids == sorted(set(ids))
    assert sum(values) == pytest.approx(sum(weights.values()))
    assert (ids, values) == keyed_sparse(key, dict(reversed(weights.items())))
