"""The profiles that come with the service are good ones: whole, valid, and told apart by what they are for."""

import pytest

from retrieval.phrasing.shipped import TEMPLATES, NoSuchTemplate, begun, template
from retrieval.profile import Citations, Profile, fields_of, profile_from


def test_three_profiles_are_shipped() -> None:
    assert TEMPLATES == ("it-service-desk", "legal", "marketing")


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_shipped_profile_says_everything_in_words_of_its_own(name: str) -> None:
    shipped, plain = template(name), fields_of(Profile())
    own = {field for field, value in fields_of(shipped.profile).items() if value != plain[field]}
    assert own >= {"system", "tone", "terminology", "constraints", "refusal"}
    assert shipped.profile.citations is Citations.REQUIRED
    assert shipped.profile.model is None  # which model writes is the tenant's own choice
    assert len(shipped.profile.constraints) >= 5
    assert 20 < len(shipped.about) < 160
    assert all(not text.startswith((" ", "\n")) for text in (shipped.profile.system, shipped.about))


def test_the_lawyers_profile_is_the_strictest_and_the_marketers_the_freest() -> None:
    assert template("legal").profile.temperature == 0
    assert template("marketing").profile.temperature == max(template(name).profile.temperature for name in TEMPLATES)


def test_what_is_given_stands_before_the_template_and_null_is_not_given() -> None:
    begun_with = begun({"template": "legal", "tone": "brief", "system": None})
    assert begun_with == {**fields_of(template("legal").profile), "tone": "brief"}
    assert profile_from({**begun_with, "name": "counsel"}).system == template("legal").profile.system


def test_without_a_template_a_profile_begins_with_what_is_given() -> None:
    assert begun({"tone": "brief", "model": None}) == {"tone": "brief"}


@pytest.mark.parametrize("name", ["", "Legal", "../legal", "legal.toml", 7, ["legal"]])
def test_another_template_is_refused_with_the_names_there_are(name: object) -> None:
    with pytest.raises(NoSuchTemplate, match="it-service-desk, legal, marketing"):
        begun({"template": name})
