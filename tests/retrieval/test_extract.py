"""The extractive generator: which sentences it quotes, where they stand, when support is weak."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.evidence import weigh
from retrieval.extract import MOST_QUOTES, extract
from retrieval.question import read_question
from tenancy.index.hits import Hit

MakeHits = Callable[..., tuple[Hit, ...]]


def _flat(_: str) -> float:
    return 1.0


def test_the_sentence_that_answers_is_quoted_with_its_positions_in_the_document(make_hits: MakeHits) -> None:
    hits = make_hits(
        "The parties met in May. The settlement sum was GBP 2,910,000 in all. Lunch was served at noon.",
        "Harriet Loxley was the mediator. She left early.",
    )
    quotes = extract("How much was the settlement sum?", hits, _flat).quotes
    assert quotes[0].text == "The settlement sum was GBP 2,910,000 in all."
    start = hits[0].text.index("The settlement")
    assert (quotes[0].start, quotes[0].end) == (1000 + start, 1000 + start + len(quotes[0].text))


def test_a_name_is_preferred_where_the_question_asks_who(make_hits: MakeHits) -> None:
    hits = make_hits("The mediator was chosen by lot. The mediator was Harriet Loxley. The mediator was late.")
    best = weigh(read_question("Who was the mediator?", _flat), hits).candidates[0].unit
    assert hits[0].text[best.start : best.end] == "The mediator was Harriet Loxley."


def test_a_sentence_repeated_by_overlapping_chunks_is_quoted_once(make_hits: MakeHits) -> None:
    sentence = "The lease of the Carrow Road depot ends in 2027."
    copies = make_hits(
        f"Rent is due. {sentence}", f"Other things. {sentence}", "of the Carrow Road depot ends in 2027."
    )
    hits = [replace(hit, score=1.0) for hit in copies]
    texts = [quote.text for quote in extract("When does the lease of the depot end?", hits, _flat).quotes]
    assert texts == [sentence]


def test_the_questions_rare_terms_decide(make_hits: MakeHits) -> None:
    hits = make_hits("The project started in May. The project Halyard started in June.")
    rare = {"halyard": 6.0}
    quotes = extract("When did project Halyard start?", hits, lambda stem: rare.get(stem, 0.5)).quotes
    assert "Halyard" in quotes[0].text


def test_support_is_strong_for_an_answer_and_weak_for_a_strangers_question(make_hits: MakeHits) -> None:
    own = make_hits("The escrow account holds EUR 4.1 million for Pellam Optics.", similarity=0.65)
    stranger = make_hits("Press the reset button for ten seconds, then wait.", similarity=0.08)
    question = "How much does the escrow account hold for Pellam Optics?"
    assert extract(question, own, _flat).support > 0.8
    assert extract(question, stranger, _flat).support < 0.3


def test_support_falls_when_the_hits_are_about_the_topic_but_lack_what_is_asked(make_hits: MakeHits) -> None:
    question = "What penalty does the Corvane contract set for late delivery?"
    answers = make_hits("The Corvane contract sets a penalty of 2 % for late delivery.", similarity=0.6)
    near_miss = make_hits("The Corvane contract was signed in Leeds in the presence of two witnesses.", similarity=0.2)
    assert extract(question, answers, _flat).support > 0.5 > extract(question, near_miss, _flat).support


def test_a_heading_is_no_answer_but_speaks_for_what_follows(make_hits: MakeHits) -> None:
    hits = make_hits(
        "9. Governing law\n\nThis agreement is governed by the laws of Sweden.\n\nParking is free for all guests."
    )
    quotes = extract("Which governing law applies?", hits, _flat).quotes
    assert quotes[0].text == "This agreement is governed by the laws of Sweden."
    assert all("9." not in quote.text for quote in quotes)


def test_no_hits_give_no_quotes_and_no_support() -> None:
    assert extract("Anything?", (), _flat).quotes == ()
    assert extract("Anything?", (), _flat).support == 0.0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    question=st.text(max_size=80),
    texts=st.lists(st.text(max_size=200), max_size=5),
    similarity=st.floats(-1, 1),
)
def test_every_quote_is_exactly_the_documents_text_whatever_the_input(
    make_hits: MakeHits, question: str, texts: list[str], similarity: float
) -> None:
    hits = make_hits(*texts, similarity=similarity)
    extraction = extract(question, hits, _flat)
    assert 0.0 <= extraction.support <= 1.0
    assert len(extraction.quotes) <= 2 * MOST_QUOTES
    for quote in extraction.quotes:
        assert quote.text == quote.hit.text[quote.start - quote.hit.start : quote.end - quote.hit.start]
        assert quote.text
