"""Splits text into the pieces of multilingual-e5-small, without its weights: light enough for a parser process.

The tokenizer is SentencePiece's (https://arxiv.org/abs/1808.06226), over a model built in memory from the vocabulary:
marks in it are control tokens, so that `</s>` in somebody's text is four characters and ends nothing.
"""

import re
import struct
import unicodedata
from collections.abc import Iterator
from typing import Final, Self, final

import numpy as np
from numpy.typing import NDArray
from sentencepiece import SentencePieceProcessor

from tenancy.models.encoders.e5.weights import E5File, Vocabulary
from tenancy.models.encoders.encoder import Located
from tenancy.models.encoders.traits import E5

_MARKERS: Final = 2
_WORD: Final = re.compile(r"\s+|\S+")
_NORMAL: Final = 1
_UNKNOWN: Final = 2
_CONTROL: Final = 3
_UNIGRAM: Final = 1
_SEVEN_BITS: Final = 0x7F


@final
class Unigrams:
    """The model's own tokenizer. Safe to share between threads; starts none (a forked process may use it)."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Build the tokenizer."""
        self._processor = SentencePieceProcessor(model_proto=model_proto(vocabulary))
        self._characters = dict(vocabulary.characters)
        self._start, self._end = vocabulary.start, vocabulary.end

    @classmethod
    def load(cls) -> Self:
        """Read the vocabulary from the installed package. Raises EncoderBroken."""
        return cls(E5File.open().vocabulary())

    def count(self, text: str) -> int:
        """Return how many pieces `text` has, markers and prefix not counted and nothing cut off."""
        return len(self._pieces(text))

    def ids(self, text: str) -> list[int]:
        """Return what the model reads of `text`: start marker, at most 510 pieces, end marker."""
        return [self._start, *self._pieces(text)[: E5.max_tokens - _MARKERS], self._end]

    def located(self, text: str) -> Located:
        """Return the same with the place of each piece."""
        written = self._written(text)
        found = self._processor.encode(written, return_type="offset_mapping")
        pieces, most = found["ids"], E5.max_tokens - _MARKERS
        places = np.zeros((min(len(pieces), most) + _MARKERS, 2), np.int64)
        places[1:-1] = np.array(found["offsets"][:most], np.int64).reshape(-1, 2)
        if written != text:
            places[1:-1] = self._origins(text)[places[1:-1]]
        return Located([self._start, *pieces[:most], self._end], places)

    def _pieces(self, text: str) -> list[int]:
        found: list[int] = self._processor.encode(self._written(text))
        return found

    def _written(self, text: str) -> str:
        """Return `text` in the characters that the vocabulary is of."""
        whole = text.encode("utf-8", "replace").decode("utf-8")  # halves of surrogate pairs are nothing to tokenize
        return unicodedata.normalize("NFC", whole).translate(self._characters)

    def _origins(self, text: str) -> NDArray[np.int64]:
        """Return where each character of what is written, and its end, stands in `text`; in a word about where.

        Word by word gives the same characters as the whole: nothing is composed across white space.
        """
        found = [np.zeros(0, np.int64)]
        for word in _WORD.finditer(text):
            length = len(self._written(word[0]))
            found.append(word.start() + np.arange(length) * len(word[0]) // max(1, length))
        return np.concatenate([*found, [len(text)]])


def model_proto(vocabulary: Vocabulary) -> bytes:
    """Return a SentencePiece model of `vocabulary`, serialised.

    Fields: https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto
    """
    trainer = b"".join(
        (
            _number(3, _UNIGRAM),
            *map(_number, (40, 41, 42, 43), (vocabulary.unknown, vocabulary.start, vocabulary.end, vocabulary.padding)),
        )
    )
    normaliser = _number(3, 1) + _number(4, 1) + _number(5, 1)  # a leading space, single spaces, spaces as a mark
    return b"".join((*_pieces(vocabulary), _bytes(2, trainer), _bytes(3, normaliser)))


def _pieces(vocabulary: Vocabulary) -> Iterator[bytes]:
    """Return the model's first field once for each piece: a quarter of a million, so without a call for each part."""
    controls = {vocabulary.start, vocabulary.end, vocabulary.padding, len(vocabulary.pieces) - 1}
    kinds = {kind: _number(3, kind) for kind in (_NORMAL, _UNKNOWN, _CONTROL)}
    lengths = [_varint(length) for length in range(max(map(len, vocabulary.pieces)) + 32)]
    scored = struct.Struct("<cf").pack
    for number, (piece, score) in enumerate(zip(vocabulary.pieces, vocabulary.scores, strict=True)):
        kind = _CONTROL if number in controls else _UNKNOWN if number == vocabulary.unknown else _NORMAL
        entry = b"\x0a" + lengths[len(piece)] + piece + scored(b"\x15", score) + kinds[kind]
        yield b"\x0a" + lengths[len(entry)] + entry


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    """Return a number seven bits at a time, the lowest first; all but the last have the eighth bit."""
    found = bytearray()
    while value > _SEVEN_BITS:
        found.append(value & _SEVEN_BITS | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)
