"""What ragas says of the same outcomes, when a judge is named; for the record, never in the gate.

ragas comes with the dependency group `judge` alone and is imported when it is asked for, after its telemetry is off.
The judge is any endpoint that speaks the OpenAI protocol. ragas leaves refusals and undefined values out as NaN; here
each of them counts as 0, and how many there were is said.
"""

import asyncio
import importlib
import importlib.util
import math
import os
import random
import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

from evals.quality.cases import Kind, Outcome, QuestionSet, by_tenant
from evals.quality.progress import bar
from evals.verdicts.quality import QualityMeasure

INSTALL: Final = "uv sync --group judge"
_CONTEXTS: Final = 5
_AT_ONCE: Final = 4
_TIMEOUT_SECONDS: Final = 120.0
_MAX_TOKENS: Final = 4_096

Metric = Callable[[Outcome], Awaitable[float]]


class JudgeFailed(Exception):
    """The judge could not be asked, or its answer could not be read."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Where the judge is, which models it is asked for, and about how many answerable questions of each set."""

    url: str
    model: str
    embedding_model: str
    api_key: str
    cases: int
    seed: int


def available() -> bool:
    """Whether ragas is installed."""
    return importlib.util.find_spec("ragas") is not None


def reference_texts(sets: Sequence[QuestionSet]) -> dict[str, tuple[str, ...]]:
    """Return the text of each case's right documents, where a document is plain text."""
    return {
        case.id: tuple(
            file.content.decode()
            for file in household.files
            if file.name in case.sources and file.name.endswith(".txt")
        )
        for each in sets
        for household in each.households
        for case in household.cases
    }


async def judged(
    judge: Judge, results: Mapping[str, Sequence[Outcome]], references: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[QualityMeasure, ...], tuple[str, ...]]:
    """Return ragas' measures of a sample of each set, and sentences on what had no value.

    Raises JudgeFailed.
    """
    async with AsyncExitStack() as stack:
        metrics, failures = await _loaded(judge, references, stack)
        rows, notes = [], []
        for name, outcomes in results.items():
            chosen = _chosen(outcomes, judge)
            try:
                values = await _values(f"{name} judged", metrics, chosen)
            except failures as error:
                raise JudgeFailed(
                    f"The judge at {judge.url} gave no answer that can be read ({type(error).__name__})."
                ) from error
            for metric, found in values.items():
                rows.append(_row(name, metric, chosen, found))
                undefined = sum(math.isnan(each) for each in found)
                if undefined:
                    notes.append(f"{name}: {metric} was undefined for {undefined} of {len(found)}, counted as 0.")
    return tuple(rows), tuple(notes)


def _chosen(outcomes: Sequence[Outcome], judge: Judge) -> list[Outcome]:
    answerable = [each for each in outcomes if each.case.kind is Kind.ANSWERABLE]
    rng = random.Random(judge.seed)  # noqa: S311  # a choice of questions, not a secret
    return rng.sample(answerable, min(judge.cases, len(answerable)))


async def _values(title: str, metrics: Mapping[str, Metric], outcomes: Sequence[Outcome]) -> dict[str, list[float]]:
    places = asyncio.Semaphore(_AT_ONCE)
    with bar(title, len(metrics) * len(outcomes)) as shown:

        async def one(metric: Metric, outcome: Outcome) -> float:
            async with places:
                value = await metric(outcome)
            shown.step()
            return value

        return {
            name: await asyncio.gather(*(one(metric, outcome) for outcome in outcomes))
            for name, metric in metrics.items()
        }


def _row(dataset: str, metric: str, outcomes: Sequence[Outcome], values: Sequence[float]) -> QualityMeasure:
    plain = {each.case.id: 0.0 if math.isnan(value) else value for each, value in zip(outcomes, values, strict=True)}
    means = {
        tenant: sum(plain[each.case.id] for each in theirs) / len(theirs)
        for tenant, theirs in by_tenant(outcomes).items()
    }
    unhappy = min(means, key=means.__getitem__)
    return QualityMeasure(dataset, metric, sum(means.values()) / len(means), means[unhappy], unhappy, len(plain))


