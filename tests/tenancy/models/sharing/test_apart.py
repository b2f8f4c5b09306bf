"""The encoders' other process gives the same vectors, and its end is no other's."""

import numpy as np
import pytest

from tenancy.errors import Unavailable
from tenancy.models.encoders.encoder import Encoder
from tenancy.models.encoders.traits import E5
from tenancy.models.sharing.apart import ModelApart

_TEXTS = ["Notice is six months.", "The ferry leaves at nine. " * 20, ""]


async def test_the_other_process_gives_the_same_bits_and_is_started_again(minilm: Encoder, e5: Encoder) -> None:
    apart = ModelApart()
    try:
        for encoder in (minilm, e5):
            np.testing.assert_array_equal(await apart.embed(encoder.traits, _TEXTS), encoder.embed(_TEXTS))
        assert (await apart.embed(e5.traits, [])).shape == (0, 384)
        await apart.close()
        np.testing.assert_array_equal(await apart.embed(minilm.traits, _TEXTS[:1]), minilm.embed(_TEXTS[:1]))
    finally:
        await apart.close()


async def test_texts_that_it_was_killed_over_are_a_dependency_that_is_down() -> None:
    apart = ModelApart()
    try:
        await apart.embed(E5, ["loaded"])
        asked = apart.embed(E5, ["The ferry leaves at nine. " * 20] * 500)
        apart.kill()
        with pytest.raises(Unavailable):
            await asked
    finally:
        await apart.close()
