"""The embedder's other process gives the same vectors, and its end is no other's."""

import numpy as np
import pytest

from tenancy.errors import Unavailable
from tenancy.models.encoders.minilm import MiniLM
from tenancy.models.sharing.apart import ModelApart

_TEXTS = ["Notice is six months.", "The ferry leaves at nine. " * 20, ""]


async def test_the_other_process_gives_the_same_bits_and_is_started_again(minilm: MiniLM) -> None:
    apart = ModelApart()
    try:
        np.testing.assert_array_equal(await apart.embed(_TEXTS), minilm.embed(_TEXTS))
        assert (await apart.embed([])).shape == (0, 384)
        await apart.close()
        np.testing.assert_array_equal(await apart.embed(_TEXTS[:1]), minilm.embed(_TEXTS[:1]))
    finally:
        await apart.close()


async def test_texts_that_it_was_killed_over_are_a_dependency_that_is_down() -> None:
    apart = ModelApart()
    try:
        await apart.embed(["loaded"])
        asked = apart.embed(["The ferry leaves at nine. " * 20] * 500)
        apart.kill()
        with pytest.raises(Unavailable):
            await asked
    finally:
        await apart.close()
