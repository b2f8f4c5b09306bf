"""Builds ONNX graphs node by node, with the weights kept beside the model instead of inside it.

Apart because ONNX Runtime holds on to the bytes of the model it was given. Such a graph takes one text at a time, so it
has no padding, no mask and no batch axis: a vector depends on its text alone. Residual and normalisation stay separate
operators: the fused SkipLayerNormalization took several times as long as the operators it stands for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

FUSED: Final = "com.microsoft"
"""The operators of ONNX Runtime's own that a graph may use."""

Weights = Mapping[str, npt.NDArray[np.float32]]
_Constant = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """A serialised ONNX model, and the weights it declares but does not contain."""

    model: bytes
    weights: Mapping[str, _Constant]


class Graph:
    """Nodes and constants as they are added; every node has one output, named by its position unless told."""

    def __init__(self, name: str, epsilon: float) -> None:
        """Begin an empty graph whose normalisations add `epsilon` to the variance."""
        self._name = name
        self._epsilon = epsilon
        self._nodes: list[NodeProto] = []
        self._axes: dict[str, TensorProto] = {}
        self._weights: dict[str, _Constant] = {}

    def axis(self, number: int) -> str:
        """Return the name of a constant [number], for operators that take their axes as an input."""
        name = f"axis_{number}"
        self._axes[name] = numpy_helper.from_array(np.array([number], np.int64), name)
        return name

    def constant(self, name: str, value: _Constant) -> str:
        """Add a weight and return its name."""
        self._weights[name] = np.ascontiguousarray(value)
        return name

    def add(self, operator: str, *inputs: str, domain: str = "", output: str = "", **attributes: float) -> str:
        """Add a node and return the name of its output."""
        output = output or f"{operator}_{len(self._nodes)}"
        self.node(operator, inputs, (output,), domain=domain, **attributes)
        return output

    def node(
        self, operator: str, inputs: tuple[str, ...], outputs: tuple[str, ...], domain: str = "", **attributes: float
    ) -> None:
        """Add a node with the `outputs` named."""
        node = helper.make_node(operator, list(inputs), list(outputs), domain=domain)
        node.attribute.extend(helper.make_attribute(name, value) for name, value in attributes.items())
        self._nodes.append(node)

    def normalise(self, source: str, name: str, scale: _Constant, shift: _Constant, output: str = "") -> str:
        """Add a layer normalisation of the last axis."""
        weights = self.constant(f"{name}.scale", scale), self.constant(f"{name}.shift", shift)
        return self.add("LayerNormalization", source, *weights, output=output, axis=-1, epsilon=self._epsilon)

    def pool(self, hidden: str) -> None:
        """Add the mean of all tokens at unit length as the output `vector`."""
        mean = self.add("ReduceMean", hidden, self.axis(0), keepdims=0)
        self.add("LpNormalization", mean, output="vector", axis=-1, p=2)

    def finish(self, width: int, *, states: bool = False) -> OnnxModel:
        """Return the model: `tokens` float32 (n, width) in, `vector` float32 (width,) out.

        `states` declares the vectors of all tokens as a second output, (n, width) by that name. Whoever does not fetch
        it pays nothing for it.
        """
        tokens, vector = _floats("tokens", ["pieces", width]), _floats("vector", [width])
        outputs = [vector, _floats("states", ["pieces", width])] if states else [vector]
        constants = [*self._axes.values(), *(_declared(name, value) for name, value in self._weights.items())]
        graph = helper.make_graph(self._nodes, self._name, [tokens], outputs, constants)
        opsets = [helper.make_opsetid("", 21), helper.make_opsetid(FUSED, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
        return OnnxModel(bytes(model.SerializeToString()), self._weights)


def _floats(name: str, shape: list[str | int]) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _declared(name: str, value: _Constant) -> TensorProto:
    """Return a tensor without its data, which the session is given beside the model."""
    tensor = TensorProto(name=name, data_type=helper.np_dtype_to_tensor_dtype(value.dtype), dims=value.shape)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="given beside the model")
    return tensor
