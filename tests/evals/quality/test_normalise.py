"""Answers are compared as SQuAD and MLQA compare them, numbers by value."""

import pytest

from evals.quality.normalise import numbers, tokens


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "The  Cat's  hat, a hat!", ["cats", "hat", "hat"]),
        ("en", "Thirty days [1][2].", ["thirty", "days"]),
        ("de", "Der Hund und das Haus", ["hund", "und", "haus"]),
        ("es", "¿El perro?", ["perro"]),
        ("ru", "«Вторая» мировая", ["вторая", "мировая"]),
        ("zh", "北京2008年。", ["北", "京", "2008", "年"]),
        ("ar", "في البيت", ["في", "بيت"]),
    ],
)
def test_words_that_count_are_those_without_case_marks_and_articles(language: str, text: str, words: list[str]) -> None:
    assert tokens(text, language) == words


def test_an_english_article_is_a_word_in_another_language() -> None:
    assert tokens("the a", "de") == ["the", "a"]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("GBP 2,910,000 and 4.18", {"2910000", "4.18"}),
        ("in 2008.", {"2008"}),
        ("on 2025-06-11 at 18:00", {"2025", "06", "11", "18", "00"}),
        ("٢٠٠٨", {"2008"}),
        ("10.61.4.12", {"10.61.4.12"}),
        ("none at all", set[str]()),
    ],
)
def test_numbers_are_compared_by_value(text: str, values: set[str]) -> None:
    assert numbers(text) == values
