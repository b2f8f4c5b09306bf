"""The secret rotation: keeps angles, hides coordinates, depends on its secret alone."""

import numpy as np

from tenancy.index.rotation import Rotation
from tests.tenancy.index.shelf import unit_vectors

_VECTORS = unit_vectors(1, 40, 48)


def test_lengths_and_angles_stay() -> None:
    turned = Rotation(b"a" * 32, 48).turn(_VECTORS)
    assert np.allclose(turned @ turned.T, _VECTORS @ _VECTORS.T, atol=1e-5)
    assert turned.dtype == np.float32


def test_the_same_secret_gives_the_same_bits_and_another_one_something_unrelated() -> None:
    turned = Rotation(b"a" * 32, 48).turn(_VECTORS)
    assert np.array_equal(Rotation(b"a" * 32, 48).turn(_VECTORS), turned)
    other = Rotation(b"b" * 32, 48).turn(_VECTORS)
    assert np.abs(np.sum(turned * other, axis=1)).mean() < 0.3


def test_no_coordinate_of_a_turned_vector_is_one_of_the_models() -> None:
    turned = Rotation(b"a" * 32, 48).turn(_VECTORS)
    assert np.intersect1d(turned, _VECTORS).size == 0


def test_the_draw_is_even() -> None:
    """Entries of an evenly drawn rotation have mean 0 and variance 1/n (here over 20 draws of 48 x 48)."""
    drawn = np.stack([Rotation(bytes([number]) * 32, 48).turn(np.eye(48, dtype=np.float32)) for number in range(20)])
    assert abs(float(drawn.mean())) < 0.002
    assert abs(float(drawn.var()) * 48 - 1) < 0.01
    diagonal = np.einsum("kii->ki", drawn)
    assert abs(float(diagonal.mean())) < 0.03  # without the signs fixed, the diagonal leans to one side


def test_the_matrix_is_not_shown() -> None:
    assert "0." not in repr(Rotation(b"a" * 32, 8))
