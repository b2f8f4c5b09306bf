"""What every embedder offers, local or at a provider."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class Embedder(Protocol):
    """Turns one tenant's texts into unit vectors; a tenant's embedder is fixed, as its stored vectors are."""

    @property
    def name(self) -> str:
        """Return the name that is stored beside the vectors; vectors of two names cannot be compared."""

    @property
    def dimension(self) -> int:
        """Return the length of every vector."""

    def count_tokens(self, text: str) -> int:
        """Return how many of the model's tokens `text` has, for the tenant's usage; an estimate where it is remote."""

    async def embed_question(self, text: str) -> Vectors:
        """Return the unit vector of a question, shape (dimension,). Raises ServiceError."""

    async def embed(self, texts: Sequence[str], *, apart: bool = False) -> Vectors:
        """Return the unit vectors of `texts` in their order, shape (n, dimension). Raises ServiceError.

        `apart` asks for it where it holds up nothing else, if the embedder has such a place.
        """
