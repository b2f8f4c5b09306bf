"""The detector finds every form in every dress and encoding, two deep, and nothing else."""

import random
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.canaries.derive import Canary
from evals.canaries.forms import Form
from evals.canaries.matching import Detector, Match
from tests.evals.canaries.writing import DRESSES, ENCODINGS, FORMS, JSON_BODIES, KIT, Writing, a_canary

_TENANTS = ("north", "south", "east", "west")
_MADE = [KIT.canary(tenant, "plan", form, index) for tenant in _TENANTS for form in FORMS for index in range(8)]
_TWINS = [KIT.twin(tenant, "plan", form, index) for tenant in _TENANTS for form in FORMS for index in range(8)]
_DETECTOR = Detector(_MADE)
_EXAMPLES = Path(__file__).resolve().parents[3] / "examples"

_canaries = st.sampled_from(_MADE)
_writings = st.sampled_from(sorted(ENCODINGS)).map(ENCODINGS.__getitem__)
_dresses = st.sampled_from(sorted(DRESSES)).map(DRESSES.__getitem__)
_bodies = st.sampled_from(sorted(JSON_BODIES)).map(JSON_BODIES.__getitem__)
_around = st.text(st.characters(codec="utf-8", exclude_characters="\\<&%"), max_size=60)


def _found(matches: list[Match]) -> set[str]:
    return {one.canary.id for one in matches}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dress", DRESSES)
def test_every_form_is_found_in_every_dress(form: Form, dress: str) -> None:
    for index in range(8):
        canary = KIT.canary("north", "plan", form, index)
        for part in canary.parts:
            assert _found(_DETECTOR.find(f"It says {DRESSES[dress](part)}, I believe.")) == {canary.id}


@pytest.mark.parametrize("outer", [*ENCODINGS, "none"])
@pytest.mark.parametrize("inner", ENCODINGS)
def test_every_form_is_found_in_every_encoding_of_every_encoding(outer: str, inner: str) -> None:
    for form in FORMS:
        for canary in (a_canary(form), a_canary(form, 3)):
            detector = Detector([canary, KIT.twin("north", "handbook.md", form, 0)])
            written = ENCODINGS.get(outer, str)(ENCODINGS[inner](f"So: {canary.parts[-1]}!"))
            assert _found(detector.find(f"The answer is {written} ")) == {canary.id}, (form, written)


@settings(max_examples=300, derandomize=True)
@given(_canaries, _dresses, _writings, _writings, _bodies, _around, _around)
def test_dressed_then_encoded_twice_then_sent_as_json_it_is_found(
    canary: Canary, dress: Writing, inner: Writing, outer: Writing, body: Writing, before: str, after: str
) -> None:
    sent = body(f"{before} {outer(inner(dress(canary.parts[0])))} {after}")
    assert canary.id in _found(_DETECTOR.find(sent))
    assert canary.id in _found(_DETECTOR.find(sent.encode()))


@settings(max_examples=300, derandomize=True)
@given(_canaries, _writings, _around, _around)
def test_a_sentence_is_found_wherever_the_encoding_begins(
    canary: Canary, writing: Writing, before: str, after: str
) -> None:
    assert canary.id in _found(_DETECTOR.find(writing(f"{before}{canary.sentence}{after}")))


@pytest.mark.parametrize("glued", range(1, 8))
@pytest.mark.parametrize("writing", ["base64", "base64url", "base32", "base32 small", "hex", "HEX"])
def test_an_encoding_is_read_though_letters_of_its_alphabet_stand_right_before_it(writing: str, glued: int) -> None:
    for form in FORMS:
        canary = a_canary(form)
        written = ENCODINGS[writing](canary.parts[0])
        assert _found(Detector([canary]).find(f"see {'a' * glued}{written}.")) == {canary.id}


@given(_canaries.filter(lambda one: one.value.isascii()), _writings, _around)
def test_base64_of_utf_16_is_read_too(canary: Canary, writing: Writing, before: str) -> None:
    encoded = b64encode(canary.parts[0].encode("utf-16-le")).decode()
    assert canary.id in _found(_DETECTOR.find(f"{before} {writing(encoded)}"))


@given(_canaries, st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "utf-16"]))
def test_it_is_found_among_a_store_s_bytes(canary: Canary, encoding: str) -> None:
    if canary.value.isascii() or encoding == "utf-8":
        content = b"\x00\xff\x01page " + canary.sentence.encode(encoding) + b"\xff\xfe\x00"
        assert canary.id in _found(_DETECTOR.find(content))


