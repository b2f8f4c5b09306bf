"""ragas judges what was answered, its undefined values count as nothing, and it reports to nobody."""

import os
from collections.abc import Sequence
from dataclasses import replace

import pytest

from evals.quality.cases import Case, File, Household, Kind, Outcome, QuestionSet
from evals.quality.judge import INSTALL, Judge, JudgeFailed, available, judged, reference_texts
from evals.verdicts.quality import QualityMeasure
from tests.evals.quality.outcomes import CASE, NOBODY_KNOWS, REFUSED, RIGHT
from tests.standins.judge import judge
from tests.standins.openai_server import OpenAIServer, running_openai_server

INVENTED = replace(
    RIGHT,
    case=replace(CASE, id="c3", tenant="Brill"),
    answer="Leave is 30 days. Bonuses are paid in gold.",
    contexts=("Nothing of note.", "Leave is 30 days."),
)
REFERENCES = {"c1": ("Leave is 30 days.",), "c3": ("Leave is 30 days.",)}
needs_ragas = pytest.mark.skipif(not available(), reason=f"ragas is not installed: {INSTALL}")


def asks(server: OpenAIServer, cases: int = 10) -> Judge:
    return Judge(server.base_url, "judge-1", "embed-1", "the key of the judge", cases, seed=3)


async def rows_of(outcomes: Sequence[Outcome]) -> tuple[dict[str, QualityMeasure], tuple[str, ...]]:
    with running_openai_server() as server:
        server.program = judge
        rows, notes = await judged(asks(server), {"set": outcomes}, REFERENCES)
        assert {each.headers["authorization"] for each in server.asked} == {"Bearer the key of the judge"}
    return {row.metric: row for row in rows}, notes


@needs_ragas
async def test_faithfulness_relevancy_precision_and_recall_are_those_of_the_judge() -> None:
    rows, notes = await rows_of([RIGHT, INVENTED])
    faithful = rows["ragas faithfulness"]
    assert (faithful.mean, faithful.worst, faithful.worst_tenant, faithful.cases) == (0.75, 0.5, "Brill", 2)
    precision = rows["ragas context precision"]
    assert precision.mean == pytest.approx(0.75)
    assert precision.worst == pytest.approx(0.5)
    assert rows["ragas context recall"].mean == 1
    assert -1 <= rows["ragas answer relevancy"].mean <= 1
    assert notes == ()


@needs_ragas
async def test_measures_without_a_model_are_there_for_the_record() -> None:
    rows, _ = await rows_of([RIGHT, INVENTED])
    assert rows["ragas id-based context recall"].mean == 1
    assert rows["ragas id-based context precision"].mean == 0.5
    assert rows["ragas non-LLM context recall"].mean == 1
    assert rows["ragas non-LLM context precision"].worst_tenant == "Brill"
    assert 0 < rows["ragas non-LLM string similarity"].mean < 1


@needs_ragas
async def test_a_refusal_does_not_vanish_from_a_mean() -> None:
    refused = replace(REFUSED, case=replace(CASE, id="c4"))
    rows, notes = await rows_of([RIGHT, refused])
    assert rows["ragas faithfulness"].mean == 0.5
    assert rows["ragas faithfulness"].cases == 2
    assert "set: ragas faithfulness was undefined for 1 of 2, counted as 0." in notes


@needs_ragas
async def test_only_answerable_questions_are_judged_and_no_more_than_asked_for() -> None:
    with running_openai_server() as server:
        server.program = judge
        many = [replace(RIGHT, case=replace(CASE, id=f"m{number}")) for number in range(5)]
        missing = replace(REFUSED, case=NOBODY_KNOWS)
        rows, _ = await judged(asks(server, cases=2), {"set": [*many, missing]}, {})
    assert {row.cases for row in rows} == {2}


@needs_ragas
async def test_nothing_is_reported_about_the_judging() -> None:
    os.environ.pop("RAGAS_DO_NOT_TRACK", None)
    await rows_of([RIGHT])
    assert os.environ["RAGAS_DO_NOT_TRACK"] == "true"


@needs_ragas
async def test_a_judge_that_makes_no_sense_is_an_error_without_the_text_it_was_shown() -> None:
    with running_openai_server() as server:
        server.program = lambda asked: "{}" if asked.path == "/v1/chat/completions" else None
        with pytest.raises(JudgeFailed, match="gave no answer that can be read") as failed:
            await judged(asks(server), {"set": [RIGHT]}, REFERENCES)
    assert "Leave" not in str(failed.value)


def test_references_are_the_plain_texts_of_the_right_documents() -> None:
    case = Case("x", "Acme", "?", Kind.ANSWERABLE, ("30",), frozenset({"a.txt", "b.pdf"}))
    files = (File("a.txt", b"thirty"), File("b.pdf", b"%PDF"), File("c.txt", b"other"))
    assert reference_texts([QuestionSet("set", (Household("Acme", files, (case,)),))]) == {"x": ("thirty",)}
