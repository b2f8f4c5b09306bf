"""A block opens in its own place only, which its embedder's name is a part of."""

import numpy as np
import pytest

from tenancy.ids import VersionId, new_id
from tenancy.keys.tenant_keys import Purpose
from tenancy.sealing import SealBroken
from tenancy.stores.blocks import open_block, seal_block
from tenancy.stores.vectors import Matrix, pack
from tests.tenancy.stores.rooms import fresh_keys

_MATRIX = Matrix.of(np.eye(2, 8, dtype=np.float32), [((7,), (1.0,))] * 2)


@pytest.mark.parametrize("embedder", ["minilm", "another", "a.1"])
def test_a_block_opens_among_no_other_embedders(embedder: str) -> None:
    keys, version = fresh_keys(), VersionId(new_id("ver"))
    sealed = seal_block(keys, version, embedder, 1, _MATRIX)
    assert pack(open_block(keys, version, embedder, 1, sealed)) == pack(_MATRIX)
    for place in ({"minilm", "another", "a.1", "a"} - {embedder}, {1}), ({embedder}, {0, 11}):
        for other, ordinal in ((name, number) for name in place[0] for number in place[1]):
            with pytest.raises(SealBroken):
                open_block(keys, version, other, ordinal, sealed)


def test_blocks_from_before_embedders_were_named_open_as_the_first_ones() -> None:
    keys, version = fresh_keys(), VersionId(new_id("ver"))
    sealed = keys.seal(Purpose.RECORDS, "blocks", f"{version}.0", "body", pack(_MATRIX))
    assert pack(open_block(keys, version, "minilm", 0, sealed)) == pack(_MATRIX)


def test_vectors_are_as_many_as_the_rows_they_belong_to() -> None:
    assert len(_MATRIX.revectored(np.ones((2, 4), np.float32))) == len(_MATRIX)
    with pytest.raises(SealBroken):
        _MATRIX.revectored(np.ones((3, 4), np.float32))
