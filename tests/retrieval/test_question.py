"""Reading questions: terms, where they occur, what is asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.cues import fits
from retrieval.question import Question, Sought, lower, occurrences, read_question


def _read(question: str) -> Question:
    return read_question(question, lambda _: 1.0)


def _words(question: str, text: str) -> set[str]:
    lowered = lower(text)
    found = [at for term in _read(question).terms for at in occurrences(lowered, term)]
    return {text[at:].split(maxsplit=1)[0].strip(".,") for at in found}


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("policies", "The policy and policies of police.", {"policy", "policies"}),
        ("hoping", "She hoped and hopes to hop over hope.", {"hoped", "hopes", "hope"}),
        ("running", "He ran, runs a runner's running rung.", {"runs", "running"}),
        ("car", "A car, two cars, no carry, no scar.", {"car", "cars"}),
        ("INV-2041", "Invoice INV-2041 and 2041 and INV.", {"INV-2041", "2041", "INV"}),
        ("10 kg", "It weighs 10kg net.", {"10kg", "kg"}),
        ("東京都", "彼は東京都に住む", {"東京都に住む", "京都に住む"}),
    ],
)
def test_every_form_of_a_term_is_found_and_no_other_word(question: str, text: str, expected: set[str]) -> None:
    assert _words(question, text) == expected


def test_a_compound_is_found_as_the_question_writes_it() -> None:
    terms = {term.stem: term for term in _read("Is INV-2041 paid?").terms}
    assert occurrences("inv 2041, inv-2041, inv-20415", terms["inv2041"]) == [10]


def test_terms_weigh_what_the_tenants_statistics_say() -> None:
    question = read_question("rare common", {"rare": 5.0, "common": 0.2}.__getitem__)
    assert {term.stem: term.weight for term in question.terms} == {"rare": 5.0, "common": 0.2}
    assert question.total == pytest.approx(5.2)


@given(st.text(max_size=60))
def test_lower_case_keeps_every_character_at_its_position(text: str) -> None:
    lowered = lower(text)
    assert len(lowered) == len(text)
    assert all(new == old or new == old.lower() for new, old in zip(lowered, text, strict=True))


@pytest.mark.parametrize(
    ("question", "sought", "answer", "other"),
    [
        ("Who signed it?", Sought.PERSON, "It was signed by Ada Byron.", "It was signed in haste."),
        ("When does it end?", Sought.TIME, "It ends on 4 March.", "It ends at last."),
        ("How many seats are there?", Sought.NUMBER, "There are 48 seats.", "There are seats."),
        ("Why was it closed?", Sought.REASON, "Closed because of rain.", "Closed by the mayor."),
        ("Where is the office?", Sought.PLACE, "It is in Leeds.", "It is the office."),
        ("In 2019, how many were sold?", Sought.NUMBER, "In 2019 we sold 300.", "Sold in 2019 only."),
    ],
)
def test_the_kind_of_answer_is_recognised(question: str, sought: Sought, answer: str, other: str) -> None:
    read = _read(question)
    assert read.sought is sought
    assert fits(read, answer)
    assert not fits(read, other)
