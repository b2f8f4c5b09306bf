"""An encoder from an operator's folder: `model.onnx`, `tokenizer.json`, and `embedder.json`, which describes them.

The description gives the name by which tenants' rows call it, how token vectors become one, what stands in front of
questions and passages, how its cosines lie, and the SHA-256 of each file: other weights are another encoder, and need
another name.
"""

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tenancy.models.embedder import Vectors
from tenancy.models.encoders.encoder import NICENESS, Encoder, Located, Prefixes, Run
from tenancy.models.encoders.traits import Calibration, EncoderBroken, Traits

if TYPE_CHECKING:
    from tokenizers import Encoding

_MODEL: Final = "model.onnx"
_TOKENIZER: Final = "tokenizer.json"
_DESCRIPTION: Final = "embedder.json"


class Pooling(StrEnum):
    """How the vectors of all tokens become that of the text; `none` where the model gives one itself."""

    MEAN = "mean"
    CLS = "cls"
    NONE = "none"


class _Scale(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    floor: float = Field(0.0, ge=-1, lt=1)
    factor: float = Field(1.0, gt=0)


class EncoderDescription(BaseModel):
    """What `embedder.json` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    dimension: int = Field(ge=8, le=4096)
    max_tokens: int = Field(ge=256, le=32_768, description="Chunks have up to 250, marks not counted.")
    pooling: Pooling
    question_prefix: str = ""
    passage_prefix: str = ""
    calibration: _Scale = _Scale()
    sha256: dict[str, str]

    def traits(self) -> Traits:
        """Return what is known of the encoder before it is loaded."""
        scale = Calibration(self.calibration.floor, self.calibration.factor)
        return Traits(self.name, self.dimension, self.max_tokens, scale)


def described(folder: Path) -> EncoderDescription:
    """Return what the folder says of its encoder. Raises EncoderBroken."""
    try:
        found = EncoderDescription.model_validate_json((folder / _DESCRIPTION).read_bytes())
    except OSError as error:
        raise EncoderBroken(f"{folder / _DESCRIPTION} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise EncoderBroken(f"{folder / _DESCRIPTION} is not right: {wrong}.") from error
    if not {_MODEL, _TOKENIZER} <= found.sha256.keys():
        raise EncoderBroken(f"{folder / _DESCRIPTION}: sha256 needs the digests of {_MODEL} and {_TOKENIZER}.")
    return found


def verify_folder(folder: Path) -> EncoderDescription:
    """Check every file that the description names, and return it. Raises EncoderBroken."""
    found = described(folder)
    for name in found.sha256:
        _genuine(folder, found, name)
    return found


@final
class FolderPieces:
    """The tokenizer of the folder. Safe to share between threads; starts none."""

    def __init__(self, raw: bytes, max_tokens: int) -> None:
        """Read a `tokenizer.json`, of which at most `max_tokens` are given to the model."""
        from tokenizers import Tokenizer  # noqa: PLC0415 - not installed everywhere

        self._tokenizer = Tokenizer.from_str(raw.decode())
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._tokenizer.encode_special_tokens = True  # a mark in somebody's text is text
        self._most = max_tokens - self._tokenizer.num_special_tokens_to_add(is_pair=False)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the tokenizer of a folder. Raises EncoderBroken."""
        description = described(folder)
        return cls(_genuine(folder, description, _TOKENIZER).read_bytes(), description.max_tokens)

    def count(self, text: str) -> int:
        """Return how many tokens `text` has, marks not counted and nothing cut off."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def ids(self, text: str) -> list[int]:
        """Return what the model reads of `text`, its marks included."""
        found: list[int] = self._read(text).ids
        return found

    def located(self, text: str) -> Located:
        """Return the same with the place of each token."""
        encoding = self._read(text)
        return Located(encoding.ids, np.array(encoding.offsets, np.int64).reshape(-1, 2))

    def _read(self, text: str) -> "Encoding":
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        encoding.truncate(self._most)
        return self._tokenizer.post_process(encoding)


def load_folder(folder: Path, niceness: int = NICENESS) -> Encoder:
    """Read, verify and try the encoder of a folder: work for a thread. Raises EncoderBroken.

    `niceness` is that of the threads that embed chunks.
    """
    description = verify_folder(folder)
    run = _runner(folder / _MODEL, description.pooling)
    prefixes = Prefixes(description.question_prefix, description.passage_prefix)
    encoder = Encoder(description.traits(), FolderPieces.load(folder), run, prefixes, niceness)
    if encoder.embed_question("A question.").vector.shape != (description.dimension,):
        raise EncoderBroken(f"{folder / _MODEL} does not give one vector of {description.dimension} numbers.")
    return encoder


def _runner(path: Path, pooling: Pooling) -> Run:
    """Return what runs the model on one text."""
    from tenancy.models.encoders.session import session_from  # noqa: PLC0415 - a parser process needs no runtime

    session = session_from(path)
    inputs = [one.name for one in session.get_inputs()]
    unknown = set(inputs) - {"input_ids", "attention_mask", "token_type_ids"}
    if unknown:
        raise EncoderBroken(f"{path} wants inputs that are not known: {', '.join(sorted(unknown))}.")

    def run(ids: Sequence[int], *, states: bool) -> tuple[Vectors, Vectors | None]:
        given = np.asarray([ids], np.int64)
        values = {"input_ids": given, "attention_mask": np.ones_like(given), "token_type_ids": np.zeros_like(given)}
        output, *_ = session.run(None, {name: values[name] for name in inputs})
        vector = _pooled(output[0], pooling)
        tokens = np.asarray(output[0], np.float32) if states and pooling is not Pooling.NONE else None
        return np.asarray(vector / np.linalg.norm(vector), np.float32), tokens

    return run


def _pooled(states: Vectors, pooling: Pooling) -> Vectors:
    match pooling:
        case Pooling.MEAN:
            return np.asarray(states.mean(axis=0))
        case Pooling.CLS:
            return np.asarray(states[0])
        case Pooling.NONE:
            return states


def _genuine(folder: Path, description: EncoderDescription, name: str) -> Path:
    """Return the path of a file that is what the description says. Raises EncoderBroken."""
    path = folder / name
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EncoderBroken(f"{path} cannot be read: {error.strerror}.") from error
    if found != description.sha256[name]:
        raise EncoderBroken(f"{path} has SHA-256 {found}, not the one that {_DESCRIPTION} gives.")
    return path
