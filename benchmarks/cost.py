"""What sealing and separation cost: the same search in this process against the two peers, and the wake of an index."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.resources import Resources, open_resources
from app.settings import Settings
from benchmarks.figures import Figures, median
from benchmarks.fill import fill, unit_vectors
from benchmarks.limits import ROOMY
from benchmarks.peers.one_shard import SharedShard
from benchmarks.peers.tutorial import Tutorial
from benchmarks.service import fresh_folder
from benchmarks.texts import passages, questions
from retrieval.fuse import DEPTH
from retrieval.search import fused
from tenancy.identity.operators import Operator
from tenancy.index.folder import default_root
from tenancy.mint import Circumstances
from tenancy.models.terms import document_counts, document_weights, idf, keyed_sparse, question_weights, term_id
from tenancy.provision import NewTenant, provision

CHUNKS: Final = 10_000
_ROUNDS: Final = 5
_WAKES: Final = 5
_QUESTIONS: Final = 60
_KEY: Final = bytes(32)
Sparse = list[tuple[list[int], list[float]]]


async def _given(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """Stand for the model, whose time is measured apart."""
    return vector


async def _timed(ask: Callable[[int], Awaitable[object]], count: int) -> float:
    """Return the median seconds of one call."""
    seconds = []
    for number in range(count):
        started = time.perf_counter()
        await ask(number)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


async def _ours(resources: Resources, texts: list[str], vectors: NDArray[np.float32]) -> str:
    _, enrolment = await provision(resources.foundation, Operator("bench"), NewTenant("bench", limits=ROOMY))
    made = await resources.mint.enrol(enrolment.code, Circumstances())
    token = (await resources.mint.exchange(made.client.id, made.secret, None)).access_token
    await fill(await resources.mint.from_token(token, Circumstances()), texts, vectors)
    return token


def _asking(
    resources: Resources, token: str, asked: list[str], vectors: NDArray[np.float32]
) -> Callable[[int], Awaitable[object]]:
    """Return what asks ours the question of a number, from the token on."""

    async def ours(number: int) -> object:
        compartment = await resources.mint.from_token(token, Circumstances())
        vector, counts = _given(vectors[number]), question_weights(asked[number])
        return await compartment.index.search(vector, counts, fused(10), depth=DEPTH)

    return ours


def _question_terms(question: str, sparse: Sparse) -> tuple[list[int], list[float]]:
    frequencies: dict[int, int] = {}
    for ids, _ in sparse:
        for each in ids:
            frequencies[each] = frequencies.get(each, 0) + 1
    ids = [term_id(_KEY, word) for word in question_weights(question)]
    known = [each for each in dict.fromkeys(ids) if each in frequencies]
    return known, [idf(frequencies[each], len(sparse)) for each in known]


async def _compare(figures: Figures, data: Path) -> None:
    texts, vectors = passages(CHUNKS, 1), unit_vectors(CHUNKS, 1)
    others, their_vectors = passages(CHUNKS, 2), unit_vectors(CHUNKS, 2)
    asked, asked_vectors = questions(_QUESTIONS, 7), unit_vectors(_QUESTIONS, 9)
    async with open_resources(Settings(data_dir=data)) as resources:
        token = await _ours(resources, texts, vectors)

        ours = _asking(resources, token, asked, asked_vectors)
        await _wakes(figures, resources, token, ours)
        sparse = [keyed_sparse(_KEY, document_weights(document_counts(text))) for text in texts]
        shared = SharedShard(default_root() / f"bench-{time.time_ns()}", vectors.shape[1])
        started = time.perf_counter()
        shared.add("ours", texts, vectors, sparse)
        built = time.perf_counter() - started
        figures.add("cost", "shared unsealed shard: build from vectors in memory", built, "s")
        shared.add("other", others, their_vectors, sparse)
        terms = [_question_terms(question, sparse) for question in asked]

        async def peer(number: int) -> object:
            vector = asked_vectors[number].tolist()
            return await asyncio.to_thread(shared.search, "ours", vector, *terms[number], 10)

        rounds = [(await _timed(ours, _QUESTIONS), await _timed(peer, _QUESTIONS)) for _ in range(_ROUNDS)]
        shared.close()
        _report(figures, "one shared unsealed shard, same engine", rounds)
        tutorial = await asyncio.to_thread(_tutorial_filled, texts, vectors, others, their_vectors)

        async def usual(number: int) -> object:
            vector = asked_vectors[number].tolist()
            return await asyncio.to_thread(tutorial.search, "ours", asked[number], vector, 10)

        few = 10
        rounds = [(await _timed(ours, few), await _timed(usual, few)) for _ in range(3)]
        tutorial.close()
        _report(figures, "LlamaIndex tutorial, qdrant-client local", rounds)


def _tutorial_filled(
    texts: list[str], vectors: NDArray[np.float32], others: list[str], their_vectors: NDArray[np.float32]
) -> Tutorial:
    tutorial = Tutorial()
    tutorial.add("ours", texts, vectors)
    tutorial.add("other", others, their_vectors)
    return tutorial


async def _wakes(figures: Figures, resources: Resources, token: str, ours: Callable[[int], Awaitable[object]]) -> None:
    seconds = []
    for _ in range(_WAKES):
        compartment = await resources.mint.from_token(token, Circumstances())
        await compartment.index.park()
        seconds.append(await _timed(ours, 1))
    figures.add("wake", f"{CHUNKS:,} sealed chunks to the first answer", median(seconds), "s", _WAKES, "<= 1")


def _report(figures: Figures, peer: str, rounds: Sequence[tuple[float, float]]) -> None:
    mine, theirs = (median([each[side] for each in rounds]) * 1e3 for side in (0, 1))
    figures.add("cost", "ours: token check, dense + sparse, open 10 sealed texts", mine, "ms", len(rounds))
    figures.add("cost", peer, theirs, "ms", len(rounds))
    ratio = median([a / b for a, b in rounds])
    figures.add("cost", f"ratio ours / {peer}", ratio, "x", len(rounds))
    figures.add("cost", f"difference ours - {peer}", mine - theirs, "ms", len(rounds))


def measure(figures: Figures) -> None:
    """Fill ours and both peers with the same chunks, beside as many of another tenant, and ask all three in turn."""
    with fresh_folder() as data:
        asyncio.run(_compare(figures, data))
