"""Citations of a model's answer, checked against what was retrieved."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.citations.verification import UNSUPPORTED, Cited, verify
from tenancy.index.hits import Hit

MakeHits = Callable[..., tuple[Hit, ...]]
_MEMO = "Corvane claims GBP 2,910,000 in all. The mediator was Harriet Loxley. It took three days."
_RATES = "Role | Rate\nTrainee | 155\nPartner | 620"


@pytest.fixture
def hits(make_hits: MakeHits) -> tuple[Hit, ...]:
    return make_hits(_MEMO, _RATES)


def _verify(answer: str, hits: tuple[Hit, ...], *, required: bool = True) -> Cited:
    return verify(answer, hits, question="What does Corvane claim?", required=required)


def test_each_claim_is_cited_with_the_sentence_that_supports_it(hits: tuple[Hit, ...]) -> None:
    cited = _verify(
        "Corvane claims GBP 2,910,000 [1]. The mediator was Harriet Loxley.[1] A trainee costs 155. [2]", hits
    )
    assert (
        cited.text == "Corvane claims GBP 2,910,000. [1] The mediator was Harriet Loxley. [2] A trainee costs 155. [3]"
    )
    assert [citation.quote for citation in cited.citations] == [
        "Corvane claims GBP 2,910,000 in all.",
        "The mediator was Harriet Loxley.",
        "Trainee | 155",
    ]
    assert [(citation.start, citation.end) for citation in cited.citations][2] == (2012, 2025)


def test_a_marker_of_no_document_is_dropped(hits: tuple[Hit, ...]) -> None:
    cited = _verify("A partner costs 620 [2][9].", hits)
    assert cited.text == "A partner costs 620. [1]"


@pytest.mark.parametrize(
    "claim",
    [
        "Corvane claims GBP 3,910,000 in all",
        "The mediator was Harold Lexington",
        "For GBP 2,910,000 in all, what Corvane claims, the mediator was Harold",
        "A trainee costs 166",
        "Penguins live in colonies near the shore",
    ],
)
def test_a_wrong_number_or_name_or_topic_is_marked_and_carries_no_citation(hits: tuple[Hit, ...], claim: str) -> None:
    cited = _verify(f"{claim} [1][2].", hits)
    assert cited.text == f"{claim}. {UNSUPPORTED}"
    assert (cited.citations, cited.unsupported) == ((), 1)


def test_a_number_may_be_spelled_in_another_way(hits: tuple[Hit, ...]) -> None:
    assert _verify("It took 3 days [1]. Corvane claims 2910000 in all [1].", hits).unsupported == 0


def test_a_marker_on_the_wrong_document_is_moved_to_the_one_that_supports_the_claim(hits: tuple[Hit, ...]) -> None:
    cited = _verify("The mediator was Harriet Loxley [2].", hits)
    assert [citation.document_id for citation in cited.citations] == ["doc_1"]


@pytest.mark.shows("answers.proof")
def test_L62_a_marker_that_was_made_up_is_never_mapped_to_a_passage(hits: tuple[Hit, ...]) -> None:
    cited = _verify("The mediator was Harriet Loxley [42]. It took 99 days [7].", hits)
    assert cited.text == f"The mediator was Harriet Loxley. {UNSUPPORTED} It took 99 days. {UNSUPPORTED}"
    assert cited.citations == ()


@pytest.mark.parametrize(
    "line",
    [
        "I hope this helps!",
        "Let me know if you have more questions about Corvane.",
        "Ich hoffe, das hilft Ihnen weiter.",
        "Si necesita más información, no dude en preguntar.",
        "N'hésitez pas à me contacter.",
        "Если у вас есть вопросы, обращайтесь.",
        "لا تتردد في السؤال.",
        "希望这对您有帮助。",
    ],
)
def test_a_polite_line_at_an_edge_is_dropped_without_a_mark(hits: tuple[Hit, ...], line: str) -> None:
    assert _verify(f"The mediator was Harriet Loxley [1]. {line}", hits).text == "The mediator was Harriet Loxley. [1]"


@pytest.mark.parametrize(
    "line", ["I hope this helps with the 99 trainees.", "Feel free to pay the partner.", "Penguins."]
)
def test_a_line_that_states_something_is_kept_and_marked(hits: tuple[Hit, ...], line: str) -> None:
    assert _verify(f"The mediator was Harriet Loxley [1]. {line}", hits).text.endswith(f"{line} {UNSUPPORTED}")


def test_headings_and_lead_ins_lose_their_markers(hits: tuple[Hit, ...]) -> None:
    cited = _verify("## Rates [2]\nThe rates are [2]:\n- A trainee costs 155 [2]", hits)
    assert cited.text == "## Rates\nThe rates are:\n- A trainee costs 155 [1]"


def test_a_claim_of_two_facts_is_cited_with_both_sentences(hits: tuple[Hit, ...]) -> None:
    cited = _verify("The mediator was Harriet Loxley, and a trainee is paid 155 [1][2].", hits)
    assert [each.quote for each in cited.citations] == ["The mediator was Harriet Loxley.", "Trainee | 155"]


def test_where_citations_are_required_an_unmarked_claim_is_checked_too(hits: tuple[Hit, ...]) -> None:
    answer = "The mediator was Harriet Loxley. The moon is made of cheese."
    assert (
        _verify(answer, hits).text == f"The mediator was Harriet Loxley. [1] The moon is made of cheese. {UNSUPPORTED}"
    )
    assert _verify(answer, hits, required=False).text == answer


def test_lists_and_lead_ins_keep_their_form(hits: tuple[Hit, ...]) -> None:
    cited = _verify("Here is what I found:\n1. A trainee costs 155 [2]\n2. A partner costs 620 [1, 2]", hits)
    assert cited.text == "Here is what I found:\n1. A trainee costs 155 [1]\n2. A partner costs 620 [2]"


def test_the_same_quote_keeps_one_marker(hits: tuple[Hit, ...]) -> None:
    cited = _verify("The mediator was Harriet Loxley [1]. Harriet Loxley was the mediator [1].", hits)
    assert cited.text.count("[1]") == 2
    assert len(cited.citations) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    answer=st.lists(
        st.sampled_from(
            [*_MEMO.split(), "[1]", "[2]", "[3]", "[1, 2]", "[1-9]", "[0]", "155", "cheese", ".", "\n", "|"]
        )
    ).map(" ".join),
    required=st.booleans(),
)
def test_every_citation_is_exact_and_every_marker_has_one(make_hits: MakeHits, answer: str, required: bool) -> None:  # noqa: FBT001 - hypothesis passes by name
    hits = make_hits(_MEMO, _RATES)
    cited = _verify(answer, hits, required=required)
    assert [citation.marker for citation in cited.citations] == list(range(1, len(cited.citations) + 1))
    for citation in cited.citations:
        hit = next(hit for hit in hits if hit.chunk_id == citation.chunk_id)
        assert citation.quote == hit.text[citation.start - hit.start : citation.end - hit.start]
        assert f"[{citation.marker}]" in cited.text
    for absent in range(len(cited.citations) + 1, 12):
        assert f"[{absent}]" not in cited.text


@pytest.mark.parametrize(("name", "proved"), [("Müller", True), ("Meier", False)])
def test_nouns_of_german_are_told_from_names(make_hits: MakeHits, name: str, *, proved: bool) -> None:
    passage = "Die Verträge der Firma Müller liegen in der Zentrale, und sie wurden am 04.03.2027 gekündigt."
    cited = _verify(f"Man hat den Vertrag von {name} gekündigt [1].", make_hits(passage))
    assert bool(cited.citations) is proved


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.lists(
        st.one_of(
            st.text(max_size=8),
            st.sampled_from(
                [
                    "31.",
                    "February",
                    "2026",
                    "%",
                    "1.234,5",
                    "\u0663",
                    "fünfundzwanzig",
                    "不",
                    "لا",
                    "12:75",
                    "week",
                    "to",
                ]
            ),
        )
    ).map(" ".join)
)
def test_any_text_can_be_a_claim_and_its_proof(make_hits: MakeHits, text: str) -> None:
    hits = make_hits(text, _MEMO)
    cited = _verify(f"{text} [1]. {_MEMO}", hits)
    assert {each.document_id for each in cited.citations} <= {hit.document_id for hit in hits}
    assert cited.text.count(UNSUPPORTED) == cited.unsupported
