"""How much each unit of a hit is like a question, by vectors: in any language, and whatever the words."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tenancy.models.embedder import QuestionVectors
from tenancy.values.part_vectors import PartVectors
from tenancy.values.units import Unit


class Likeness(NamedTuple):
    """The cosine of a unit and a question as wholes, and the mean over the question's tokens of the best part's."""

    whole: float
    tokens: float


def semantic(units: Sequence[Unit], parts: PartVectors, question: QuestionVectors) -> list[Likeness | None]:
    """Return it for each of a hit's `units`; None for one that has no part, as beyond what the encoder read.

    Where parts hold several short units, these are alike.
    """
    vectors = parts.unit()
    firsts = np.searchsorted(parts.ends, [unit.start for unit in units], side="right").tolist()
    lasts = np.searchsorted(parts.starts, [unit.end for unit in units], side="left").tolist()
    cosines = question.tokens @ vectors.T
    found: list[Likeness | None] = []
    for first, last in zip(firsts, lasts, strict=True):
        if first >= last:
            found.append(None)
            continue
        whole = vectors[first:last].sum(axis=0)
        cosine = float(question.vector @ whole / np.linalg.norm(whole))
        tokens = float(cosines[:, first:last].max(axis=1).mean()) if len(cosines) else 0.0
        found.append(Likeness(cosine, tokens))
    return found
