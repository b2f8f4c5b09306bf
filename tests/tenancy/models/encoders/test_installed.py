"""New tenants are made with the best encoder that is installed, or the one that the operator names."""

from collections.abc import Sequence

import pytest

from tenancy.models.encoders.encoder import Encoder, Pieces
from tenancy.models.encoders.installed import EncoderSource, chosen, sources
from tenancy.models.encoders.traits import E5, MINILM, Calibration, EncoderBroken, Traits


def _nothing(*_given: object) -> Encoder:
    raise AssertionError


def _no_pieces() -> Pieces:
    raise AssertionError


def _known(*names: str) -> Sequence[EncoderSource]:
    """Return e5 and MiniLM, of which those of `names` are installed."""
    return [
        EncoderSource(traits, _nothing, _no_pieces, _nothing, "" if traits.name in names else "Install it.")
        for traits in (E5, MINILM)
    ]


@pytest.mark.parametrize(
    ("installed", "named", "default"),
    [
        (("e5-small", "minilm"), None, "e5-small"),
        (("e5-small",), None, "e5-small"),
        (("minilm",), None, "minilm"),
        ((), None, "e5-small"),
        (("e5-small", "minilm"), "minilm", "minilm"),
        (("e5-small",), "minilm", "minilm"),
    ],
)
def test_the_default_is_the_first_installed_or_the_one_named(
    installed: tuple[str, ...], named: str | None, default: str
) -> None:
    found = chosen(_known(*installed), named)
    assert found.traits.name == default
    assert bool(found.missing) == (default not in installed)


def test_a_name_that_is_not_known_is_refused_with_those_that_are() -> None:
    with pytest.raises(EncoderBroken, match="one of: e5-small, minilm"):
        chosen(_known("minilm"), "psychic")


def test_both_encoders_are_installed_where_tests_run() -> None:
    assert [(source.traits, source.missing) for source in sources(None)] == [(E5, ""), (MINILM, "")]


@pytest.mark.parametrize(
    ("traits", "cosine", "scaled"),
    [(MINILM, 0.42, 0.42), (MINILM, -0.1, -0.1), (E5, 0.757, 0.0), (E5, 0.857, 0.52), (E5, 1.0, 1.0), (E5, 0.3, -1.0)],
)
def test_cosines_are_put_on_one_scale(traits: Traits, cosine: float, scaled: float) -> None:
    assert traits.calibration.scaled(cosine) == pytest.approx(scaled)


def test_a_scale_never_changes_which_of_two_is_nearer() -> None:
    scaled = [Calibration(0.7, 3.0).scaled(step / 100) for step in range(60, 100)]
    assert scaled == sorted(scaled)
