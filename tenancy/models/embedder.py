"""What every embedder offers, local or at a provider."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tenancy.models.encoders.traits import Traits

Vectors = npt.NDArray[np.float32]


class Embedder(Protocol):
    """Turns one tenant's texts into unit vectors; which one a tenant has, its row says."""

    @property
    def traits(self) -> Traits:
        """Return its name, which is stored beside the vectors, and their length; two names cannot be compared."""

    def count_tokens(self, text: str) -> int:
        """Return how many of the model's tokens `text` has, for the tenant's usage; an estimate where it is remote."""

    async def embed_question(self, text: str) -> Vectors:
        """Return the unit vector of a question, shape (dimension,). Raises ServiceError."""

    async def embed(self, texts: Sequence[str], *, apart: bool = False) -> Vectors:
        """Return the unit vectors of `texts` in their order, shape (n, dimension). Raises ServiceError.

        `apart` asks for it where it holds up nothing else, if the embedder has such a place.
        """
