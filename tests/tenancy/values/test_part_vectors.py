"""Vectors of the parts of a text: where they are, how many, and what they are the mean of."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tenancy.values.part_vectors import MOST_PARTS, PartsMalformed, PartVectors, pooled


def _letters(text: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return a token for each word of two letters and the space before it, each with a direction of its own."""
    ends = [at + 2 for at in range(len(text)) if text[at : at + 2].strip() and (at == 0 or text[at - 1] == " ")]
    places = np.array([(max(0, end - 3), end) for end in ends], np.int64).reshape(-1, 2)
    return np.eye(len(places), 1_000, dtype=np.float32) * 7, places


def _spans(found: PartVectors) -> list[tuple[int, int]]:
    return list(zip(found.starts.tolist(), found.ends.tolist(), strict=True))


@pytest.mark.parametrize(
    ("words", "units", "spans"),
    [
        (4, [(0, 5), (6, 11)], [(0, 5), (6, 11)]),
        (4, [(3, 11)], [(3, 11)]),  # what stands in front is no part of it
        (4, [(0, 5)], [(0, 5)]),
        (4, [], []),
        (0, [(0, 5)], []),
        (13, [(0, 38)], [(0, 17), (17, 38)]),  # as equal as can be
        (24, [(0, 71)], [(0, 35), (35, 71)]),
        (25, [(0, 74)], [(0, 23), (23, 47), (47, 74)]),
    ],
)
def test_a_unit_is_cut_into_groups_of_a_dozen(
    words: int, units: list[tuple[int, int]], spans: list[tuple[int, int]]
) -> None:
    assert _spans(pooled(*_letters(" ".join(["ab"] * words)), units)) == spans


@pytest.mark.parametrize("words", [500, 510])
@pytest.mark.parametrize("each", [1, 3, 40, 1_000])
def test_there_are_never_more_parts_than_are_kept(words: int, each: int) -> None:
    units = [(at * 3, min(at + each, words) * 3 - 1) for at in range(0, words, each)]
    found = pooled(*_letters(" ".join(["ab"] * words)), units)
    assert 16 <= len(found) <= MOST_PARTS
    covered = [end - start for start, end in _spans(found)]
    assert sum(covered) >= words * 3 - len(units)


def test_a_part_is_the_direction_of_its_tokens_whatever_their_length() -> None:
    tokens = np.array([[9, 0], [0, 1], [0, 5]], np.float32)
    found = pooled(tokens, np.array([(0, 2), (2, 4), (4, 6)]), [(0, 4), (4, 6)])
    np.testing.assert_allclose(found.unit(), [[0.5**0.5, 0.5**0.5], [0, 1]], atol=0.01)


def test_what_is_packed_comes_back() -> None:
    found = pooled(*_letters("ab cd ef"), [(0, 5), (6, 8)])
    again = PartVectors.unpacked(found.packed())
    assert _spans(again) == [(0, 5), (6, 8)]
    np.testing.assert_array_equal(again.codes, found.codes)
    assert len(found.packed()) == 8 + 2 * (8 + 1_000)


@pytest.mark.parametrize("cut", [0, 7, 8, 20, -1])
def test_bytes_that_are_cut_are_refused(cut: int) -> None:
    with pytest.raises(PartsMalformed):
        PartVectors.unpacked(pooled(*_letters("ab cd"), [(0, 5)]).packed()[:cut])
