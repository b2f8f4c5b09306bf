"""The encoders' other process gives the same vectors, and its end is no other's."""

import numpy as np
import pytest

from tenancy.errors import Unavailable
from tenancy.models.encoders.encoder import Encoder
from tenancy.models.encoders.traits import E5
from tenancy.models.sharing.apart import ModelApart
from tenancy.values.embedded_text import EmbeddedText
from tests.tenancy.models.plain import plain

_TEXTS = [
    EmbeddedText("Terms\nNotice is six months.", 6, ((0, 21),)),
    EmbeddedText("The ferry leaves at nine. " * 20, 0, ((0, 500),)),
    EmbeddedText(""),
]


async def test_the_other_process_gives_the_same_bits_and_is_started_again(minilm: Encoder, e5: Encoder) -> None:
    apart = ModelApart()
    try:
        for encoder in (minilm, e5):
            away, here = await apart.embed(encoder.traits, _TEXTS), encoder.embed(_TEXTS)
            np.testing.assert_array_equal(away.vectors, here.vectors)
            assert [each and each.packed() for each in away.parts] == [each and each.packed() for each in here.parts]
            assert [each is None for each in away.parts] == [False, False, True]
        assert (await apart.embed(e5.traits, [])).vectors.shape == (0, 384)
        await apart.close()
        again = await apart.embed(minilm.traits, _TEXTS[:1])
        np.testing.assert_array_equal(again.vectors, minilm.embed(_TEXTS[:1]).vectors)
    finally:
        await apart.close()


async def test_texts_that_it_was_killed_over_are_a_dependency_that_is_down() -> None:
    apart = ModelApart()
    try:
        await apart.embed(E5, plain(["loaded"]))
        asked = apart.embed(E5, plain(["The ferry leaves at nine. " * 20] * 500))
        apart.kill()
        with pytest.raises(Unavailable):
            await asked
    finally:
        await apart.close()
