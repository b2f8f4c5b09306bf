"""An encoder that runs in this process, one text a run, each on one core.

A vector therefore depends on its text only, never on what else was asked, two tenants' texts are never in one tensor,
and cores are shared out by texts instead of inside an operator, which measured faster than any batch and leaves no
thread spinning.
"""

import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple, Protocol, final

import numpy as np

from tenancy.models.embedder import Vectors
from tenancy.models.encoders.traits import Traits

NICENESS: Final = 10  # of the threads that embed chunks: a question does not wait for an upload's share of the cores


class Pieces(Protocol):
    """How an encoder splits text; safe to share between threads."""

    def count(self, text: str) -> int:
        """Return how many pieces `text` has, the encoder's marks not counted and nothing cut off."""

    def ids(self, text: str) -> Sequence[int]:
        """Return what the encoder reads of `text`, its marks included."""


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
        run: Callable[[Sequence[int]], Vectors],
        prefixes: Prefixes = NO_PREFIXES,
        niceness: int = NICENESS,
    ) -> None:
        """Embed with `run`: what is read of a text in, its unit vector (dimension,) out, on the calling thread."""
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

    def embed_question(self, text: str) -> Vectors:
        """Return the unit vector (dimension,) of one question, on the calling thread."""
        return self._run(self._pieces.ids(self._prefixes.question + text))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return the unit vectors (n, dimension) of passages in their order, using all cores."""
        inputs = [self._pieces.ids(self._prefixes.passage + text) for text in texts]
        # Longest first: the last texts to finish are short ones, so no core idles behind a long one.
        order = sorted(range(len(inputs)), key=lambda index: len(inputs[index]), reverse=True)
        vectors = np.empty((len(inputs), self.traits.dimension), np.float32)
        for index, vector in zip(order, self._cores.map(self._run, (inputs[i] for i in order)), strict=True):
            vectors[index] = vector
        return vectors


def _cores() -> int:
    """Return how many cores this process may use (macOS cannot say which: all of them)."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _step_back(niceness: int) -> None:
    """Lower the priority of the calling thread, where the system has priorities by thread."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(niceness, os.getpriority(os.PRIO_PROCESS, thread)))
