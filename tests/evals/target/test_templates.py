"""Placeholders, filled."""

import pytest

from evals.target.templates import MissingValue, fill, fill_texts, from_environment, places


def test_a_lone_placeholder_keeps_the_type_and_one_in_a_text_becomes_text() -> None:
    assert fill({"roles": "{{roles}}", "say": "as {{roles}}"}, {"roles": ["user"]}) == {
        "roles": ["user"],
        "say": "as ['user']",
    }


def test_an_optional_placeholder_without_a_value_takes_its_field_with_it() -> None:
    assert fill({"query": "{{query}}", "top_k": "{{top_k?}}", "ids": ["{{a?}}", "b"]}, {"query": "q"}) == {
        "query": "q",
        "ids": ["b"],
    }
    assert fill_texts({"a": "{{a?}}", "b": "x{{a?}}"}, {}) == {"b": "x"}


def test_a_needed_value_that_is_missing_is_named() -> None:
    with pytest.raises(MissingValue, match="document_id"):
        fill(["{{document_id}}"], {})


def test_a_value_is_never_itself_a_template() -> None:
    assert fill("{{a}}", {"a": "{{b}}", "b": "no"}) == "{{b}}"


def test_all_places_are_known() -> None:
    template = {"a": ["{{x}}", "{{y?}} and {{z}}"]}
    assert places(template) == {"x", "y", "z"}
    assert places(template, optional=False) == {"x", "z"}


def test_a_secret_from_the_environment_is_a_text_whatever_it_looks_like() -> None:
    said = {"principals": [{"secret": "${ACME_SECRET}"}]}
    assert from_environment(said, {"ACME_SECRET": "a: {b}"}) == {"principals": [{"secret": "a: {b}"}]}
    with pytest.raises(MissingValue, match="ACME_SECRET"):
        from_environment(said, {})
