"""The graph computes what the published architecture computes, and reads only well-formed weights."""

import json
import math

import numpy as np
import numpy.typing as npt
import pytest

from tenancy.models.encoders.minilm import MiniLM
from tenancy.models.encoders.minilm_graph import MalformedWeights, Weights, read_weights
from tenancy.models.encoders.packaged import packaged_file
from tenancy.models.encoders.wordpieces import WordPieces

Matrix = npt.NDArray[np.float64]
_erf = np.vectorize(math.erf, otypes=[np.float64])


def _normalised(x: Matrix, weights: Weights, name: str) -> Matrix:
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
    return np.asarray(scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"])


def _linear(x: Matrix, weights: Weights, name: str) -> Matrix:
    return x @ weights[f"{name}.weight"].T.astype(np.float64) + weights[f"{name}.bias"]


def _attention(x: Matrix, weights: Weights, prefix: str) -> Matrix:
    heads = [
        _linear(x, weights, f"{prefix}.self.{part}").reshape(len(x), 12, 32).transpose(1, 0, 2)
        for part in ("query", "key", "value")
    ]
    scores = heads[0] @ heads[1].transpose(0, 2, 1) / math.sqrt(32)
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    mixed = (shares / shares.sum(-1, keepdims=True)) @ heads[2]
    return _linear(mixed.transpose(1, 0, 2).reshape(len(x), 384), weights, f"{prefix}.output.dense")


def _vector_by_the_paper(weights: Weights, ids: list[int]) -> Matrix:
    """Compute the sentence vector in 64-bit NumPy, operator by operator, sharing no code with the graph."""
    table = "embeddings.{}_embeddings.weight"
    x = weights[table.format("word")][ids].astype(np.float64) + weights[table.format("position")][: len(ids)]
    x = _normalised(x + weights[table.format("token_type")][0], weights, "embeddings.LayerNorm")
    for number in range(6):
        layer = f"encoder.layer.{number}"
        attended = _attention(x, weights, f"{layer}.attention")
        x = _normalised(x + attended, weights, f"{layer}.attention.output.LayerNorm")
        wide = _linear(x, weights, f"{layer}.intermediate.dense")
        gelu = wide * 0.5 * (1 + _erf(wide / math.sqrt(2)))
        x = _normalised(x + _linear(gelu, weights, f"{layer}.output.dense"), weights, f"{layer}.output.LayerNorm")
    mean = x.mean(0)
    return np.asarray(mean / np.linalg.norm(mean))


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
def test_the_fused_graph_agrees_with_the_architecture_written_out(minilm: MiniLM, text: str) -> None:
    weights = read_weights(packaged_file("model.safetensors"))
    expected = _vector_by_the_paper(weights, WordPieces.load().ids(text))
    found = minilm.embed_question(text)
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
