"""Whether a service with its defaults answers what ordinary people ask about a dozen ordinary documents."""

import asyncio
import contextlib
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from benchmarks.answers.ordinary.documents import documents
from benchmarks.answers.ordinary.grades import AnswerGrade, ends_amid_a_sentence, grade
from benchmarks.answers.ordinary.questions import OrdinaryQuestion, questions
from benchmarks.figures import Figures
from benchmarks.service import TenantCaller, fresh_folder, operator_token, running, tenant

_UNANSWERABLE: Final = "without an answer"
_WITH_ANSWER: Final = {each: each.value for each in AnswerGrade}
_WITHOUT_ANSWER: Final = {AnswerGrade.REFUSED: "refused", AnswerGrade.WRONG: "answered"}


@dataclass(frozen=True, slots=True)
class GradedAnswer:
    """One question with what was answered and what that is worth."""

    tenant: str
    question: str
    kind: str
    has_answer: bool
    grade: AnswerGrade
    answer: str
    from_source: bool


@dataclass(frozen=True, slots=True)
class _Chunk:
    start: int
    text: str


def measure(figures: Figures, *, as_json: bool = False) -> None:
    """Ask everything and count the grades by kind; as JSON, print each answer, and the figures to standard error."""
    with contextlib.redirect_stdout(sys.stderr if as_json else sys.stdout):
        graded = asyncio.run(_asked())
        _count(graded, figures)
    if as_json:
        print(json.dumps([asdict(each) for each in graded], ensure_ascii=False, indent=1))


def _count(graded: Sequence[GradedAnswer], figures: Figures) -> None:
    groups: dict[str, list[GradedAnswer]] = {}
    for each in graded:
        groups.setdefault(each.kind if each.has_answer else f"{_UNANSWERABLE}, {each.kind}", []).append(each)
    groups["all with an answer"] = [each for each in graded if each.has_answer]
    groups[f"all {_UNANSWERABLE}"] = [each for each in graded if not each.has_answer]
    for name, found in groups.items():
        counts = Counter(each.grade for each in found)
        for one, said in (_WITH_ANSWER if found[0].has_answer else _WITHOUT_ANSWER).items():
            figures.add("ordinary", f"{name}: {said} of {len(found)}", counts[one], "answers")


async def _asked() -> list[GradedAnswer]:
    graded: list[GradedAnswer] = []
    with fresh_folder() as data, running(data) as service:
        operator = await asyncio.to_thread(operator_token, service)
        for name, asked in questions().items():
            async with tenant(service, operator, name) as caller:
                await caller.upload_all(list(documents(name).items()))
                chunks = {one: await _chunks(caller, one) for one in await caller.settled()}
                graded += [await _ask(caller, name, question, chunks) for question in asked]
    return graded


async def _chunks(caller: TenantCaller, document: str) -> list[_Chunk]:
    found = (await caller.client.get(f"/v1/documents/{document}/chunks?limit=100")).raise_for_status().json()["items"]
    return [_Chunk(each["start"], each["text"]) for each in found]


async def _ask(
    caller: TenantCaller, name: str, question: OrdinaryQuestion, chunks: Mapping[str, Sequence[_Chunk]]
) -> GradedAnswer:
    answer = (await caller.client.post("/v1/ask", json={"question": question.text})).raise_for_status().json()
    cited = answer["citations"]
    cut_off = any(ends_amid_a_sentence(each["quote"], _following(each, chunks)) for each in cited)
    found = grade(question, answer["answer"], is_refused=answer["refused"], cut_off=cut_off)
    from_source = question.source in {each["document_name"] for each in cited}
    return GradedAnswer(
        name, question.text, question.kind, question.is_answerable, found, answer["answer"], from_source
    )


def _following(citation: Mapping[str, Any], chunks: Mapping[str, Sequence[_Chunk]]) -> str:
    """Return what follows a quote in a chunk that goes on behind it, nothing where none does."""
    end = citation["end"]
    within = (
        each.text[end - each.start :]
        for each in chunks[citation["document_id"]]
        if each.start < end < each.start + len(each.text)
    )
    return next(within, "")
