"""What a scan looks for: short pieces of content in every form in which they could lie about.

A piece is a sample: the first characters of a sentence and, of a long one, some from its middle. A database page may
cut one piece in two; it cannot cut them all.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final
from urllib.parse import quote, quote_plus

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""One row a vector."""

SHORTEST: Final = 8
"""Bytes of the shortest pattern: shorter ones would be found by chance."""

_SAMPLE: Final = 24  # characters of a sentence
_SHORTEST_SENTENCE: Final = 20
_LONG: Final = 80
_COMPONENTS: Final = 8
_RUN, _EVERY, _DISTINCT = 32, 1024, 12  # bytes of an original, how often, and how many different ones make it telling
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+|[\r\n\t]+")


@dataclass(frozen=True, slots=True)
class Needle:
    """One pattern: what it is a piece of, in which form."""

    what: str
    form: str
    pattern: bytes


@dataclass(slots=True)
class Needles:
    """A growing set of patterns; `groups` are vectors as the upper halves of four numbers, by what they belong to."""

    exact: list[Needle] = field(default_factory=list)
    groups: dict[int, str] = field(default_factory=dict)

    def text(self, what: str, texts: Iterable[str]) -> None:
        """Look for whole short texts: names, secrets, tokens, questions. ValueError for one too short to tell."""
        for text in texts:
            if len(text.encode()) < SHORTEST:
                raise ValueError(f"a {what} of {len(text)} characters would be found by chance")
            self._add(what, _text_forms(text))

    def sentences(self, what: str, text: str, *, ignore: Iterable[str] = ()) -> None:
        """Look for a sample of every sentence or line of `text`, but what is part of one of `ignore`."""
        known = tuple(ignore)
        for sentence in _SENTENCE_END.split(text):
            said = sentence.strip()
            if len(said) < _SHORTEST_SENTENCE or any(said in name for name in known):
                continue
            starts = [0] if len(said) < _LONG else [0, len(said) // 2]
            for start in starts:
                self._add(what, _text_forms(said[start : start + _SAMPLE]))

    def original(self, what: str, content: bytes) -> None:
        """Look for runs of a file's own bytes, and for its digest."""
        digest = sha256(content).digest()
        self._add(f"digest of {what}", _byte_forms(digest))
        for start in range(0, len(content) - _RUN, _EVERY):
            run = content[start : start + _RUN]
            if len(set(run)) >= _DISTINCT:
                self._add(f"bytes of {what}", _byte_forms(run))

    def vectors(self, what: str, vectors: Vectors) -> None:
        """Look for the first components of every row, as f32 and f16."""
        for row in vectors[:, :_COMPONENTS]:
            single, half = row.astype("<f4"), row.astype("<f2")
            self._add(f"{what} f32", _byte_forms(single.tobytes()))
            self._add(f"{what} f16", _byte_forms(half.tobytes()))
            for start in range(0, _COMPONENTS, 4):
                self.groups[_group(single[start : start + 4])] = what

    def _add(self, what: str, forms: Iterable[tuple[str, bytes]]) -> None:
        seen = set()
        for form, pattern in forms:
            if len(pattern) >= SHORTEST and pattern not in seen:
                seen.add(pattern)
                self.exact.append(Needle(what, form, pattern))


def _group(four: npt.NDArray[np.float32]) -> int:
    """Return the sign, exponent and seven leading bits of four numbers: what a model run in another batch keeps."""
    upper = four.view("<u4") >> 16
    return sum(int(each) << (16 * place) for place, each in enumerate(upper))


def _text_forms(text: str) -> Iterator[tuple[str, bytes]]:
    yield "JSON", json.dumps(text)[1:-1].encode()
    yield "URL", quote(text, safe="").encode()
    yield "form", quote_plus(text, safe="").encode()
    for encoding in ("utf-16-le", "utf-16-be"):
        for form, pattern in _byte_forms(text.encode(encoding)):
            yield f"{encoding} {form}", pattern
    for form, pattern in _byte_forms(text.encode()):
        yield f"utf-8 {form}", pattern


def _byte_forms(content: bytes) -> Iterator[tuple[str, bytes]]:
    yield "plain", content
    yield "hex", content.hex().encode()
    yield "HEX", content.hex().upper().encode()
    for before in range(3):
        yield f"base64+{before}", _base64_inside(content, before)
        yield f"base64url+{before}", _base64_inside(content, before).translate(bytes.maketrans(b"+/", b"-_"))


def _base64_inside(content: bytes, before: int) -> bytes:
    """Return the characters that `content` has in base64 wherever it stands after 3n + `before` other bytes."""
    encoded = base64.b64encode(bytes(before) + content)
    first = (before * 8 + 5) // 6  # the first character without a bit of what stands before
    whole = (before + len(content)) * 8 // 6  # the first one with a bit of what follows
    return encoded[first:whole]
