"""Each unit is compared with a question by the parts that lie in it."""

import numpy as np
import pytest

from retrieval.passages.likeness import semantic
from tenancy.models.embedder import QuestionVectors
from tenancy.values.part_vectors import PartVectors
from tenancy.values.units import Unit

_QUESTION = QuestionVectors(np.array([1, 0], np.float32), np.array([[1, 0], [0, 1]], np.float32))


def test_a_unit_is_compared_by_its_own_parts() -> None:
    starts, ends = np.array([0, 4, 10], np.uint32), np.array([4, 8, 14], np.uint32)
    parts = PartVectors(starts, ends, np.array([[9, 0], [0, 9], [0, 9]], np.int8))
    both, second, beyond = semantic([Unit(0, 8), Unit(9, 14), Unit(15, 20)], parts, _QUESTION)
    assert both == pytest.approx((0.5**0.5, 1.0))
    assert second == pytest.approx((0.0, 0.5))
    assert beyond is None


def test_short_units_that_were_put_together_are_alike() -> None:
    parts = PartVectors(np.array([0], np.uint32), np.array([9], np.uint32), np.array([[9, 0]], np.int8))
    first, second = semantic([Unit(0, 4), Unit(5, 9)], parts, _QUESTION)
    assert first == second == pytest.approx((1.0, 0.5))
