"""Documents and chunks per second through the API, and the share of the time spent outside parsing and embedding."""

import asyncio
import time
from pathlib import Path
from typing import Final

from benchmarks.figures import Figures, median
from benchmarks.service import fresh_folder, operator_token, running, tenant
from benchmarks.texts import passages

_ROUNDS: Final = 3
_DOCUMENTS: Final = 40
_EXAMPLES: Final = Path(__file__).parents[2] / "examples"


def files(corpus: Path | None) -> list[tuple[str, bytes]]:
    """Return the files to upload: real proposals where the corpus is, the examples and made-up texts elsewhere."""
    if corpus is not None:
        chosen = sorted((corpus / "peps").iterdir())[:_DOCUMENTS]
        return [(path.name, path.read_bytes()) for path in chosen]
    found = [path for folder in sorted(_EXAMPLES.glob("*/documents")) for path in sorted(folder.iterdir())]
    made = [(f"made-up-{number}.txt", text.encode()) for number, text in enumerate(passages(_DOCUMENTS, 5, 120))]
    return [(path.name, path.read_bytes()) for path in found] + made


async def _round(corpus: Path | None) -> tuple[float, float, float]:
    """Return documents per second, chunks per second, and the share outside parsing and embedding."""
    with fresh_folder() as data, running(data) as service:
        operator = await asyncio.to_thread(operator_token, service)
        async with tenant(service, operator, "ingest") as caller:
            await caller.upload("warm-up.txt", b"A first document, so that every process is up.")
            await caller.settled()
            started = time.perf_counter()
            ids = await caller.upload_all(files(corpus))
            documents = await caller.settled(0.1)
            wall = time.perf_counter() - started
            details = [(await caller.client.get(f"/v1/documents/{each}")).json() for each in ids]
    stages = {"parsing": 0.0, "embedding": 0.0, "other": 0.0}
    for each in details:
        for stage in each["stages"]:
            name = stage["name"] if stage["name"] in stages else "other"
            stages[name] += stage["seconds"]
    chunks = sum(each["chunks"] or 0 for each in details)
    return (len(documents) - 1) / wall, chunks / wall, stages["other"] / sum(stages.values())


def measure(corpus: Path | None, figures: Figures) -> None:
    """Upload the same files to a fresh service, several rounds."""
    rounds = [asyncio.run(_round(corpus)) for _ in range(_ROUNDS)]
    what = "PEPs" if corpus is not None else "examples and made-up texts"
    figures.add("ingest", f"{what}: documents per second", median([r[0] for r in rounds]), "1/s", _ROUNDS)
    figures.add("ingest", f"{what}: chunks per second", median([r[1] for r in rounds]), "1/s", _ROUNDS)
    share = median([r[2] for r in rounds]) * 100
    figures.add("ingest", "share outside parsing and embedding", share, "%", _ROUNDS, "<= 10")
