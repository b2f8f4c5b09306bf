"""Terms are found in any script, weighted as BM25 says, and hidden behind a key."""

import math
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenancy.models.terms import STOP_WORDS, document_weights, idf, keyed_sparse, term_counts, term_id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("the of and WHO is it", {}),
        ("Leases, leasing and the lease", {"leas": 3}),
        ("INV-2041", {"inv": 1, "2041": 1, "inv2041": 1}),
        ("inv2041", {"inv": 1, "2041": 1, "inv2041": 1}),
        ("1,250,000 euros", {"1250000": 1, "euro": 1}),
        ("3.5 is not 35", {"3.5": 1, "35": 1}),
        ("section 4.2.1", {"section": 1, "4.2.1": 1}),
        ("2026-03-01", {"2026": 1, "03": 1, "01": 1, "20260301": 1}),
        ("max_tokens", {"max": 1, "token": 1, "maxtoken": 1}),
        ("e-mail email", {"e": 1, "mail": 1, "email": 2}),
        ("tenant's tenants\u2019 tenant", {"tenant": 3}),
        ("black/white", {"black": 1, "white": 1}),
        ("Harlow,2026,INV-9", {"harlow": 1, "2026": 1, "inv": 1, "9": 1, "inv9": 1}),
        ("a/path/of/many/parts/7", {"path": 1, "mani": 1, "part": 1, "7": 1}),
        ("\uff26\uff29\uff2c\uff25 \ufb01le", {"file": 2}),
        ("STRASSE stra\u00dfe", {"strass": 2}),
        ("ter\u00admination", {"termin": 1}),
        ("caf\u00e9 cafe\u0301", {"caf\u00e9": 2}),
        ("解約通知", {"解約": 1, "約通": 1, "通知": 1}),
        ("東", {"東": 1}),
        ("契約INV-7号", {"契約": 1, "inv": 1, "7": 1, "inv7": 1, "号": 1}),
        ("हिन्दी में", {"हिन्दी": 1, "में": 1}),
        ("_ -- ... ''", {}),
    ],
)
def test_a_text_has_the_terms_a_reader_would_search_by(text: str, expected: dict[str, int]) -> None:
    assert term_counts(text) == expected


@given(st.lists(st.sampled_from(sorted(STOP_WORDS))))
def test_a_text_of_function_words_has_no_terms(words: list[str]) -> None:
    assert term_counts(" ".join(words)) == {}


def test_words_that_are_names_once_their_capital_is_gone_are_kept() -> None:
    assert set(term_counts("May will US won")) == {"may", "will", "us", "won"}


def test_a_long_run_of_letters_is_one_bounded_term() -> None:
    (term,) = term_counts("x" * 10_000)
    assert len(term) <= 64


@given(st.text())
def test_any_text_has_terms_without_spaces_and_positive_counts(text: str) -> None:
    counts = term_counts(text)
    assert all(count > 0 and term and not term.isspace() for term, count in counts.items())


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_ascii_text_has_the_same_terms_alone_and_beside_another_script(text: str) -> None:
    beside = term_counts(f"{text} 東")
    assert beside == {**term_counts(text), "東": 1}


@given(st.text())
def test_canonically_equal_texts_have_equal_terms(text: str) -> None:
    assert term_counts(unicodedata.normalize("NFD", text)) == term_counts(unicodedata.normalize("NFC", text))


def test_texts_counted_on_many_threads_keep_their_own_terms() -> None:
    texts = [f"leases number {n} were terminated early by {n} tenants" for n in range(400)]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(term_counts, texts)) == [term_counts(text) for text in texts]


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
