"""Reading questions: their terms and what is asked for."""

import pytest

from retrieval.cues import fits
from retrieval.question import Question, read_question
from retrieval.sought import Sought


def _read(question: str) -> Question:
    return read_question(question, lambda _: 1.0)


def test_terms_weigh_what_the_tenants_statistics_say() -> None:
    question = read_question("rare common", lambda term: {"rare": 5.0, "common": 0.2}.get(term, 6.0))
    assert {term.stem: term.weight for term in question.terms} == {"rare": 5.0, "common": 0.2}
    assert question.total == pytest.approx(5.2)


def test_a_compound_that_the_tenant_knows_by_its_parts_is_two_terms() -> None:
    known = {"urlaub": 1.0, "anspruch": 2.0}
    question = read_question("Wie lang ist der Urlaubsanspruch?", lambda term: known.get(term, 7.0))
    assert {term.stem: term.weight for term in question.terms if term.stem != "lang"} == known
    whole = read_question("Urlaubsanspruch", lambda term: (known | {"urlaubsanspruch": 3.0}).get(term, 7.0))
    assert [(term.stem, term.weight) for term in whole.terms] == [("urlaubsanspruch", 3.0)]


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
