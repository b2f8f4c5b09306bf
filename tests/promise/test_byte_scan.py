"""The scanner finds what is planted, in every form, so that its silence about a real service means something."""

import base64
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest

from tests.promise.byte_scan import Scanner, shared_run
from tests.promise.needles import Needles, Vectors

SENTENCE = "The vault of the harbour office opens at dawn — and only “then”, says the keeper."
START = SENTENCE[:24]
NAME = "keeper’s-list.docx"
ORIGINAL = bytes(range(256)) * 8


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    rows = np.random.default_rng(7).normal(size=(5, 384)).astype(np.float32)
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


@pytest.fixture(scope="module")
def scanner(vectors: Vectors) -> Scanner:
    needles = Needles()
    needles.sentences("sentence", SENTENCE)
    needles.text("name", [NAME])
    needles.original("original", ORIGINAL)
    needles.vectors("vector", vectors)
    return Scanner(needles)


def planted(scanner: Scanner, folder: Path, content: bytes, before: int) -> set[str]:
    """Return what is found in a file of noise with `content` at an odd place in it."""
    noise = np.random.default_rng(before).bytes(50_000 + before)
    path = folder / "noise"
    path.write_bytes(noise + content + noise)
    return {found.what for found in scanner.files([folder]) if found.offset >= len(noise)}


TEXT_FORMS: dict[str, Callable[[str], bytes]] = {
    "utf-8": str.encode,
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "hex": lambda text: text.encode().hex().encode(),
    "HEX": lambda text: text.encode().hex().upper().encode(),
    "base64 after 0": lambda text: base64.b64encode(text.encode()),
    "base64 after 1": lambda text: base64.b64encode(b"a" + text.encode() + b"bc"),
    "base64 after 2": lambda text: base64.b64encode(b"ab" + text.encode() + b"c"),
    "base64url": lambda text: base64.urlsafe_b64encode(b"ab" + text.encode()),
    "base64 of utf-16": lambda text: base64.b64encode(b"a" + text.encode("utf-16-le")),
    "JSON": lambda text: json.dumps(text).encode(),
    "URL": lambda text: quote(text, safe="").encode(),
}


@pytest.mark.parametrize("before", range(9))
@pytest.mark.parametrize("form", TEXT_FORMS)
def test_L40_a_planted_sentence_is_found_in_every_form_at_every_alignment(
    scanner: Scanner, tmp_path: Path, form: str, before: int
) -> None:
    assert planted(scanner, tmp_path, TEXT_FORMS[form](SENTENCE), before) == {"sentence"}


@pytest.mark.parametrize("form", TEXT_FORMS)
def test_L40_a_planted_name_is_found_in_every_form(scanner: Scanner, tmp_path: Path, form: str) -> None:
    assert planted(scanner, tmp_path, TEXT_FORMS[form](NAME), 3) == {"name"}


def test_L40_a_name_that_is_a_files_own_name_is_found(scanner: Scanner, tmp_path: Path) -> None:
    (tmp_path / NAME).touch()
    assert {found.what for found in scanner.files([tmp_path])} == {"name"}


def test_L40_the_first_24_characters_of_a_sentence_are_enough(scanner: Scanner, tmp_path: Path) -> None:
    assert planted(scanner, tmp_path, START.encode(), 0) == {"sentence"}


@pytest.mark.parametrize("before", range(9))
@pytest.mark.parametrize("kind", ["<f4", "<f2"])
def test_L40_a_planted_vector_is_found(
    scanner: Scanner, vectors: Vectors, tmp_path: Path, kind: str, before: int
) -> None:
    found = planted(scanner, tmp_path, vectors[2].astype(kind).tobytes(), before)
    assert {what.partition(" ")[0] for what in found} == {"vector"}


@pytest.mark.parametrize("encode", [base64.b64encode, lambda raw: raw.hex().encode()], ids=["base64", "hex"])
@pytest.mark.parametrize("kind", ["<f4", "<f2"])
def test_L40_a_planted_vector_is_found_in_text(
    scanner: Scanner, vectors: Vectors, tmp_path: Path, kind: str, encode: Callable[[bytes], bytes]
) -> None:
    found = planted(scanner, tmp_path, encode(vectors[2].astype(kind).tobytes()), 0)
    assert found == {f"vector {kind.replace('<f4', 'f32').replace('<f2', 'f16')}"}


def test_L40_a_vector_that_differs_in_its_last_bits_is_found(
    scanner: Scanner, vectors: Vectors, tmp_path: Path
) -> None:
    jittered = vectors[1] * np.float32(1 + 1e-7)
    assert "vector" in planted(scanner, tmp_path, jittered.astype("<f4").tobytes(), 1)


def test_L40_vectors_known_only_as_halves_are_found_in_full(vectors: Vectors, tmp_path: Path) -> None:
    needles = Needles()
    needles.vectors("vector", vectors.astype("<f2").astype(np.float32))
    assert planted(Scanner(needles), tmp_path, vectors.astype("<f4").tobytes(), 2) >= {"vector"}


def test_L40_an_original_and_its_digest_are_found(scanner: Scanner, tmp_path: Path) -> None:
    digest = sha256(ORIGINAL)
    assert planted(scanner, tmp_path, ORIGINAL, 5) == {"bytes of original"}
    for form in (digest.digest(), digest.hexdigest().encode(), base64.b64encode(digest.digest())):
        assert planted(scanner, tmp_path, form, 5) == {"digest of original"}


def test_L40_noise_holds_nothing(scanner: Scanner, tmp_path: Path) -> None:
    assert planted(scanner, tmp_path, b"", 0) == set()


def test_L40_a_find_across_the_slices_of_a_large_file_is_reported_where_it_stands(
    scanner: Scanner, tmp_path: Path
) -> None:
    path = tmp_path / "large"
    at = 16 * 1024 * 1024 - 10
    path.write_bytes(bytes(at) + START.encode() + bytes(100))
    assert {found.offset for found in scanner.files([path])} == {at}


@pytest.mark.parametrize(("length", "shared"), [(64, True), (20, False)])
def test_L40_a_run_that_two_files_share_is_found(tmp_path: Path, length: int, *, shared: bool) -> None:
    noise = np.random.default_rng(1).bytes(4_000)
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.write_bytes(noise)
    theirs.write_bytes(b"other" * 33 + noise[777 : 777 + length] + b"other" * 33)
    assert shared_run([ours], [theirs]) is shared
