"""Opens ONNX models the way encoders run them: on the calling thread and no other."""

from pathlib import Path

import onnxruntime

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


def _options() -> onnxruntime.SessionOptions:
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # no slower at one text a run, and memory returns to the system
    return options
