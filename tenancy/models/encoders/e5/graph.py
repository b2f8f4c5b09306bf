"""The ONNX graph of multilingual-e5-small with 8-bit arithmetic, from its 4-bit weights.

Matrices are int8, one scale a column; what is multiplied with them is put in 8 bits as it comes, text by text, so no
other text has a part in it. Weights use 7 of their 8 bits: processors without VNNI add two products in 16 bits, which
full ones overflow. Attention, normalisation and GELU stay float32.

Architecture: https://arxiv.org/abs/2402.05672 (BERT with twelve layers of width 384, mean pooling, unit length).
"""

from typing import Final

import numpy as np

from tenancy.models.encoders.e5.weights import HEADS, LAYERS, WIDTH, Floats, Tensors
from tenancy.models.encoders.onnx_graph import FUSED, Graph, OnnxModel

_EPSILON: Final = 1e-12
_INNER: Final = 4 * WIDTH
_MOST: Final = 63  # of seven bits, with a sign


def e5_graph(tensors: Tensors) -> OnnxModel:
    """Return the model: `tokens` float32 (n, 384) in, `vector` float32 (384,) of unit length out.

    `tokens` holds, for each piece, the sum of its word, position and segment embeddings, before normalisation. The
    output `states`, float32 (n, 384), has the vector of every token, for whoever asks for it by name.
    """
    graph = Graph("e5-small", _EPSILON)
    hidden = graph.normalise("tokens", "emb.ln", tensors.floats("emb.ln.w"), tensors.floats("emb.ln.b"))
    for layer in range(LAYERS):
        hidden = _layer(graph, tensors, layer, hidden)
    graph.pool(hidden)
    return graph.finish(WIDTH, states=True)


def _layer(graph: Graph, tensors: Tensors, layer: int, hidden: str) -> str:
    """Add one transformer layer after `hidden` and return the name of its output, `states` for the last."""
    this = f"l{layer}."
    joined = np.concatenate([tensors.matrix(f"{this}{part}.w", WIDTH) for part in "qkv"])
    biases = np.concatenate([tensors.floats(f"{this}{part}.b") for part in "qkv"])
    mixed = _linear(graph, hidden, f"{this}qkv", joined, biases)
    parts = tuple(graph.add("Unsqueeze", part, graph.axis(0)) for part in _split(graph, mixed, this))
    attended = graph.add("MultiHeadAttention", *parts, domain=FUSED, num_heads=HEADS)
    context = graph.add("Squeeze", attended, graph.axis(0))
    outward = tensors.matrix(f"{this}ao.w", WIDTH)
    projected = _linear(graph, context, f"{this}ao", outward, tensors.floats(f"{this}ao.b"))
    hidden = _normalise(graph, tensors, graph.add("Add", projected, hidden), f"{this}aln")

    widened = _linear(graph, hidden, f"{this}fi", tensors.matrix(f"{this}fi.w", WIDTH))
    bias = graph.constant(f"{this}fi.b", tensors.floats(f"{this}fi.b"))
    activated = graph.add("BiasGelu", widened, bias, domain=FUSED)
    narrow = tensors.matrix(f"{this}fo.w", _INNER)
    narrowed = _linear(graph, activated, f"{this}fo", narrow, tensors.floats(f"{this}fo.b"))
    output = "states" if layer == LAYERS - 1 else ""
    return _normalise(graph, tensors, graph.add("Add", narrowed, hidden), f"{this}oln", output)


def _split(graph: Graph, mixed: str, this: str) -> tuple[str, ...]:
    """Part what queries, keys and values were computed into together."""
    outputs = tuple(f"{this}{part}" for part in ("query", "key", "value"))
    graph.node("Split", (mixed,), outputs, axis=1, num_outputs=len(outputs))
    return outputs


def _linear(graph: Graph, source: str, name: str, matrix: Floats, bias: Floats | None = None) -> str:
    """Multiply with `matrix` (outputs, inputs) in 8 bits."""
    scales = np.maximum(np.abs(matrix).max(axis=1), np.finfo(np.float32).tiny) / np.float32(_MOST)
    whole = np.rint(matrix / scales[:, np.newaxis]).astype(np.int8)
    inputs = [source, graph.constant(f"{name}.w", whole.T), graph.constant(f"{name}.scales", scales)]
    if bias is not None:
        inputs += ["", graph.constant(f"{name}.b", bias)]  # the weights' zero is zero
    return graph.add("DynamicQuantizeMatMul", *inputs, domain=FUSED)


def _normalise(graph: Graph, tensors: Tensors, source: str, name: str, output: str = "") -> str:
    return graph.normalise(source, name, tensors.floats(f"{name}.w"), tensors.floats(f"{name}.b"), output)
