"""Vectors and term weights of many chunks as one matrix, and as the bytes it is sealed as."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from tenancy.sealing import SealBroken

BLOCK_ROWS: Final = 256
_HEADER: Final = np.dtype("<u4")


@dataclass(frozen=True, slots=True)
class Frequencies:
    """In how many chunks of a document each term occurs: `ids` and `counts`, uint32, side by side."""

    ids: NDArray[np.uint32]
    counts: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Dense rows and, in compressed-row form, sparse ones.

    `vectors` is float32 (n, dimension); row i's terms are `ids[offsets[i]:offsets[i+1]]` (uint32, ascending, distinct)
    with `weights` (float32) beside them.
    """

    vectors: NDArray[np.float32]
    offsets: NDArray[np.uint32]
    ids: NDArray[np.uint32]
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.vectors.shape[0])

    @classmethod
    def of(cls, vectors: NDArray[np.float32], sparse: Sequence[tuple[Sequence[int], Sequence[float]]]) -> Self:
        """Build from dense rows (n, dimension) and n pairs of term ids and weights."""
        lengths = [0, *(len(ids) for ids, _ in sparse)]
        offsets = np.cumsum(lengths, dtype=np.uint32)
        ids = np.fromiter((i for row, _ in sparse for i in row), np.uint32, int(offsets[-1]))
        weights = np.fromiter((w for _, row in sparse for w in row), np.float32, int(offsets[-1]))
        return cls(np.ascontiguousarray(vectors, np.float32), offsets, ids, weights)

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Put matrices of one dimension one below the other."""
        if len(parts) == 1:
            return parts[0]
        starts = np.cumsum([0, *(int(part.offsets[-1]) for part in parts)], dtype=np.uint32)
        offsets = [part.offsets[1:] + start for part, start in zip(parts, starts[:-1], strict=True)]
        return cls(
            np.concatenate([part.vectors for part in parts]),
            np.concatenate([np.zeros(1, np.uint32), *offsets]),
            np.concatenate([part.ids for part in parts]),
            np.concatenate([part.weights for part in parts]),
        )

    def rows(self, start: int, end: int) -> "Matrix":
        """Return rows `start` to `end` as a matrix of their own."""
        offsets = self.offsets[start : min(end, len(self)) + 1]
        low, high = int(offsets[0]), int(offsets[-1])
        return Matrix(self.vectors[start:end], offsets - offsets[0], self.ids[low:high], self.weights[low:high])

    def revectored(self, vectors: NDArray[np.float32]) -> "Matrix":
        """Return the same terms with other vectors; SealBroken where they are not as many as the rows."""
        if len(vectors) != len(self):
            raise SealBroken("A block of vectors does not match its chunks.")
        return Matrix(np.ascontiguousarray(vectors, np.float32), self.offsets, self.ids, self.weights)

    def terms(self, row: int) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
        """Return one row's term ids and weights."""
        low, high = int(self.offsets[row]), int(self.offsets[row + 1])
        return self.ids[low:high], self.weights[low:high]

    def document_frequencies(self) -> Frequencies:
        """Return in how many rows each term occurs."""
        ids, counts = np.unique(self.ids, return_counts=True)
        return Frequencies(ids, counts.astype(np.uint32))


def pack(matrix: Matrix) -> bytes:
    """Return the matrix as bytes: rows, dimension and term count, then the four arrays, little-endian."""
    head = np.array([len(matrix), matrix.vectors.shape[1], len(matrix.ids)], _HEADER)
    arrays = (
        head,
        matrix.offsets.astype("<u4"),
        matrix.ids.astype("<u4"),
        matrix.weights.astype("<f4"),
        np.ascontiguousarray(matrix.vectors, "<f4"),
    )
    return b"".join(array.tobytes() for array in arrays)


def unpack(raw: bytes) -> Matrix:
    """Return what `pack` took; SealBroken when the sizes do not add up."""
    rows, dimension, terms = (int(number) for number in np.frombuffer(raw[:12], _HEADER))
    sizes = [(rows + 1) * 4, terms * 4, terms * 4, rows * dimension * 4]
    if len(raw) != 12 + sum(sizes):
        raise SealBroken("A block of vectors has the wrong size.")
    ends = np.cumsum([12, *sizes]).tolist()
    offsets, ids, weights, vectors = (raw[a:b] for a, b in itertools.pairwise(ends))
    return Matrix(
        np.frombuffer(vectors, "<f4").reshape(rows, dimension),
        np.frombuffer(offsets, "<u4"),
        np.frombuffer(ids, "<u4"),
        np.frombuffer(weights, "<f4"),
    )


def packed_counts(counts: Frequencies) -> bytes:
    """Return term frequencies as bytes: all ids, then all counts."""
    return counts.ids.astype("<u4").tobytes() + counts.counts.astype("<u4").tobytes()


def unpacked_counts(raw: bytes) -> Frequencies:
    """Return what `packed_counts` took."""
    if len(raw) % 8:
        raise SealBroken("A document's term frequencies have the wrong size.")
    ids, counts = np.frombuffer(raw, "<u4").reshape(2, -1)
    return Frequencies(ids, counts)


def summed(parts: Sequence[Frequencies]) -> dict[int, int]:
    """Add up the frequencies of many documents."""
    if not parts:
        return {}
    ids, places = np.unique(np.concatenate([part.ids for part in parts]), return_inverse=True)
    counts = np.bincount(places, weights=np.concatenate([part.counts for part in parts]))
    return dict(zip(ids.tolist(), counts.astype(np.int64).tolist(), strict=True))
