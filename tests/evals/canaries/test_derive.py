"""Canaries replay from the run key, keep their secret out of their question, and differ from a twin in letters only."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.canaries.carriers import CARRIERS
from evals.canaries.derive import Canary, CanaryKit
from evals.canaries.folding import fold
from evals.canaries.forms import CHOICES, DEAD_PREFIX, Form, Place, Shape
from tests.evals.canaries.writing import FORMS, KIT

_names = st.text(min_size=1, max_size=30)
_indexes = st.integers(min_value=0, max_value=10_000)
_MAKERS = (CanaryKit.canary, CanaryKit.twin, CanaryKit.decoy)


def _classes(text: str) -> str:
    """Spell out which kind of character stands where."""
    kinds = {**dict.fromkeys(string.digits, "9"), " ": " "}
    return "".join(kinds.get(c, "A" if c.isupper() else "a" if c.isalpha() else c) for c in text)


@given(_names, _names, st.sampled_from(FORMS), _indexes)
def test_a_run_key_makes_the_same_canaries_again(tenant: str, document: str, form: Form, index: int) -> None:
    again = CanaryKit(KIT.run_key, KIT.sink)
    assert KIT.canary(tenant, document, form, index) == again.canary(tenant, document, form, index)


@given(_names, _names, st.sampled_from(FORMS), _indexes)
def test_twin_and_decoy_have_the_length_and_shape_of_the_secret(
    tenant: str, document: str, form: Form, index: int
) -> None:
    secret, twin, decoy = (make(KIT, tenant, document, form, index) for make in _MAKERS)
    for other in (twin, decoy):
        assert other.question == secret.question
        assert len(other.sentence.encode()) == len(secret.sentence.encode())
        assert _classes(other.sentence) == _classes(secret.sentence)
        assert _classes(other.value) == _classes(secret.value)
        assert len(other.answer) == len(secret.answer)
    assert len({part for one in (secret, twin, decoy) for part in one.parts}) == 3 * len(secret.parts)
    assert len({secret.id, twin.id, decoy.id}) == 3


@given(_names, st.sampled_from(FORMS), _indexes)
def test_the_question_is_the_same_for_every_tenant_and_says_nothing(document: str, form: Form, index: int) -> None:
    mine, theirs = (KIT.canary(tenant, document, form, index) for tenant in ("north", "south"))
    assert mine.question == theirs.question
    assert not set(mine.parts) & set(theirs.parts)
    assert not any(fold(part) in fold(mine.question) for part in mine.parts)
    assert all(part in mine.sentence and part in mine.answer for part in mine.parts)


def test_every_part_of_the_derivation_counts() -> None:
    made = [
        kit.canary(tenant, document, form, index)
        for kit in (KIT, CanaryKit.of_seed("1", sink=KIT.sink), CanaryKit.of_seed("2", sink=KIT.sink))
        for tenant, document in (("ab", "c"), ("a", "bc"), ("ab", "bc"))
        for form in FORMS
        for index in range(20)
    ]
    assert len({one.id for one in made}) == len(made)
    parts = [part for one in made for part in one.parts]
    assert len(set(parts)) == len(parts)


@pytest.mark.parametrize("form", FORMS)
def test_a_value_has_eighty_bits_that_folding_keeps(form: Form) -> None:
    for carrier in CARRIERS[form]:
        assert carrier.shape.bits >= 80
        for mark in set(carrier.shape.pattern) & set(CHOICES):
            assert len({fold(choice) for choice in CHOICES[mark]}) == len(CHOICES[mark])
            assert all(fold(choice.upper()) == fold(choice.lower()) for choice in CHOICES[mark])
            assert len({len(fold(choice)) for choice in CHOICES[mark]}) == 1
            assert len({len(choice.encode()) for choice in CHOICES[mark]}) == 1


def test_every_value_of_a_shape_can_be_spelled() -> None:
    shape = Shape("9-v", prefix="x")
    assert {shape.spell(number) for number in range(32)} == {f"x{d}-{v}" for d in "23456789" for v in "aiou"}


def test_a_key_that_opens_nothing_says_so() -> None:
    for index in range(4):
        assert KIT.canary("north", "keys.md", Form.SECRET_SHAPED, index).value.startswith(DEAD_PREFIX)


def test_a_name_can_be_a_file_name_and_every_form_knows_its_place() -> None:
    def made(form: Form) -> Canary:
        return KIT.canary("north", "plan", form, 0)

    assert set(made(Form.FILE_NAME).sentence) <= set(string.ascii_lowercase + "-")
    assert {form: made(form).place for form in FORMS if made(form).place is not Place.TEXT} == {
        Form.FILE_NAME: Place.NAME,
        Form.METADATA: Place.METADATA,
        Form.IMAGE_TEXT: Place.IMAGE,
    }
    assert [form for form in FORMS if made(form).needs_ocr] == [Form.IMAGE_TEXT]


def test_a_split_secret_comes_in_paragraphs_that_each_hold_a_part() -> None:
    split = KIT.canary("north", "seal.md", Form.SPLIT, 0)
    paragraphs = split.sentence.split("\n\n")
    assert [part in paragraph for part, paragraph in zip(split.parts, paragraphs, strict=True)] == [True] * 3


def test_a_beacon_points_at_the_sink_and_needs_one() -> None:
    assert KIT.canary("north", "plan", Form.BEACON, 0).answer.startswith(f"{KIT.sink}/")
    with pytest.raises(ValueError, match="sink"):
        CanaryKit(KIT.run_key).canary("north", "plan", Form.BEACON, 0)


def test_a_short_key_is_refused_and_a_key_is_not_shown() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        CanaryKit(b"short")
    assert "only for tests" not in repr(KIT)
    assert KIT.fingerprint != CanaryKit.of_seed("1").fingerprint
