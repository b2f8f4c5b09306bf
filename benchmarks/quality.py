"""Retrieval quality through the API, on XQuAD (48 tenants, and pooled) and CLAPNQ (one tenant)."""

import asyncio
import json
import random
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, Final

from benchmarks.figures import Figures
from benchmarks.service import Running, TenantCaller, fresh_folder, operator_token, read_json, running, tenant
from evals.quality.cases import in_order
from evals.quality.metrics import ndcg, recall

_SEED: Final = 20_260_701
_ASKED_AT_ONCE: Final = 4
# Chunks of one document may fill the first places; asking for more makes ten documents of them.
_TOP_K: Final = 40


@dataclass(frozen=True, slots=True)
class Judged:
    """One question's ranked documents, best first, and the documents that are right."""

    ranked: tuple[str, ...]
    right: frozenset[str]

    @classmethod
    def of(cls, hits: Sequence[dict[str, Any]], *right: str) -> "Judged":
        """Take chunk hits; a document stands where its best chunk does."""
        return cls(in_order([str(hit["document_id"]) for hit in hits]), frozenset(right))


@dataclass(frozen=True, slots=True)
class Article:
    """One XQuAD article: its paragraphs, and its questions with the index of the paragraph each was asked of."""

    title: str
    paragraphs: tuple[str, ...]
    questions: tuple[tuple[str, int], ...]


def xquad(corpus: Path) -> list[Article]:
    """Read the English XQuAD file."""
    articles = []
    for article in read_json(corpus / "xquad" / "xquad.en.json")["data"]:
        paragraphs = tuple(each["context"] for each in article["paragraphs"])
        questions = tuple(
            (asked["question"], number) for number, each in enumerate(article["paragraphs"]) for asked in each["qas"]
        )
        articles.append(Article(article["title"], paragraphs, questions))
    return articles


def _ndcg(judged: Sequence[Judged]) -> float:
    return fmean(ndcg(each.ranked, each.right) for each in judged)


async def asked(caller: TenantCaller, questions: Sequence[str]) -> list[list[dict[str, Any]]]:
    """Ask all questions, a few at a time; return their hits in order."""
    places = asyncio.Semaphore(_ASKED_AT_ONCE)

    async def one(question: str) -> list[dict[str, Any]]:
        async with places:
            return await caller.search(question, _TOP_K)

    return await asyncio.gather(*(one(question) for question in questions))


async def fill_tenant(caller: TenantCaller, texts: Sequence[str]) -> list[str]:
    """Upload each text as a file of its own, wait, and return the documents' ids; a failed one ends the run."""
    ids = await caller.upload_all([(f"passage-{number:04}.txt", text.encode()) for number, text in enumerate(texts)])
    failed = [each for each in (await caller.settled()).values() if each["status"] == "failed"]
    if failed:
        sys.exit(f"{len(failed)} passages failed, the first with {failed[0]['error']}")
    return ids


async def own_tenants(service: Running, operator: str, articles: list[Article], figures: Figures) -> None:
    """One tenant for each article: its own questions of it, and each question of one seeded stranger."""
    rng = random.Random(_SEED)  # noqa: S311  # a choice of strangers, not a secret
    judged, worst, foreign = [], 1.0, 0
    async with AsyncExitStack() as stack:
        callers = [
            await stack.enter_async_context(tenant(service, operator, f"XQuAD {number} {article.title}"))
            for number, article in enumerate(articles)
        ]
        ids = await asyncio.gather(
            *(fill_tenant(caller, article.paragraphs) for caller, article in zip(callers, articles, strict=True))
        )
        for number, article in enumerate(articles):
            hits = await asked(callers[number], [question for question, _ in article.questions])
            mine = [
                Judged.of(found, ids[number][paragraph])
                for found, (_, paragraph) in zip(hits, article.questions, strict=True)
            ]
            judged += mine
            worst = min(worst, _ndcg(mine))
            stranger = rng.choice([other for other in range(len(articles)) if other != number])
            owners = set(ids[number])
            elsewhere = await asked(callers[stranger], [question for question, _ in article.questions])
            foreign += sum(hit["document_id"] in owners for found in elsewhere for hit in found)
    count = len(judged)
    figures.add("quality", "XQuAD-en, own tenant: nDCG@10", _ndcg(judged), "", count, ">= .975")
    figures.add(
        "quality",
        "XQuAD-en, own tenant: recall@1",
        fmean(recall(each.ranked, each.right, 1) for each in judged),
        "",
        count,
        ">= .94",
    )
    figures.add("quality", "XQuAD-en, worst tenant: nDCG@10", worst, "", len(articles))
    figures.add("quality", "XQuAD-en, asked of a stranger: hits of the owner's", foreign, "", count, "0")


async def pooled(service: Running, operator: str, articles: list[Article], figures: Figures) -> None:
    """All paragraphs in one tenant."""
    texts = [paragraph for article in articles for paragraph in article.paragraphs]
    first = [sum(len(each.paragraphs) for each in articles[:number]) for number in range(len(articles))]
    questions = [
        (question, start + paragraph)
        for start, article in zip(first, articles, strict=True)
        for question, paragraph in article.questions
    ]
    async with tenant(service, operator, "XQuAD pooled") as caller:
        ids = await fill_tenant(caller, texts)
        hits = await asked(caller, [question for question, _ in questions])
    judged = [Judged.of(h, ids[right]) for h, (_, right) in zip(hits, questions, strict=True)]
    value = _ndcg(judged)
    figures.add("quality", "XQuAD-en, 240 paragraphs pooled: nDCG@10", value, "", len(judged), ">= .965")


def clapnq(corpus: Path) -> tuple[list[str], list[tuple[str, set[int]]]]:
    """Return the distinct passages, title first, and the answerable questions with their passages' indices."""
    texts: dict[str, int] = {}
    questions = []
    for kind in ("answerable", "unanswerable"):
        lines = (corpus / "clapnq" / f"clapnq_dev_{kind}.jsonl").read_text(encoding="utf-8").splitlines()
        for row in map(json.loads, lines):
            right = {texts.setdefault(f"{p['title']}\n{p['text']}", len(texts)) for p in row["passages"]}
            if kind == "answerable":
                questions.append((row["input"], right))
    return list(texts), questions


async def clapnq_pooled(service: Running, operator: str, corpus: Path, figures: Figures) -> None:
    """All CLAPNQ passages in one tenant, the answerable questions asked."""
    texts, questions = clapnq(corpus)
    async with tenant(service, operator, "CLAPNQ") as caller:
        ids = await fill_tenant(caller, texts)
        hits = await asked(caller, [question for question, _ in questions])
    judged = [
        Judged.of(found, *(ids[each] for each in right)) for found, (_, right) in zip(hits, questions, strict=True)
    ]
    value = _ndcg(judged)
    figures.add("quality", f"CLAPNQ, {len(texts)} passages: nDCG@10", value, "", len(judged), ">= .975")


async def measure(corpus: Path, figures: Figures) -> None:
    """Run all three on a service of their own."""
    with fresh_folder() as data, running(data) as service:
        operator = await asyncio.to_thread(operator_token, service)
        articles = xquad(corpus)
        await own_tenants(service, operator, articles, figures)
        await pooled(service, operator, articles, figures)
        await clapnq_pooled(service, operator, corpus, figures)
