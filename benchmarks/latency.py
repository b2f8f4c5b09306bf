"""Latency of `/v1/search` and `/v1/ask` at 10,000 chunks, and the part of it outside the embedding model."""

import asyncio
import http.client
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from app.resources import open_resources
from app.settings import Settings
from benchmarks.figures import Figures, median, percentile
from benchmarks.fill import fill, unit_vectors
from benchmarks.limits import ROOMY
from benchmarks.service import Running, fresh_folder, running
from benchmarks.texts import passages, questions
from tenancy.identity.operators import Operator
from tenancy.mint import Circumstances
from tenancy.models.encoders.e5.model import load_e5
from tenancy.models.encoders.encoder import Encoder
from tenancy.provision import NewTenant, provision

CHUNKS: Final = 10_000
_ROUNDS: Final = 5
_QUESTIONS: Final = 100
_WARM_UP: Final = 20


@dataclass(frozen=True, slots=True)
class Credentials:
    """A client of the filled tenant."""

    client_id: str
    client_secret: str


async def filled(data: Path, chunks: int) -> Credentials:
    """Make a data folder with one tenant of `chunks` made-up chunks."""
    async with open_resources(Settings(data_dir=data)) as resources:
        _, enrolment = await provision(resources.foundation, Operator("bench"), NewTenant("bench", limits=ROOMY))
        made = await resources.mint.enrol(enrolment.code, Circumstances())
        issued = await resources.mint.exchange(made.client.id, made.secret, None)
        compartment = await resources.mint.from_token(issued.access_token, Circumstances())
        await fill(compartment, passages(chunks, 1), unit_vectors(chunks, 1))
    return Credentials(made.client.id, made.secret)


class Caller:
    """One kept-alive connection with the least a client can add to a request's time."""

    def __init__(self, service: Running, credentials: Credentials) -> None:
        """Connect and get a token."""
        self._connection = http.client.HTTPConnection(urlsplit(service.api).netloc)
        form = f"grant_type=client_credentials&client_id={credentials.client_id}"
        form += f"&client_secret={credentials.client_secret}"
        self._headers = {"Content-Type": "application/x-www-form-urlencoded"}
        token = json.loads(self._post("/v1/token", form.encode()))["access_token"]
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def _post(self, path: str, body: bytes) -> bytes:
        self._connection.request("POST", path, body, self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != http.client.OK:
            raise SystemExit(f"{path} answered {answer.status}: {content[:300]!r}")
        return content

    def seconds(self, path: str, body: dict[str, object]) -> float:
        """Return how long one request took, from before it is sent until its body is read."""
        raw = json.dumps(body).encode()
        started = time.perf_counter()
        self._post(path, raw)
        return time.perf_counter() - started


def _round(
    caller: Caller, model: Encoder, path: str, key: str, asked: Sequence[str]
) -> tuple[list[float], list[float]]:
    """Return the seconds of each request, then, of the same questions, those of the model alone.

    One after the other: a second copy of the model between two requests would empty the processor's caches of what the
    service needs, and be charged to it.
    """
    whole = [caller.seconds(path, {key: question}) for question in asked]
    embedding = []
    for question in asked:
        started = time.perf_counter()
        model.embed_question(question)
        embedding.append(time.perf_counter() - started)
    return whole, embedding


def measure(figures: Figures) -> None:
    """Fill, serve, ask; several rounds, medians of the rounds' figures."""
    model = load_e5()
    with fresh_folder() as data:
        credentials = asyncio.run(filled(data, CHUNKS))
        with running(data) as service:
            caller = Caller(service, credentials)
            started = time.perf_counter()
            caller.seconds("/v1/search", {"query": "what is known"})
            figures.add("latency", "first search after a start (wakes the index)", time.perf_counter() - started, "s")
            for path, key in (("/v1/search", "query"), ("/v1/ask", "question")):
                _measure_route(figures, caller, model, path, key)
            figures.add("memory", "resident, service with 10,000 chunks awake", service.rss_bytes() / 1e6, "MB")
    model.close()


def _measure_route(figures: Figures, caller: Caller, model: Encoder, path: str, key: str) -> None:
    asked = questions(_QUESTIONS, 7)
    _round(caller, model, path, key, asked[:_WARM_UP])
    rounds = [_round(caller, model, path, key, asked) for _ in range(_ROUNDS)]
    p50 = median([percentile(whole, 0.5) for whole, _ in rounds]) * 1e3
    p95 = median([percentile(whole, 0.95) for whole, _ in rounds]) * 1e3
    outside = median([median([w - e for w, e in zip(*each, strict=True)]) for each in rounds]) * 1e3
    inside = median([percentile(embedding, 0.5) for _, embedding in rounds]) * 1e3
    figures.add("latency", f"{path}, {CHUNKS:,} chunks, p50", p50, "ms", _ROUNDS)
    figures.add("latency", f"{path}, {CHUNKS:,} chunks, p95", p95, "ms", _ROUNDS)
    figures.add("latency", "   the embedding model alone, p50", inside, "ms", _ROUNDS)
    figures.add("latency", f"{path}, outside the embedding model, p50", outside, "ms", _ROUNDS, "<= 2.5")
