"""Splits text into the word pieces of all-MiniLM-L6-v2, without its weights: light enough for a parser process."""

from typing import Self, TypeVar, final

import numpy as np
from tokenizers import Tokenizer

from tenancy.models.encoders.encoder import Located
from tenancy.models.encoders.packaged import MINILM_PACKAGE
from tenancy.models.encoders.traits import MINILM

MAX_TOKENS = MINILM.max_tokens
_MARKERS = 2
_Each = TypeVar("_Each")


@final
class WordPieces:
    """The model's own tokenizer. Safe to share between threads; starts none (a forked process may use it)."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        """Keep a tokenizer that neither pads nor truncates."""
        self._tokenizer = tokenizer

    @classmethod
    def load(cls) -> Self:
        """Read the tokenizer from the installed package. Raises EncoderBroken."""
        tokenizer = Tokenizer.from_str(MINILM_PACKAGE.read("tokenizer.json").decode())
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return cls(tokenizer)

    def count(self, text: str) -> int:
        """Return how many word pieces `text` has, the model's two markers not counted and nothing cut off."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def ids(self, text: str) -> list[int]:
        """Return what the model reads of `text`: start marker, at most 254 word pieces, end marker."""
        return _cut(self._tokenizer.encode(text).ids)

    def located(self, text: str) -> Located:
        """Return the same with the place of each word piece."""
        encoding = self._tokenizer.encode(text)
        return Located(_cut(encoding.ids), np.array(_cut(encoding.offsets), np.int64))


def _cut(pieces: list[_Each]) -> list[_Each]:
    start, *between, end = pieces
    return [start, *between[: MAX_TOKENS - _MARKERS], end]
