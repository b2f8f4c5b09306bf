"""Rank fusion: order, ties, scores and repeatability."""

import random

from hypothesis import given
from hypothesis import strategies as st

from retrieval.fuse import fuse, ordered

_IDS = st.text("abcdef0123456789", min_size=1, max_size=4)
_RANKINGS = st.lists(st.tuples(_IDS, st.floats(0.25, 50, width=32)), max_size=30, unique_by=lambda pair: pair[0])


def test_a_point_first_in_both_rankings_scores_exactly_one() -> None:
    assert fuse([("p", 0.9), ("q", 0.1)], [("p", 7.0)], limit=10)[0].score == 1.0


def test_of_equal_sums_the_one_higher_in_the_dense_ranking_goes_first() -> None:
    fused = fuse([("b", 0.9), ("a", 0.8)], [("a", 5.0), ("b", 4.0)], limit=10)
    assert [hit.point for hit in fused] == ["b", "a"]
    assert fused[0].score == fused[1].score


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
def test_scores_fall_in_range_and_never_rise_down_the_list(
    dense: list[tuple[str, float]], sparse: list[tuple[str, float]], limit: int
) -> None:
    scores = [hit.score for hit in fuse(dense, sparse, limit=limit)]
    assert len(scores) <= limit
    assert all(0 < score <= 1 for score in scores)
    assert scores == sorted(scores, reverse=True)


@given(_RANKINGS, _RANKINGS)
def test_scores_come_from_ranks_alone(dense: list[tuple[str, float]], sparse: list[tuple[str, float]]) -> None:
    places = ordered(sparse)
    rescored = [(point_id, float(len(places) - rank)) for rank, point_id in enumerate(places)]
    assert fuse(dense, rescored, limit=99) == fuse(dense, sparse, limit=99)
