"""Opens ONNX models the way encoders run them: on the calling thread and no other."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from tenancy.models.embedder import Vectors
from tenancy.models.encoders.encoder import Run
from tenancy.models.encoders.onnx_graph import OnnxModel


def session_of(model: OnnxModel) -> onnxruntime.InferenceSession:
    """Return a session over a model whose weights stand beside it."""
    options = _options()
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(weight) for weight in model.weights.values()]
    options.add_external_initializers(list(model.weights), values)
    return onnxruntime.InferenceSession(model.model, options, providers=["CPUExecutionProvider"])


def session_from(path: Path) -> onnxruntime.InferenceSession:
    """Return a session over a model file."""
    return onnxruntime.InferenceSession(path, _options(), providers=["CPUExecutionProvider"])


def run_with(model: OnnxModel, tokens: Callable[[Sequence[int]], Vectors]) -> Run:
    """Return what runs a model that takes what `tokens` makes of ids, as graphs of ours are built."""
    session = session_of(model)

    def run(ids: Sequence[int], *, states: bool) -> tuple[Vectors, Vectors | None]:
        wanted = ["vector", "states"] if states else ["vector"]
        vector, *rest = session.run(wanted, {"tokens": tokens(ids)})
        return np.asarray(vector, np.float32), np.asarray(rest[0], np.float32) if rest else None

    return run


def _options() -> onnxruntime.SessionOptions:
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # no slower at one text a run, and memory returns to the system
    return options
