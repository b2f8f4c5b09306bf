"""Profiles: plain words, checked when they are built."""

import pytest

from retrieval.profile import Citations, Profile, profile_from, record_of
from tenancy.errors import Invalid


@pytest.mark.shows("answers.templates")
@pytest.mark.parametrize(
    "text",
    [
        "{{7*7}}",
        "{% for x in y %}",
        "${HOME}",
        "#{7*7}",
        "<%= 7 %>",
        "{# note #}",
        "{self.__class__}",
        "{0[secret]}",
        "{user!r}",
        "%(name)s",
    ],
)
@pytest.mark.parametrize("field", ["system", "tone", "refusal", "constraints", "terminology", "model"])
def test_L30_template_syntax_is_refused_in_every_text_of_a_profile(field: str, text: str) -> None:
    values: dict[str, object] = {"constraints": [text], "terminology": {"word": text}}
    with pytest.raises(Invalid, match=f"`{field}` is plain text"):
        profile_from({field: values.get(field, text)})


def test_braces_and_percent_signs_of_plain_text_are_welcome() -> None:
    text = "Write 5 % and sets as {a, b}; keep $20 and f(x) = {x}."
    assert profile_from({"system": text}).system == text


def test_a_profile_survives_being_stored() -> None:
    profile = Profile(
        name="counsel",
        version=3,
        terminology=(("customer", "client"),),
        constraints=("Cite a document for every statement.",),
        citations=Citations.OPTIONAL,
        temperature=0.5,
        model="small-1",
    )
    assert profile_from(record_of(profile), version=3) == profile


@pytest.mark.parametrize(
    "record",
    [
        {"colour": "blue"},
        {"name": "Not A Name"},
        {"name": ""},
        {"name": 7},
        {"system": None, "tone": ["a"]},
        {"temperature": 2.1},
        {"temperature": float("nan")},
        {"temperature": True},
        {"max_tokens": 0},
        {"max_tokens": 1.5},
        {"citations": "sometimes"},
        {"terminology": {"a": 1}},
        {"terminology": {"": "b"}},
        {"constraints": "one"},
        {"constraints": [1]},
        {"constraints": ["x"] * 101},
        {"language": "English please"},
        {"refusal": "  "},
        {"system": "x" * 8_001},
        {"system": "bell \x07"},
    ],
)
def test_what_could_not_be_used_as_written_is_refused(record: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        profile_from(record)
