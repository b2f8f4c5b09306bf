"""Vectors of the parts of a chunk: what the words of a question are compared with one by one.

An encoder's vectors of single tokens say more than the one vector of a text, and are twenty times as many bytes as can
be kept. Neighbouring tokens of one unit say much the same, so a dozen of them are kept as their mean, in 8 bits.

Sources: https://arxiv.org/abs/2004.12832 (late interaction), https://arxiv.org/abs/2409.14683 (pooled tokens).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self, final

import numpy as np
from numpy.typing import NDArray

MOST_PARTS: Final = 32
"""So many at most of one chunk: 12.5 kB at a dimension of 384."""
_TOKENS: Final = 12
_HEADER: Final = np.dtype("<u4")
_MOST_CODE: Final = 127
Spans = Sequence[tuple[int, int]]


class PartsMalformed(ValueError):
    """Bytes that are no packed vectors of parts."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class PartVectors:
    """Vectors of parts of a text, in its order: int8 `codes` (n, dimension) along them, whatever their length.

    A part is code points `starts` to `ends`, uint32 (n,); it lies within one unit, or holds several short ones.
    """

    starts: NDArray[np.uint32]
    ends: NDArray[np.uint32]
    codes: NDArray[np.int8]

    def __len__(self) -> int:
        """Return the number of parts."""
        return len(self.codes)

    def unit(self) -> NDArray[np.float32]:
        """Return the vectors at unit length, float32 (n, dimension)."""
        return unit_rows(self.codes.astype(np.float32))

    def packed(self) -> bytes:
        """Return them as bytes: their number and dimension, then the three arrays, little-endian."""
        numbers = np.concatenate([self.codes.shape, self.starts, self.ends]).astype(_HEADER)
        return numbers.tobytes() + self.codes.tobytes()

    @classmethod
    def unpacked(cls, raw: bytes) -> Self:
        """Return what `packed` made. Raises PartsMalformed."""
        if len(raw) < 2 * _HEADER.itemsize:
            raise PartsMalformed("There is no header.")
        number, dimension = map(int, np.frombuffer(raw, _HEADER, 2))
        if len(raw) != (2 + 2 * number) * _HEADER.itemsize + number * dimension:
            raise PartsMalformed("The vectors are not as many as the header says.")
        starts, ends = np.frombuffer(raw, _HEADER, 2 * number, 2 * _HEADER.itemsize).reshape(2, number)
        codes = np.frombuffer(raw, np.int8, number * dimension, len(raw) - number * dimension)
        return cls(starts, ends, codes.reshape(number, dimension))


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows (n, dimension) at unit length; rows of zeros stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, np.finfo(np.float32).tiny), np.float32)


def pooled(tokens: NDArray[np.float32], places: NDArray[np.int64], units: Spans) -> PartVectors:
    """Return the vectors of the parts of `units`, spans in order, from those of a text's tokens, (n, dimension).

    `places` are the tokens' code points, (n, 2), in the order of the text; a token without any belongs to no part.
    Each unit is cut into groups of tokens as equal as can be. Where there would be more than `MOST_PARTS`, groups are
    larger; where there are more units than that, neighbours are put together.
    """
    spans = _joined(units)
    starts = np.array([start for start, _ in spans], np.int64)
    ends = np.array([end for _, end in spans], np.int64)
    lasts = places[:, 1] - 1  # a token may begin with the space before its word
    of = np.searchsorted(starts, lasts, side="right") - 1
    within = np.flatnonzero((places[:, 1] > places[:, 0]) & (of >= 0))
    within = within[lasts[within] < ends[of[within]]]
    if not len(within):
        empty = np.zeros(0, np.uint32)
        return PartVectors(empty, empty, np.zeros((0, tokens.shape[1]), np.int8))
    of = of[within]
    firsts = _firsts(np.bincount(of, minlength=len(spans)))
    sums = np.add.reduceat(unit_rows(tokens[within]), firsts, axis=0)
    begins = np.maximum(places[within[firsts], 0], starts[of[firsts]])
    stops = places[within[np.append(firsts[1:], len(within)) - 1], 1]
    return PartVectors(begins.astype(np.uint32), stops.astype(np.uint32), _coded(sums))


def _joined(units: Spans) -> Spans:
    """Return at most `MOST_PARTS` spans, of as many neighbouring units each."""
    each = -(-len(units) // MOST_PARTS)
    return [(units[at][0], units[at : at + each][-1][1]) for at in range(0, len(units), each)] if each > 1 else units


def _firsts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the first token of each group, where the spans have so many tokens each."""
    size = _TOKENS
    while int((-(-counts // size)).sum()) > MOST_PARTS:
        size += 1
    firsts, begin = list[int](), 0
    for count in counts.tolist():
        groups = -(-count // size)
        firsts += [begin + number * count // groups for number in range(groups)]
        begin += count
    return np.array(firsts, np.int64)


def _coded(vectors: NDArray[np.float32]) -> NDArray[np.int8]:
    """Return vectors in 8 bits, each by its own scale, which a direction does not need."""
    scales = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return np.asarray(np.rint(vectors / scales * _MOST_CODE), np.int8)
