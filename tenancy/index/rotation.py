"""Turn a tenant's vectors by a secret rotation, so that who looks into a server sees none of the model's coordinates.

This is obfuscation, not encryption: lengths and angles stay what they are, which is why search still works. Who knows
about as many pairs of text and vector as there are dimensions finds the rotation, and enough vectors of a known field
of text give it away without pairs. It keeps vectors of two tenants from being compared, and stock attacks from working.

Source: F. Mezzadri, "How to generate random matrices from the classical compact groups", Notices of the AMS 54 (2007).
"""

import hashlib
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

_WORD_BYTES: Final = 8


@final
class Rotation:
    """A rotation (or reflection) drawn evenly from all of them by a secret."""

    __slots__ = ("_matrix",)

    def __init__(self, secret: bytes, dimension: int) -> None:
        """Draw it; the same secret and dimension give the same one. CPU only: call it in a thread."""
        upper, triangle = np.linalg.qr(_gaussian(secret, dimension * dimension).reshape(dimension, dimension))
        # Fixing the signs makes the decomposition unique and the draw even.
        self._matrix: NDArray[np.float32] = (upper * np.sign(np.diagonal(triangle))).astype(np.float32)

    def __repr__(self) -> str:
        """Show nothing."""
        return "Rotation(…)"

    def turn(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (n, dimension) vectors turned; angles between them stay, up to rounding."""
        return np.ascontiguousarray(vectors @ self._matrix)


def _gaussian(secret: bytes, count: int) -> NDArray[np.float64]:
    """Return `count` normally distributed numbers from a keyed stream (SHAKE-256, then Box and Muller's transform)."""
    pairs = (count + 1) // 2
    stream = hashlib.shake_256(b"bulkhead rotation\x00" + secret).digest(2 * pairs * _WORD_BYTES)
    words = np.frombuffer(stream, "<u8")
    uniform = ((words >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53  # strictly between 0 and 1
    radius, angle = np.sqrt(-2.0 * np.log(uniform[:pairs])), 2.0 * np.pi * uniform[pairs:]
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count]
