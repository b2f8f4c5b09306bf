"""Rank fusion: order, ties, scores and repeatability."""

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from retrieval.fuse import fuse, ordered, score_of

_IDS = st.text("abcdef0123456789", min_size=1, max_size=4)
_RANKINGS = st.lists(st.tuples(_IDS, st.floats(0.25, 50, width=32)), max_size=30, unique_by=lambda pair: pair[0])


def test_published_scores_fall_with_the_place_from_one() -> None:
    assert [score_of(place) for place in range(3)] == [1.0, 0.75, 0.6]


def test_how_much_better_a_point_is_counts() -> None:
    """Ranks alone would put `close` and `clear` side by side."""
    dense = [("close", 0.80), ("clear", 0.79), ("third", 0.30)]
    sparse = [("clear", 20.0), ("close", 2.0), ("third", 1.0)]
    assert [hit.point for hit in fuse(dense, sparse, limit=3)] == ["clear", "close", "third"]


def test_points_with_equal_scores_stand_by_id() -> None:
    assert [hit.point for hit in fuse([("b", 0.5), ("a", 0.5)], [("b", 4.0), ("a", 4.0)], limit=2)] == ["a", "b"]


def test_those_not_compared_follow_by_their_ranks() -> None:
    dense = [(f"p{place:02}", 1.0 - place / 100) for place in range(30)]
    assert [hit.point for hit in fuse(dense, [], limit=30)] == [point for point, _ in dense]


def test_a_clear_first_place_beats_two_middling_places() -> None:
    dense = [("first", 0.9)] + [(f"d{i}", 0.8 - i / 100) for i in range(5)] + [("middling", 0.5)]
    sparse = [(f"s{i}", 9.0 - i) for i in range(6)] + [("middling", 1.0)]
    places = [hit.point for hit in fuse(dense, sparse, limit=20)]
    assert places.index("first") < places.index("middling")


def test_a_point_found_only_by_terms_has_no_similarity() -> None:
    by_id = {hit.point: hit.similarity for hit in fuse([("a", 0.7)], [("b", 3.0)], limit=10)}
    assert by_id == {"a": 0.7, "b": 0.0}


def test_scores_equal_up_to_rounding_stand_by_id_whichever_came_out_higher() -> None:
    assert ordered([("b", 3.0000001), ("a", 3.0), ("c", 2.0)]) == ("a", "b", "c")
    assert ordered([("b", 3.0), ("a", 3.0000001), ("c", 2.0)]) == ("a", "b", "c")


def test_scores_that_really_differ_are_not_taken_for_equal() -> None:
    assert ordered([("a", 3.0), ("b", 3.001)]) == ("b", "a")


@given(_RANKINGS, _RANKINGS, st.integers(1, 40), st.randoms(use_true_random=False))
def test_the_order_in_which_the_engine_lists_points_changes_nothing(
    dense: list[tuple[str, float]], sparse: list[tuple[str, float]], limit: int, shuffle: random.Random
) -> None:
    before = fuse(dense, sparse, limit=limit)
    shuffle.shuffle(dense)
    shuffle.shuffle(sparse)
    assert fuse(dense, sparse, limit=limit) == before


@given(_RANKINGS, _RANKINGS, st.integers(1, 40))
def test_totals_never_rise_down_the_list(
    dense: list[tuple[str, float]], sparse: list[tuple[str, float]], limit: int
) -> None:
    totals = [hit.total for hit in fuse(dense, sparse, limit=limit)]
    assert len(totals) <= limit
    assert all(low <= high + 0.01 for high, low in pairwise(totals))  # up to what counts as equal


@given(_RANKINGS, _RANKINGS, st.integers(1, 40))
def test_a_smaller_limit_gives_the_beginning_of_the_list(
    dense: list[tuple[str, float]], sparse: list[tuple[str, float]], limit: int
) -> None:
    least = [hit.point for hit in fuse(dense, sparse, limit=1)]
    assert [hit.point for hit in fuse(dense, sparse, limit=limit)][:1] == least


@given(_RANKINGS, _RANKINGS, st.floats(-1e-7, 1e-7))
def test_the_last_bits_of_a_rebuilt_index_change_nothing(
    dense: list[tuple[str, float]], sparse: list[tuple[str, float]], noise: float
) -> None:
    before = [hit.point for hit in fuse(dense, sparse, limit=99)]
    rebuilt = [(point, score * (1 + noise)) for point, score in sparse]
    assert [hit.point for hit in fuse(dense, rebuilt, limit=99)] == before
