"""Reads the file of weights that was published for all-MiniLM-L6-v2."""

import json
from typing import Final

import numpy as np
import numpy.typing as npt

_LENGTH_BYTES: Final = 8


class MalformedWeights(ValueError):
    """The bytes are not a safetensors file of 32-bit floats."""


def read_weights(raw: bytes) -> dict[str, npt.NDArray[np.float32]]:
    """Return the float tensors of a safetensors file as views of `raw`, by name.

    Format: eight little-endian bytes with the length of a JSON header, the header, then the tensors
    (https://huggingface.co/docs/safetensors). Integer tensors are left out. Raises MalformedWeights.
    """
    start = _LENGTH_BYTES + int.from_bytes(raw[:_LENGTH_BYTES], "little")
    if not _LENGTH_BYTES < start <= len(raw):
        message = "the safetensors header is longer than the file"
        raise MalformedWeights(message)
    header = json.loads(raw[_LENGTH_BYTES:start])
    weights = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        begin, end = entry["data_offsets"]
        flat = np.frombuffer(memoryview(raw)[start + begin : start + end], dtype="<f4")
        weights[name] = flat.reshape(entry["shape"])
    return weights
