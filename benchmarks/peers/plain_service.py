"""The unsealed peer behind HTTP: one tenant, no token, no key, text in the clear in memory, the same models and engine.

    python -m benchmarks.peers.plain_service PORT

It is handed chunks and embeds them itself; `POST /v1/search` answers as Bulkhead does, and says what the model took.
"""

import asyncio
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from benchmarks.peers.one_shard import SharedShard
from tenancy.index.folder import default_root
from tenancy.models.encoders.e5.model import load_e5
from tenancy.models.encoders.encoder import Encoder
from tenancy.models.terms import document_weights, idf, keyed_sparse, term_counts, term_id
from tenancy.values.embedded_text import EmbeddedText

_KEY: Final = bytes(32)
_TENANT: Final = "the only one"


class Chunk(BaseModel):
    """A chunk as the service under test cut it."""

    document_id: str
    text: str


class Question(BaseModel):
    """What to search for."""

    query: str
    top_k: int = 10


def application(model: Encoder, folder: Path) -> FastAPI:
    """Return the application over an empty shard."""
    shard = SharedShard(folder, 384)
    documents: dict[str, str] = {}
    frequencies: Counter[int] = Counter()
    app = FastAPI()

    @app.post("/chunks")
    async def put(chunks: list[Chunk]) -> dict[str, int]:
        texts = [each.text for each in chunks]
        documents.update({each.text: each.document_id for each in chunks})
        sparse = [keyed_sparse(_KEY, document_weights(term_counts(text))) for text in texts]
        for ids, _ in sparse:
            frequencies.update(ids)
        vectors = (await asyncio.to_thread(model.embed, list(map(EmbeddedText, texts)))).vectors
        await asyncio.to_thread(shard.add, _TENANT, texts, vectors, sparse)
        return {"chunks": len(documents)}

    @app.post("/v1/search")
    async def search(question: Question) -> dict[str, Any]:
        started = time.perf_counter()
        vector = (await asyncio.to_thread(model.embed_question, question.query)).vector
        embedding = time.perf_counter() - started
        asked = dict.fromkeys(term_id(_KEY, word) for word in term_counts(question.query))
        ids = [each for each in asked if frequencies[each]]
        weights = [idf(frequencies[each], len(documents)) for each in ids]
        found = await asyncio.to_thread(shard.search, _TENANT, vector.tolist(), ids, weights, question.top_k)
        hits = [{"document_id": documents[text], "text": text} for text in found]
        return {"hits": hits, "embedding_seconds": embedding}

    @app.get("/readyz")
    async def ready() -> dict[str, str]:
        return {"status": "ok"}

    return app


def main(port: int) -> None:
    """Serve until the process is ended."""
    model = load_e5()
    default_root().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-plain-", dir=default_root()) as parent:
        uvicorn.run(application(model, Path(parent) / "shard"), port=port, log_level="warning", access_log=False)
    model.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