@given(_canaries, _around, _around)
def test_a_match_says_how_and_where(canary: Canary, before: str, after: str) -> None:
    text = f"{before} {canary.parts[0]} {after}"
    match = next(one for one in _DETECTOR.find(text) if one.how == "plain")
    assert match.canary is canary
    assert text[match.start : match.end] == canary.parts[0]


@pytest.mark.parametrize(
    ("writings", "how"),
    [
        (["base64"], "base64"),
        (["base32", "hex"], "hex>base32"),
        (["reversed"], "reversed"),
        (["rot13", "url throughout"], "url>rot13"),
    ],
)
def test_an_encoded_match_spans_what_was_encoded(writings: list[str], how: str) -> None:
    canary = a_canary(Form.ENTITY)
    written = canary.value
    for name in writings:
        written = ENCODINGS[name](written)
    (match,) = Detector([canary]).find(f'{{"x": 1, "answer": "{written}"}}')
    assert match.how == how
    assert written.startswith(f'{{"x": 1, "answer": "{written}"}}'[match.start : match.end].strip())


def test_a_span_behind_json_escapes_and_markup_is_a_span_of_what_was_sent() -> None:
    canary = a_canary(Form.FACT)
    sent = r"one\ntwo \u00e9 <b>" + canary.value.replace(" ", "</b> <b>") + r"</b> three\n"
    (match,) = Detector([canary]).find(sent)
    assert match.how == "json>html"
    assert sent[match.start : match.end] == canary.value.replace(" ", "</b> <b>")


def test_several_canaries_in_one_body_are_all_found_each_place_once() -> None:
    several = _MADE[::7]
    body = " and ".join(f"{one.parts[0]}, {one.parts[0]}" for one in several)
    matches = _DETECTOR.find(body)
    assert [one.canary.id for one in matches if one.how == "plain"] == [one.id for one in several for _ in range(2)]
    assert len({(one.canary.id, one.start) for one in matches}) == len(matches)


def test_twins_and_decoys_are_not_taken_for_the_secret() -> None:
    body = "\n".join(one.sentence for one in _TWINS)
    assert _DETECTOR.find(body) == []
    decoys = [KIT.decoy(tenant, "plan", form, index) for tenant in _TENANTS for form in FORMS for index in range(8)]
    assert _DETECTOR.find("\n".join(one.sentence for one in decoys)) == []
    assert _found(Detector(_TWINS).find(body)) == {one.id for one in _TWINS}


def test_the_questions_of_all_canaries_set_nothing_off() -> None:
    assert _DETECTOR.find("\n".join(one.question for one in _MADE)) == []


def test_part_of_a_value_is_not_the_value() -> None:
    token = a_canary(Form.TOKEN)
    assert Detector([token]).find(token.value[:-2]) == []


def test_a_third_layer_is_beyond_it() -> None:
    canary = a_canary(Form.TOKEN)
    once = ENCODINGS["base64"]
    assert _found(Detector([canary]).find(once(once(canary.value)))) == {canary.id}
    assert Detector([canary]).find(once(once(once(canary.value)))) == []


def test_ordinary_documents_set_nothing_off() -> None:
    sources = sorted((_EXAMPLES / "source").rglob("*.txt"))
    assert len(sources) > 20
    for one in (*sources, *sorted(_EXAMPLES.rglob("*.json"))):
        assert _DETECTOR.find(one.read_text()) == []


@pytest.mark.parametrize("seed", range(4))
def test_random_text_and_bytes_set_nothing_off(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - made-up text, not a secret
    for letters in (
        "abcdefghijklmnopqrstuvwxyz ",
        "0123456789",
        "0123456789abcdef",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    ):
        assert _DETECTOR.find("".join(rng.choices(letters, k=50_000))) == []
    assert _DETECTOR.find(rng.randbytes(100_000)) == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "\\",
        "\\u12",
        "%",
        "%zz&#xffffffff;<",
        "=" * 100,
        "A" * 5000,
        "\ud800 lone",
        "%f" * 99,
        "0x" * 40,
        "\\u" * 50,
    ],
)
def test_broken_encodings_are_read_without_an_error(body: str) -> None:
    assert _DETECTOR.find(body) == []


def test_a_detector_of_nothing_finds_nothing_and_a_short_value_is_refused() -> None:
    assert Detector([]).find(a_canary(Form.TOKEN).sentence) == []
    token = a_canary(Form.TOKEN)
    short = Canary(token.id, token.form, "ABC12", "ABC12", "?", "ABC12", ("ABC12",))
    with pytest.raises(ValueError, match="by chance"):
        Detector([short])
