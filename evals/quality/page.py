"""The measured sets as a table in Markdown, for the documentation."""

from collections.abc import Iterator, Mapping
from typing import Final

from evals.quality.compare import Kept
from evals.quality.metrics import (
    CITATION_PRECISION,
    CITATION_RECALL,
    F1,
    HOLDS,
    NDCG,
    NUMBERS,
    OVER_REFUSAL,
    REFUSAL_PRECISION,
    REFUSAL_RECALL,
)

SHOWN: Final = (
    "recall@1",
    NDCG,
    HOLDS,
    F1,
    CITATION_PRECISION,
    CITATION_RECALL,
    NUMBERS,
    REFUSAL_PRECISION,
    REFUSAL_RECALL,
    OVER_REFUSAL,
)


def table(sets: Mapping[str, Kept]) -> Iterator[str]:
    """Yield the lines of a table: a set in each row, the mean over tenants and in brackets the worst tenant."""
    yield f"| set | {' | '.join(SHOWN)} |"
    yield "|---" * (len(SHOWN) + 1) + "|"
    for name in sorted(sets):
        cells = (_cell(sets[name], measure) for measure in SHOWN)
        yield f"| {name} | {' | '.join(cells)} |"


def _cell(kept: Kept, measure: str) -> str:
    if measure not in kept.means:
        return "none asked"
    return f"{kept.means[measure]:.2f} ({kept.worst[measure]:.2f})"
