"""The isolation tax: the same questions of the same chunks, asked of Bulkhead and of one unsealed tenant's pipeline.

Both are asked over HTTP in one run, each question of both, one right after the other in random order. What the
embedding model took is measured inside the peer at that moment and taken off both: the model is the same, and so is the
machine's load. Data: our own tenants always, CLAPNQ as one more where the corpus is.
"""

import asyncio
import http.client
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from benchmarks.figures import Figures, median
from benchmarks.service import Running, free_port, fresh_folder, operator_token, running, tenant, until_ready
from evals.quality.cases import Household, Kind, in_order
from evals.quality.datasets import SAMPLED, SEED, read
from evals.quality.metrics import ndcg

_ROUNDS: Final = 5
_TOP_K: Final = 10


@dataclass(slots=True)
class Sums:
    """Seconds of each asking, whole and inside the model, and the gains of each side."""

    ours: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)
    model: list[float] = field(default_factory=list)
    gains: dict[str, list[float]] = field(default_factory=lambda: {"ours": [], "peer": []})


class Line:
    """One kept-alive connection to one side."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        """Connect."""
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
        self._headers = {"Content-Type": "application/json", **headers}

    def post(self, path: str, body: Any) -> tuple[Any, float]:  # noqa: ANN401  # JSON
        """Return the answer and its seconds."""
        raw = json.dumps(body).encode()
        started = time.perf_counter()
        self._connection.request("POST", path, raw, self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        seconds = time.perf_counter() - started
        if answer.status != http.client.OK:
            raise SystemExit(f"{path} answered {answer.status}: {content[:300]!r}")
        return json.loads(content), seconds

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


@contextmanager
def plain_peer() -> Iterator[str]:
    """Run the unsealed peer until the block ends; give its address."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.peers.plain_service", str(port)]
    process = subprocess.Popen(command)  # noqa: S603  # our own command
    try:
        until_ready(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


async def _filled(service: Running, operator: str, household: Household) -> tuple[str, dict[str, str], list[Any]]:
    """Fill a tenant; return its token's header, its document names by id, and its chunks."""
    async with tenant(service, operator, f"tax {household.tenant}") as caller:
        ids = await caller.upload_all([(file.name, file.content) for file in household.files])
        settled = await caller.settled()
        if any(each["status"] != "ready" for each in settled.values()):
            sys.exit("a document failed; a tax on other documents would be another's")
        chunks = []
        for each in ids:
            answer = await caller.client.get(f"/v1/documents/{each}/chunks", params={"limit": "100"})
            page = answer.raise_for_status().json()
            if page["next_cursor"] is not None:
                sys.exit("a document has more chunks than a page")
            chunks += [{"document_id": each, "text": chunk["text"]} for chunk in page["items"]]
        names = {each: file.name for each, file in zip(ids, household.files, strict=True)}
        return caller.client.headers["Authorization"], names, chunks


def _ask(lines: dict[str, Line], household: Household, names: dict[str, str], sums: Sums) -> None:
    """Ask every question of both sides, five times after a first that warms both."""
    rng = random.Random(SEED)  # noqa: S311  # an order, not a secret
    cases = [case for case in household.cases if case.kind is Kind.ANSWERABLE]
    for number in range(_ROUNDS + 1):
        for case in cases:
            seconds, hits = {}, {}
            for side in rng.sample(sorted(lines), len(lines)):
                answer, seconds[side] = lines[side].post("/v1/search", {"query": case.question, "top_k": _TOP_K})
                hits[side] = answer["hits"]
                if side == "peer":
                    seconds["model"] = answer["embedding_seconds"]
            if number:
                sums.ours.append(seconds["ours"])
                sums.peer.append(seconds["peer"])
                sums.model.append(seconds["model"])
                continue
            for side, found in hits.items():
                ranked = in_order([names[hit["document_id"]] for hit in found])
                sums.gains[side].append(ndcg(ranked, case.sources))


def _report(figures: Figures, sums: Sums) -> None:
    count = len(sums.gains["ours"])
    mine, theirs = (
        median([whole - inside for whole, inside in zip(side, sums.model, strict=True)])
        for side in (sums.ours, sums.peer)
    )
    figures.add("tax", "the embedding model alone, median", median(sums.model) * 1e3, "ms", _ROUNDS)
    figures.add("tax", "ours: /v1/search outside the model, median", mine * 1e3, "ms", _ROUNDS)
    figures.add("tax", "one unsealed tenant: outside the model, median", theirs * 1e3, "ms", _ROUNDS)
    figures.add("tax", "isolation tax: difference outside the model", (mine - theirs) * 1e3, "ms", _ROUNDS)
    figures.add("tax", "isolation tax: ratio outside the model", mine / theirs, "x", _ROUNDS)
    figures.add("tax", "isolation tax: ratio of whole requests", median(sums.ours) / median(sums.peer), "x", _ROUNDS)
    for side, title in (("ours", "ours"), ("peer", "one unsealed tenant")):
        figures.add("tax", f"{title}: nDCG@10 of the same questions", _mean(sums.gains[side]), "", count)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def measure(corpus: Path | None, figures: Figures) -> None:
    """Fill both sides with one tenant after the other, and ask."""
    sets, _ = read(corpus, SAMPLED)
    households = [each for one in sets if one.name in {"own", "CLAPNQ"} for each in one.households]
    sums = Sums()
    with fresh_folder() as data, running(data) as service:
        operator = operator_token(service)
        for household in households:
            token, names, chunks = asyncio.run(_filled(service, operator, household))
            with plain_peer() as address:
                lines = {"ours": Line(service.api, {"Authorization": token}), "peer": Line(address, {})}
                lines["peer"].post("/chunks", chunks)
                _ask(lines, household, names, sums)
                for line in lines.values():
                    line.close()
    _report(figures, sums)
