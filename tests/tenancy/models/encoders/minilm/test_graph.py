"""The graph computes what the published architecture computes, and reads only well-formed weights."""

import json

import numpy as np
import pytest

from tenancy.models.encoders.encoder import Encoder
from tenancy.models.encoders.minilm.tokenizer import WordPieces
from tenancy.models.encoders.minilm.weights import MalformedWeights, read_weights
from tenancy.models.encoders.packaged import MINILM_PACKAGE
from tests.tenancy.models.encoders.architecture import vector_by_the_paper


@pytest.mark.parametrize(
    "text",
    [
        "",
        "This is an example sentence",
        "INV-2041 was paid on 3 March 2026; the Harlow lease ends six months later.",
        "契約は六か月前に解約できる。" * 3,
        "Notice of termination must reach the landlord in writing. " * 8,
    ],
)
def test_the_fused_graph_agrees_with_the_architecture_written_out(minilm: Encoder, text: str) -> None:
    weights = read_weights(MINILM_PACKAGE.read("model.safetensors"))
    expected = vector_by_the_paper(weights, WordPieces.load().ids(text), layers=6)
    found = minilm.embed_question(text).vector
    assert float(expected @ found) >= 0.99999
    assert np.abs(expected - found).max() < 1e-5


def test_reading_weights_returns_every_float_tensor_and_nothing_else() -> None:
    header = {
        "__metadata__": {"format": "pt"},
        "a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]},
        "ids": {"dtype": "I64", "shape": [1], "data_offsets": [16, 24]},
    }
    body = json.dumps(header).encode()
    raw = len(body).to_bytes(8, "little") + body + np.arange(4, dtype="<f4").tobytes() + bytes(8)
    weights = read_weights(raw)
    assert list(weights) == ["a"]
    assert weights["a"].tolist() == [[0, 1], [2, 3]]


@pytest.mark.parametrize("raw", [b"", b"\xff" * 8, (100).to_bytes(8, "little") + b"{}"])
def test_a_file_shorter_than_its_own_header_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedWeights):
        read_weights(raw)
