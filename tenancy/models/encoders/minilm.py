"""The offline embedder: all-MiniLM-L6-v2 on ONNX Runtime, one text per run.

Each text is run alone and on one core. A vector therefore depends on its text only, never on what else was asked (the
same text gives the same bits as question and as chunk), two tenants' texts are never in one tensor, and cores are
shared out by texts instead of inside an operator, which measured faster than any batch and leaves no thread spinning.
"""

import os
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Self, final

import numpy as np
import onnxruntime

from tenancy.models.embedder import Vectors
from tenancy.models.encoders.minilm_graph import WIDTH, Encoder, encoder, read_weights
from tenancy.models.encoders.packaged import packaged_file
from tenancy.models.encoders.traits import MINILM
from tenancy.models.encoders.wordpieces import MAX_TOKENS, WordPieces

_NICE: Final = 10  # of the threads that embed chunks: a question does not wait for an upload's share of the cores


@final
class MiniLM:
    """The loaded model: about 100 MB of memory. Safe to share between threads; `close` ends its own."""

    traits: Final = MINILM

    def __init__(
        self, words: Vectors, positions: Vectors, model: Encoder, pieces: WordPieces, niceness: int = _NICE
    ) -> None:
        """Build the session; `words` is (vocabulary, 384), `positions` (256, 384) with the segment added in."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # the calling thread and no other
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # no slower at one text a run, and memory returns to the system
        names, values = (
            list(model.weights),
            [onnxruntime.OrtValue.ortvalue_from_numpy(w) for w in model.weights.values()],
        )
        options.add_external_initializers(names, values)
        self._session = onnxruntime.InferenceSession(model.model, options, providers=["CPUExecutionProvider"])
        self._words = words
        self._positions = positions
        self._pieces = pieces
        self._cores = ThreadPoolExecutor(
            _cores(), thread_name_prefix="minilm", initializer=_step_back, initargs=(niceness,)
        )

    @classmethod
    def load(cls, niceness: int = _NICE) -> Self:
        """Read, verify and build the model: half a second of work for a thread. Raises ModelNotGenuine.

        `niceness` is that of the threads that embed chunks.
        """
        onnxruntime.disable_telemetry_events()
        return cls(*_parts(), WordPieces.load(), niceness)

    def close(self) -> None:
        """End the threads that embed chunks; what waits is dropped."""
        self._cores.shutdown(cancel_futures=True)

    def count_tokens(self, text: str) -> int:
        """Return how many word pieces `text` has; of a longer one the model reads the first 254."""
        return self._pieces.count(text)

    def embed_question(self, text: str) -> Vectors:
        """Return the unit vector (384,) of one text, on the calling thread."""
        return self._run(self._pieces.ids(text))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return the unit vectors (n, 384) of `texts` in their order, using all cores."""
        inputs = [self._pieces.ids(text) for text in texts]
        # Longest first: the last texts to finish are short ones, so no core idles behind a long one.
        order = sorted(range(len(inputs)), key=lambda index: len(inputs[index]), reverse=True)
        vectors = np.empty((len(inputs), WIDTH), np.float32)
        for index, vector in zip(order, self._cores.map(self._run, (inputs[i] for i in order)), strict=True):
            vectors[index] = vector
        return vectors

    def _run(self, ids: Sequence[int]) -> Vectors:
        tokens = self._words[np.asarray(ids)] + self._positions[: len(ids)]
        (vector,) = self._session.run(None, {"tokens": tokens})
        return np.asarray(vector, dtype=np.float32)


def _parts() -> tuple[Vectors, Vectors, Encoder]:
    """Return the word table, the position table and the encoder; the file's 90 MB end with this call."""
    weights = read_weights(packaged_file("model.safetensors"))
    words = weights["embeddings.word_embeddings.weight"].copy()
    positions = weights["embeddings.position_embeddings.weight"][:MAX_TOKENS]
    segment = weights["embeddings.token_type_embeddings.weight"][0]
    return words, positions + segment, encoder(weights)


def _cores() -> int:
    """Return how many cores this process may use (macOS cannot say which: all of them)."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _step_back(niceness: int) -> None:
    """Lower the priority of the calling thread, where the system has priorities by thread."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(niceness, os.getpriority(os.PRIO_PROCESS, thread)))
