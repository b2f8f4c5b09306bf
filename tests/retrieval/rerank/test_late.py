"""The third ranking: by the parts of each hit, and nothing changes where there are none."""

import numpy as np
import pytest
from numpy.typing import NDArray

from retrieval.fuse import fuse
from retrieval.rerank.late import RERANKED, ranked_late
from tenancy.ids import ChunkId, DocumentId
from tenancy.index.hits import Hit
from tenancy.values.part_vectors import PartVectors

_ALONG = np.array([[1, 0, 0]], np.float32)


def _parts(*rows: tuple[int, int, int]) -> PartVectors:
    starts = np.arange(len(rows), dtype=np.uint32)
    return PartVectors(starts, starts + 1, np.array(rows, np.int8))


def _hit(name: str, score: float, parts: PartVectors | None = None) -> Hit:
    return Hit(ChunkId(name), DocumentId("doc"), "a.txt", 0, name, 0, len(name), score, 0.5, parts=parts)


_NEAR, _FAR = _parts((0, 0, 9), (9, 1, 0)), _parts((0, 9, 0), (1, 9, 9))


def _order(hits: list[Hit], tokens: NDArray[np.float32] = _ALONG) -> str:
    return "".join(hit.chunk_id for hit in ranked_late(hits, tokens))


@pytest.mark.parametrize(
    ("hits", "order"),
    [
        ([_hit("a", 0.9, _FAR), _hit("b", 0.8, _NEAR)], "ba"),
        ([_hit("a", 0.9, _NEAR), _hit("b", 0.8, _FAR)], "ab"),
        ([_hit("a", 0.9, _FAR), _hit("b", 0.4, _NEAR)], "ab"),  # one ranking of three
        ([_hit("a", 0.9, _NEAR), _hit("b", 0.9, _NEAR), _hit("c", 0.9, _NEAR)], "abc"),
        ([_hit("a", 0.9, _FAR), _hit("b", 0.85), _hit("c", 0.8, _NEAR)], "cba"),  # b keeps its place
        ([_hit("a", 0.9), _hit("b", 0.8, _FAR), _hit("c", 0.75, _NEAR)], "acb"),
    ],
)
def test_hits_go_by_three_rankings(hits: list[Hit], order: str) -> None:
    assert _order(hits) == order


def test_without_parts_or_tokens_hits_are_what_they_were() -> None:
    hits = [_hit("a", 0.9), _hit("b", 0.8)]
    assert ranked_late(hits, _ALONG) == hits
    hits = [_hit("a", 0.9, _FAR), _hit("b", 0.8, _NEAR)]
    assert ranked_late(hits, np.empty((0, 3), np.float32)) == hits
    assert ranked_late([], _ALONG) == []


def test_every_token_of_the_question_counts_with_its_best_part() -> None:
    tokens = np.array([[1, 0, 0], [0, 1, 0]], np.float32)
    both, half = _parts((9, 0, 0), (0, 9, 0)), _parts((9, 3, 0), (0, 0, 9))
    assert _order([_hit("a", 0.9, half), _hit("b", 0.85, both)], tokens) == "ba"


def test_scores_are_those_of_three_rankings_fused_at_once() -> None:
    dense = [(name, 1.0 - place / 10) for place, name in enumerate("abc")]
    sparse = [(name, float(place)) for place, name in enumerate("abc")]
    two = fuse(dense, sparse, limit=10)
    hits = [_hit(each.point, each.score, _NEAR if each.point == "b" else _FAR) for each in two]
    found = {hit.chunk_id: hit.score for hit in ranked_late(hits, _ALONG)}
    ranks = {"a": (1, 3, 2), "b": (2, 2, 1), "c": (3, 1, 3)}
    for name, places in ranks.items():
        assert found[ChunkId(name)] == pytest.approx(sum(3 / (2 + place) for place in places) / 3), name


def test_only_the_best_are_compared_and_scores_fall() -> None:
    hits = [_hit(f"{place:02}", 1.0 - place / 100, _FAR) for place in range(RERANKED)]
    hits += [_hit("last", 0.5, _NEAR)]
    found = ranked_late(hits, _ALONG)
    assert found[-1].chunk_id == "last"
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    assert 0 < found[-1].score < found[0].score <= 1