async def _loaded(
    judge: Judge, references: Mapping[str, tuple[str, ...]], stack: AsyncExitStack
) -> tuple[dict[str, Metric], tuple[type[Exception], ...]]:
    """Import ragas, connect it to the judge, and return its metrics and the errors of asking."""
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"  # read by ragas whenever it would report
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its dependencies deprecate each other
        openai, instructor, llms, embeddings, collections, metrics, schema = await asyncio.to_thread(
            lambda: [
                importlib.import_module(name)
                for name in (
                    "openai",
                    "instructor.core.exceptions",
                    "ragas.llms",
                    "ragas.embeddings",
                    "ragas.metrics.collections",
                    "ragas.metrics",
                    "ragas.dataset_schema",
                )
            ]
        )
        client = openai.AsyncOpenAI(base_url=judge.url, api_key=judge.api_key, timeout=_TIMEOUT_SECONDS)
        stack.push_async_callback(client.close)
        model = llms.llm_factory(judge.model, client=client, max_tokens=_MAX_TOKENS)
        embedder = embeddings.OpenAIEmbeddings(client=client, model=judge.embedding_model)
        found = {
            **_by_model(collections, model, embedder),
            **_without_model(metrics, collections, schema, references),
        }
    return found, (openai.OpenAIError, instructor.InstructorError)


def _by_model(collections: Any, model: Any, embedder: Any) -> dict[str, Metric]:  # noqa: ANN401  # ragas comes late
    faithfulness = collections.Faithfulness(llm=model)
    relevancy = collections.AnswerRelevancy(llm=model, embeddings=embedder)
    precision = collections.ContextPrecision(llm=model)
    recall = collections.ContextRecall(llm=model)

    async def faithful(each: Outcome) -> float:
        if each.refused:
            return math.nan
        return _value(await faithfulness.ascore(each.case.question, each.answer, _contexts(each)))

    async def relevant(each: Outcome) -> float:
        if each.refused:
            return math.nan
        return _value(await relevancy.ascore(each.case.question, each.answer))

    async def precise(each: Outcome) -> float:
        return _value(await precision.ascore(each.case.question, each.case.golds[0], _contexts(each)))

    async def recalled(each: Outcome) -> float:
        return _value(await recall.ascore(each.case.question, _contexts(each), each.case.golds[0]))

    return {
        "ragas faithfulness": faithful,
        "ragas answer relevancy": relevant,
        "ragas context precision": precise,
        "ragas context recall": recalled,
    }


def _without_model(
    metrics: Any,  # noqa: ANN401  # ragas comes late
    collections: Any,  # noqa: ANN401  # likewise
    schema: Any,  # noqa: ANN401  # likewise
    references: Mapping[str, tuple[str, ...]],
) -> dict[str, Metric]:
    similarity = collections.NonLLMStringSimilarity()

    async def alike(each: Outcome) -> float:
        return math.nan if each.refused else _value(await similarity.ascore(each.case.golds[0], each.answer))

    def of_sample(metric: Any, sampled: Callable[[Outcome], Any]) -> Metric:  # noqa: ANN401  # likewise
        async def score(each: Outcome) -> float:
            sample = sampled(each)
            return math.nan if sample is None else float(await metric.single_turn_ascore(sample))

        return score

    def texts(each: Outcome) -> Any:  # noqa: ANN401  # likewise
        right = list(references.get(each.case.id, ()))
        found = _contexts(each)
        return schema.SingleTurnSample(retrieved_contexts=found, reference_contexts=right) if right and found else None

    def ids(each: Outcome) -> Any:  # noqa: ANN401  # likewise
        right, found = sorted(each.case.sources), list(each.ranked[:_CONTEXTS])
        return schema.SingleTurnSample(retrieved_context_ids=found, reference_context_ids=right)

    return {
        "ragas non-LLM string similarity": alike,
        "ragas non-LLM context precision": of_sample(metrics.NonLLMContextPrecisionWithReference(), texts),
        "ragas non-LLM context recall": of_sample(metrics.NonLLMContextRecall(), texts),
        "ragas id-based context precision": of_sample(metrics.IDBasedContextPrecision(), ids),
        "ragas id-based context recall": of_sample(metrics.IDBasedContextRecall(), ids),
    }


def _contexts(outcome: Outcome) -> list[str]:
    return list(outcome.contexts[:_CONTEXTS])


def _value(result: Any) -> float:  # noqa: ANN401  # ragas comes late
    return float(result.value)
