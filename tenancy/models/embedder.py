"""What every embedder offers, local or at a provider."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from tenancy.models.encoders.traits import Traits
from tenancy.values.embedded_text import EmbeddedText
from tenancy.values.part_vectors import PartVectors

Vectors = npt.NDArray[np.float32]


class QuestionVectors(NamedTuple):
    """The unit vector of a question, (dimension,), and those of its own tokens, (n, dimension).

    There are none of tokens from an embedder that does not give them.
    """

    vector: Vectors
    tokens: Vectors


class PassageVectors(NamedTuple):
    """The unit vectors of texts, (n, dimension), and those of the parts of each.

    None for a text without units, and from an embedder that does not give them.
    """

    vectors: Vectors
    parts: tuple[PartVectors | None, ...]


class Embedder(Protocol):
    """Turns one tenant's texts into unit vectors; which one a tenant has, its row says."""

    @property
    def traits(self) -> Traits:
        """Return its name, which is stored beside the vectors, and their length; two names cannot be compared."""

    def count_tokens(self, text: str) -> int:
        """Return how many of the model's tokens `text` has, for the tenant's usage; an estimate where it is remote."""

    async def embed_question(self, text: str) -> QuestionVectors:
        """Return the vectors of a question. Raises ServiceError."""

    async def embed(self, texts: Sequence[EmbeddedText], *, apart: bool = False) -> PassageVectors:
        """Return the vectors of `texts` in their order. Raises ServiceError.

        `apart` asks for it where it holds up nothing else, if the embedder has such a place.
        """
