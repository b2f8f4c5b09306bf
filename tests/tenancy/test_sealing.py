"""A sealed value opens under its own key, in its own place, unchanged; in every other case it is an error."""

import copy
import pickle

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from tenancy.sealing import HEADER_BYTES, Place, PurposeKey, SealBroken, framed, seal, sealed_version, unseal

_KEY = PurposeKey(bytes(range(32)), 1)
_OTHER = PurposeKey(bytes(32), 1)
_PLACE = Place("ten_a", "chunks", "ver_1.0", "body")
_PLACES = st.builds(Place, st.text(max_size=9), st.text(max_size=9), st.text(max_size=9), st.text(max_size=9))


@settings(max_examples=150)
@given(plaintext=st.binary(max_size=4096), place=_PLACES)
def test_what_was_sealed_opens_in_its_place(plaintext: bytes, place: Place) -> None:
    sealed = seal(_KEY, place, plaintext)
    assert unseal(_KEY, place, sealed) == plaintext
    assert len(sealed) == len(plaintext) + HEADER_BYTES + 16


@settings(max_examples=150)
@given(here=_PLACES, there=_PLACES)
def test_L39_a_value_does_not_open_in_another_place(here: Place, there: Place) -> None:
    sealed = seal(_KEY, here, b"text")
    if here == there:
        assert unseal(_KEY, there, sealed) == b"text"
    else:
        with pytest.raises(SealBroken, match="damaged or was moved"):
            unseal(_KEY, there, sealed)


@pytest.mark.shows("sealing.place")
@pytest.mark.parametrize("moved", [{"tenant": "ten_b"}, {"table": "jobs"}, {"row": "ver_2.0"}, {"column": "name"}])
def test_L39_a_value_moved_to_another_tenant_table_row_or_column_does_not_open(moved: dict[str, str]) -> None:
    sealed = seal(_KEY, _PLACE, b"text")
    with pytest.raises(SealBroken, match="damaged or was moved"):
        unseal(_KEY, _PLACE._replace(**moved), sealed)


@pytest.mark.shows("sealing.place", without="the place in the associated data")
def test_L39_without_the_place_in_the_associated_data_a_moved_value_would_open() -> None:
    """The same key and cipher, only the associated data left out: the move goes unnoticed."""
    salt = bytes(32)
    cipher = AESGCM(_KEY.derive(salt, b"bulkhead sealed value", 64)[:32])
    moved = cipher.encrypt(bytes(12), b"text", None)
    assert cipher.decrypt(bytes(12), moved, None) == b"text"


def test_parts_of_a_place_cannot_flow_into_each_other() -> None:
    sealed = seal(_KEY, Place("ten_a", "bc", "d", "e"), b"text")
    with pytest.raises(SealBroken):
        unseal(_KEY, Place("ten_ab", "c", "d", "e"), sealed)


@given(left=st.lists(st.binary(max_size=5), max_size=4), right=st.lists(st.binary(max_size=5), max_size=4))
def test_no_two_lists_of_fields_are_framed_alike(left: list[bytes], right: list[bytes]) -> None:
    assert (framed(*left) == framed(*right)) == (left == right)


@pytest.mark.shows("sealing.damage")
def test_L39_every_flipped_bit_is_an_error() -> None:
    sealed = seal(_KEY, _PLACE, b"a short secret")
    for position in range(len(sealed)):
        for bit in (0x01, 0x80):
            damaged = bytearray(sealed)
            damaged[position] ^= bit
            with pytest.raises(SealBroken):
                unseal(_KEY, _PLACE, bytes(damaged))


def test_every_truncation_and_every_extension_is_an_error() -> None:
    sealed = seal(_KEY, _PLACE, b"a short secret")
    for wrong in [*(sealed[:length] for length in range(len(sealed))), sealed + b"\x00"]:
        with pytest.raises(SealBroken):
            unseal(_KEY, _PLACE, wrong)


@pytest.mark.shows("sealing.damage")
def test_L39_a_wrong_key_is_told_from_damage() -> None:
    sealed = seal(_KEY, _PLACE, b"text")
    with pytest.raises(SealBroken, match="sealed under another key"):
        unseal(_OTHER, _PLACE, sealed)
    with pytest.raises(SealBroken, match="damaged or was moved"):
        unseal(_KEY, _PLACE, sealed[:-1] + bytes([sealed[-1] ^ 1]))


def test_a_value_names_its_key_version_and_opens_under_no_other() -> None:
    second = PurposeKey(bytes(range(32)), 2)
    sealed = seal(second, _PLACE, b"text")
    assert sealed_version(sealed) == 2
    assert unseal(second, _PLACE, sealed) == b"text"
    with pytest.raises(SealBroken, match="another key version"):
        unseal(_KEY, _PLACE, sealed)


def test_a_commitment_cannot_be_taken_over_from_another_key() -> None:
    mine, theirs = seal(_KEY, _PLACE, b"text"), seal(_OTHER, _PLACE, b"text")
    spliced = mine[:37] + theirs[37:69] + mine[69:]
    for key in (_KEY, _OTHER):
        with pytest.raises(SealBroken, match="sealed under another key"):
            unseal(key, _PLACE, spliced)


def test_plaintext_is_never_taken_for_a_sealed_value() -> None:
    for raw in (b"", b"plain text", b"\x01" * 200, b"\x02" * 200, b'{"json": true}' * 20):
        with pytest.raises(SealBroken):
            unseal(_KEY, _PLACE, raw)


def test_equal_values_are_sealed_differently_every_time() -> None:
    sealed = {seal(_KEY, _PLACE, b"text") for _ in range(100)}
    assert len(sealed) == 100
    assert len({each[5:37] for each in sealed}) == 100


def test_a_key_shows_its_version_and_nothing_else() -> None:
    secret = bytes(range(32))
    for shown in (repr(_KEY), str(_KEY), f"{_KEY}"):
        assert shown == "PurposeKey(version=1)"
        assert secret.hex() not in shown


def test_a_key_cannot_leave_the_process() -> None:
    for leave in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            leave(_KEY)


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_L06_a_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(SealBroken, match="wrong length"):
        PurposeKey(bytes(length), 1)
