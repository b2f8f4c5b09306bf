"""multilingual-e5-small on ONNX Runtime: a hundred languages, in 8-bit arithmetic.

The word table, four fifths of all weights, stays in 4 bits in the file, of which processes share one copy in memory:
the rows of a text are opened as it is read.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from tenancy.models.embedder import Vectors
from tenancy.models.encoders.e5.graph import e5_graph
from tenancy.models.encoders.e5.tokenizer import Unigrams
from tenancy.models.encoders.e5.weights import WIDTH, E5File, opened
from tenancy.models.encoders.encoder import NICENESS, Encoder, Prefixes
from tenancy.models.encoders.session import run_with
from tenancy.models.encoders.traits import E5

_PREFIXES: Final = Prefixes("query: ", "passage: ")  # it was trained with them


def load_e5(niceness: int = NICENESS) -> Encoder:
    """Read, verify and build it: a second's work for a thread. Raises EncoderBroken.

    `niceness` is that of the threads that embed chunks.
    """
    file = E5File.open()
    tensors = file.tensors()
    words = tensors.blocks("emb.word")
    segment = tensors.floats("emb.type")[:WIDTH]
    positions = tensors.floats("emb.pos").reshape(-1, WIDTH) + segment

    def tokens(ids: Sequence[int]) -> Vectors:
        return opened(words[np.asarray(ids)]) + positions[: len(ids)]

    run = run_with(e5_graph(tensors), tokens)
    return Encoder(E5, Unigrams(file.vocabulary()), run, _PREFIXES, niceness)
