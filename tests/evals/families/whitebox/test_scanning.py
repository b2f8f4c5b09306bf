"""The scanner finds every spelling wherever it stands, across blocks and in names, and nothing else."""

import base64
from pathlib import Path

import pytest

from evals.families.whitebox.scanning import Needle, Scanner, spellings, writings

_VALUE = "BKDP4-7QRTX-NV3FH-ZZKW9"


def _scanner() -> Scanner:
    return Scanner({raw: Needle("secret", "can_1", how) for how, raw in spellings(_VALUE).items()})


@pytest.mark.parametrize("how", sorted(spellings(_VALUE)))
@pytest.mark.parametrize("before", [0, 1, 7, (1 << 18) - 11, (1 << 18) - 1])
def test_a_spelling_is_found_wherever_it_begins(tmp_path: Path, how: str, before: int) -> None:
    (tmp_path / "store").write_bytes(b"x" * before + spellings(_VALUE)[how] + b"y" * 30)
    assert how in {found.needle.how for found in _scanner().below([tmp_path])}


@pytest.mark.parametrize("before", range(9))
def test_base64_is_found_whatever_stands_around_it(before: int) -> None:
    text = base64.b64encode(b"?" * before + _VALUE.encode() + b"!" * 5)
    assert any(needle.how.startswith("base64") for needle in _scanner().within(text))


def test_a_file_name_gives_a_secret_away_too_and_a_similar_value_does_not(tmp_path: Path) -> None:
    (tmp_path / f"{_VALUE}.txt").write_bytes(b"")
    (tmp_path / "other").write_text(_VALUE.replace("Z", "X"))
    assert {found.place.name for found in _scanner().below([tmp_path])} == {f"{_VALUE}.txt"}


def test_a_needle_that_chance_would_bring_is_refused() -> None:
    with pytest.raises(ValueError, match="by chance"):
        Scanner({b"short": Needle("secret", "can_1", "as it is")})


def test_bytes_are_looked_for_as_they_are_and_as_digits() -> None:
    raw = bytes(range(32))
    assert {writings(raw)["hex"], writings(raw)["as it is"]} == {raw.hex().encode(), raw}
