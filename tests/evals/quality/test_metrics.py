"""Each measure is what its definition says, and none of them can be bought with a refusal."""

import math
from dataclasses import replace

import pytest

from evals.quality import metrics
from evals.quality.cases import Cited, Kind
from tests.evals.quality.outcomes import CASE, NOBODY_KNOWS, REFUSED, RIGHT

RIGHT_ONES = frozenset({"a", "b"})


def test_recall_is_the_share_of_right_documents_among_the_first() -> None:
    assert metrics.recall(("x", "a", "b"), RIGHT_ONES, 1) == 0
    assert metrics.recall(("x", "a", "b"), RIGHT_ONES, 2) == 0.5
    assert metrics.recall(("x", "a", "b"), RIGHT_ONES, 10) == 1


def test_ndcg_is_one_for_the_ideal_order_and_discounts_by_place() -> None:
    assert metrics.ndcg(("a", "b", "x"), RIGHT_ONES) == pytest.approx(1)
    assert metrics.ndcg(("x", "a"), frozenset({"a"})) == pytest.approx(1 / math.log2(3))
    assert metrics.ndcg(tuple("0123456789a"), frozenset({"a"})) == 0


def test_reciprocal_rank_is_that_of_the_first_right_document() -> None:
    assert metrics.reciprocal_rank(("x", "b", "a"), RIGHT_ONES) == 0.5
    assert metrics.reciprocal_rank(("x",), RIGHT_ONES) == 0


def test_f1_is_the_best_over_the_golds() -> None:
    assert metrics.best_f1("thirty whole days", ["two weeks", "thirty days"]) == pytest.approx(0.8)
    assert metrics.best_f1("the", ["a"]) == 1
    assert metrics.best_f1("thirty", ["the"]) == 0


def test_exact_match_ignores_case_and_articles_but_not_words() -> None:
    assert metrics.exact_match("The Tower!", ["tower"]) == 1
    assert metrics.exact_match("The tall tower", ["tower"]) == 0


def test_an_answer_holds_a_gold_as_whole_words_in_a_row() -> None:
    assert metrics.holds("Leave is 30 days, paid.", ["30 days"]) == 1
    assert metrics.holds("Leave is 130 days.", ["30 days"]) == 0
    assert metrics.holds("30 or more days", ["30 days"]) == 0
    assert metrics.holds("anything", ["the"]) == 0


def test_a_right_answer_scores_in_everything() -> None:
    scored = metrics.scores(RIGHT)
    assert scored.pop(metrics.EXACT) == 0
    assert scored.pop(metrics.F1) == pytest.approx(2 * 2 / (4 + 2))
    assert scored.pop(metrics.OVER_REFUSAL) == 0
    assert scored == dict.fromkeys(scored, 1.0)


def test_refusing_an_answerable_question_scores_nothing_and_stays_in_the_mean() -> None:
    both = metrics.means([metrics.scores(RIGHT), metrics.scores(REFUSED)])
    for measure in (metrics.F1, metrics.HOLDS, metrics.CITATION_PRECISION, metrics.CITATION_RECALL, metrics.NUMBERS):
        assert metrics.scores(REFUSED)[measure] == 0
        assert both[measure] == pytest.approx(metrics.scores(RIGHT)[measure] / 2)
    assert both[metrics.OVER_REFUSAL] == 0.5


def test_a_service_that_refuses_everything_has_perfect_refusal_recall_and_perfect_over_refusal() -> None:
    refused = [REFUSED, replace(REFUSED, case=NOBODY_KNOWS)]
    mean = metrics.means(map(metrics.scores, refused))
    assert mean[metrics.REFUSAL_RECALL] == 1
    assert mean[metrics.OVER_REFUSAL] == 1
    assert metrics.refusal_precision(refused) == 0.5


def test_a_service_that_never_refuses_has_no_refusal_precision_to_show_for_it() -> None:
    assert metrics.refusal_precision([RIGHT, replace(RIGHT, case=NOBODY_KNOWS)]) == 0
    assert metrics.refusal_precision([RIGHT]) is None


def test_an_unanswerable_question_is_judged_by_the_refusal_alone() -> None:
    foreign = replace(CASE, kind=Kind.FOREIGN)
    assert metrics.scores(replace(REFUSED, case=foreign)) == {metrics.REFUSAL_RECALL: 1.0}
    assert metrics.scores(replace(RIGHT, case=foreign)) == {metrics.REFUSAL_RECALL: 0.0}


def test_a_wrong_citation_costs_precision_and_a_missing_one_recall() -> None:
    astray = replace(RIGHT, citations=(*RIGHT.citations, Cited("other.md", "30")))
    assert metrics.scores(astray)[metrics.CITATION_PRECISION] == 0.5
    uncited = replace(RIGHT, citations=())
    assert metrics.scores(uncited)[metrics.CITATION_PRECISION] == 0
    assert metrics.scores(uncited)[metrics.CITATION_RECALL] == 0


def test_a_number_that_no_citation_holds_is_found() -> None:
    invented = replace(RIGHT, answer="Leave is 30 days and 45 hours. [1]")
    assert metrics.uncited_numbers(invented) == {"45"}
    assert metrics.scores(invented)[metrics.NUMBERS] == 0
    assert metrics.uncited_numbers(replace(invented, refused=True)) == frozenset()


def test_markers_are_not_numbers_of_the_answer() -> None:
    assert metrics.uncited_numbers(replace(RIGHT, answer="Leave is 30 days. [7]")) == frozenset()


def test_percentiles_are_values_that_were_measured() -> None:
    assert metrics.percentile([3.0, 1.0, 2.0, 4.0], 0.5) == 2
    assert metrics.percentile([3.0, 1.0, 2.0, 4.0], 0.95) == 4
    assert metrics.percentile([], 0.5) == 0
