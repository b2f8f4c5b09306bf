"""The architecture that the graphs are measured by, written out in 64-bit NumPy and sharing no code with them."""

import math

import numpy as np
import numpy.typing as npt

from tenancy.models.encoders.onnx_graph import Weights

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


def vector_by_the_paper(weights: Weights, ids: list[int], *, layers: int) -> Matrix:
    """Compute the vector of a text from what is read of it, operator by operator."""
    table = "embeddings.{}_embeddings.weight"
    x = weights[table.format("word")][ids].astype(np.float64) + weights[table.format("position")][: len(ids)]
    x = _normalised(x + weights[table.format("token_type")][0], weights, "embeddings.LayerNorm")
    for number in range(layers):
        layer = f"encoder.layer.{number}"
        attended = _attention(x, weights, f"{layer}.attention")
        x = _normalised(x + attended, weights, f"{layer}.attention.output.LayerNorm")
        wide = _linear(x, weights, f"{layer}.intermediate.dense")
        gelu = wide * 0.5 * (1 + _erf(wide / math.sqrt(2)))
        x = _normalised(x + _linear(gelu, weights, f"{layer}.output.dense"), weights, f"{layer}.output.LayerNorm")
    mean = x.mean(0)
    return np.asarray(mean / np.linalg.norm(mean))
