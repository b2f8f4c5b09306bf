"""An encoder that runs in this process, one text a run, each on one core.

A vector therefore depends on its text only, never on what else was asked, two tenants' texts are never in one tensor,
and cores are shared out by texts instead of inside an operator, which measured faster than any batch and leaves no
thread spinning.
"""

import os
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple, Protocol, final

import numpy as np
from numpy.typing import NDArray

from tenancy.models.embedder import PassageVectors, QuestionVectors, Vectors
from tenancy.models.encoders.traits import Traits
from tenancy.values.embedded_text import EmbeddedText
from tenancy.values.part_vectors import PartVectors, pooled, unit_rows

NICENESS: Final = 10  # of the threads that embed chunks: a question does not wait for an upload's share of the cores


class Located(NamedTuple):
    """What an encoder reads of a text, its marks included, and where each piece stands: code points, int64 (n, 2).

    The place of a mark is empty.
    """

    ids: Sequence[int]
    places: NDArray[np.int64]


class Pieces(Protocol):
    """How an encoder splits text; safe to share between threads."""

    def count(self, text: str) -> int:
        """Return how many pieces `text` has, the encoder's marks not counted and nothing cut off."""

    def ids(self, text: str) -> Sequence[int]:
        """Return what the encoder reads of `text`, its marks included."""

    def located(self, text: str) -> Located:
        """Return the same with the place of each piece."""


class Run(Protocol):
    """Runs a model on one text, on the calling thread."""

    def __call__(self, ids: Sequence[int], *, states: bool) -> tuple[Vectors, Vectors | None]:
        """Return the unit vector (dimension,) and, if asked for, those of all that was read (n, dimension).

        None where the model does not give them.
        """


class Prefixes(NamedTuple):
    """What an encoder wants in front of a question and of a passage."""

    question: str = ""
    passage: str = ""


NO_PREFIXES: Final = Prefixes()


@final
class Encoder:
    """A loaded encoder. Safe to share between threads; `close` ends its own."""

    def __init__(
        self,
        traits: Traits,
        pieces: Pieces,
        run: Run,
        prefixes: Prefixes = NO_PREFIXES,
        niceness: int = NICENESS,
    ) -> None:
        """Embed with `run` what `pieces` reads."""
        self.traits: Final = traits
        self._pieces = pieces
        self._run = run
        self._prefixes = prefixes
        self._cores = ThreadPoolExecutor(
            _cores(), thread_name_prefix=traits.name, initializer=_step_back, initargs=(niceness,)
        )

    def close(self) -> None:
        """End the threads that embed chunks; what waits is dropped."""
        self._cores.shutdown(cancel_futures=True)

    def count_tokens(self, text: str) -> int:
        """Return how many pieces `text` has; of a longer one than it reads the encoder leaves out the end."""
        return self._pieces.count(text)

    def embed_question(self, text: str) -> QuestionVectors:
        """Return the vectors of one question, on the calling thread."""
        prefix = self._prefixes.question
        ids, places = self._pieces.located(prefix + text)
        vector, states = self._run(ids, states=True)
        if states is None:
            return QuestionVectors(vector, np.empty((0, self.traits.dimension), np.float32))
        return QuestionVectors(vector, unit_rows(states[places[:, 1] > len(prefix)]))

    def embed(self, texts: Sequence[EmbeddedText]) -> PassageVectors:
        """Return the vectors of passages in their order, using all cores."""
        # Longest first: the last texts to finish are short ones, so no core idles behind a long one.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index].text), reverse=True)
        vectors = np.empty((len(texts), self.traits.dimension), np.float32)
        parts: list[PartVectors | None] = [None] * len(texts)
        for index, made in zip(order, self._cores.map(self._passage, (texts[i] for i in order)), strict=True):
            vectors[index], parts[index] = made
        return PassageVectors(vectors, tuple(parts))

    def _passage(self, passage: EmbeddedText) -> tuple[Vectors, PartVectors | None]:
        prefix = self._prefixes.passage
        if not passage.units:
            return self._run(self._pieces.ids(prefix + passage.text), states=False)[0], None
        ids, places = self._pieces.located(prefix + passage.text)
        vector, states = self._run(ids, states=True)
        if states is None:
            return vector, None
        return vector, pooled(states, places - (len(prefix) + passage.own), passage.units)


def _cores() -> int:
    """Return how many cores this process may use (macOS cannot say which: all of them)."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _step_back(niceness: int) -> None:
    """Lower the priority of the calling thread, where the system has priorities by thread."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(niceness, os.getpriority(os.PRIO_PROCESS, thread)))
