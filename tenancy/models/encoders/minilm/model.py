"""all-MiniLM-L6-v2 on ONNX Runtime: English, about 100 MB of memory, half a second to load."""

from collections.abc import Sequence

import numpy as np

from tenancy.models.embedder import Vectors
from tenancy.models.encoders.encoder import NICENESS, Encoder
from tenancy.models.encoders.minilm.graph import minilm_graph
from tenancy.models.encoders.minilm.tokenizer import WordPieces
from tenancy.models.encoders.minilm.weights import read_weights
from tenancy.models.encoders.onnx_graph import OnnxModel
from tenancy.models.encoders.packaged import MINILM_PACKAGE
from tenancy.models.encoders.session import run_with
from tenancy.models.encoders.traits import MINILM


def load_minilm(niceness: int = NICENESS) -> Encoder:
    """Read, verify and build it: work for a thread. Raises EncoderBroken.

    `niceness` is that of the threads that embed chunks.
    """
    words, positions, model = _parts()

    def tokens(ids: Sequence[int]) -> Vectors:
        return np.asarray(words[np.asarray(ids)] + positions[: len(ids)])

    return Encoder(MINILM, WordPieces.load(), run_with(model, tokens), niceness=niceness)


def _parts() -> tuple[Vectors, Vectors, OnnxModel]:
    """Return the word table, the position table and the model; the file's 90 MB end with this call."""
    weights = read_weights(MINILM_PACKAGE.read("model.safetensors"))
    words = weights["embeddings.word_embeddings.weight"].copy()
    positions = weights["embeddings.position_embeddings.weight"][: MINILM.max_tokens]
    segment = weights["embeddings.token_type_embeddings.weight"][0]
    return words, positions + segment, minilm_graph(weights)
