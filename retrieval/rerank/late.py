"""Late interaction: the tokens of a question compared with the parts of each hit, as a third ranking.

Rules this module enforces:

- it is one ranking beside the two that were fused, so scores are made from ranks alone and survive a rebuild;
- hits without vectors of parts keep their places in it, and the others are ordered among the places that they hold:
  what was published before there were any is neither favoured nor put last, and where no hit has them nothing changes;
- hits that are equally good, up to rounding, stand in the order of the fusion.

Source: Khattab and Zaharia, "ColBERT: Efficient and Effective Passage Search via Contextualized Late Interaction over
BERT", SIGIR 2020.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from retrieval.fuse import CONSTANT, ordered
from tenancy.index.hits import Hit
from tenancy.values.part_vectors import PartVectors

RERANKED: Final = 20
"""So many of the best are compared: their vectors are read for each question."""
_RANKINGS: Final = 2  # that were fused before


def ranked_late(hits: Sequence[Hit], tokens: NDArray[np.float32]) -> list[Hit]:
    """Return fused `hits` (best first) by three rankings; `tokens` are a question's, float32 (n, dimension).

    A hit's score is what it would be had all three been fused at once.
    """
    places = [place for place, hit in enumerate(hits[:RERANKED]) if hit.parts]
    if not places or not len(tokens):
        return list(hits)
    alike = [likeness(hit.parts, tokens) for hit in hits[:RERANKED] if hit.parts]
    ranks = list(range(1, len(hits) + 1))
    for place, chosen in zip(places, ordered(list(zip(places, alike, strict=True))), strict=True):
        ranks[chosen] = place + 1
    scored = [
        replace(hit, score=(_RANKINGS * hit.score + (CONSTANT + 1) / (CONSTANT + rank)) / (_RANKINGS + 1))
        for hit, rank in zip(hits, ranks, strict=True)
    ]
    return sorted(scored, key=lambda hit: -hit.score)


def likeness(parts: PartVectors, tokens: NDArray[np.float32]) -> float:
    """Return the mean over `tokens` of the cosine with the best of the parts of a hit.

    One hit at a time: for a larger product the library of linear algebra starts threads, which cost more than they do.
    """
    return float(parts.cosines(tokens).max(axis=1).mean())
