"""What a change of the embedder takes at 10,000 chunks, and what searches meanwhile take and find.

Both embedders are stand-ins that draw a vector by its text: what a model takes comes on top, and is measured elsewhere.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final, final

import numpy as np

from app.resources import open_resources
from app.settings import Settings
from benchmarks.figures import Figures, median
from benchmarks.fill import fill, random_parts
from benchmarks.limits import ROOMY
from benchmarks.service import fresh_folder
from benchmarks.texts import passages, questions
from retrieval.search import Search, search
from tenancy.compartment import Compartment
from tenancy.embedder_change.service import find_change
from tenancy.embedder_change.tasks import advance
from tenancy.foundation import Foundation
from tenancy.identity.operators import Operator
from tenancy.ids import TenantId
from tenancy.mint import Circumstances, Mint
from tenancy.models.embedder import PassageVectors, QuestionVectors, Vectors
from tenancy.models.encoders.catalogue import Encoders
from tenancy.models.encoders.traits import Traits
from tenancy.provision import NewTenant, provision
from tenancy.values.embedded_text import EmbeddedText

CHUNKS: Final = 10_000
_QUESTIONS: Final = 20
_WARM_UP: Final = 3
_MEANWHILE: Final = 3  # questions between two slices
Hits = list[tuple[str, float, float]]


@final
class Drawn:
    """An embedder whose vectors depend on the text and on its name; `seconds` is the processor time it took itself."""

    def __init__(self, name: str) -> None:
        """Take a name."""
        self.traits = Traits(name, 384, 512)
        self.seconds = 0.0

    def _vector(self, text: str) -> Vectors:
        seed = int.from_bytes(sha256((self.traits.name + text).encode()).digest()[:8], "big")
        drawn = np.random.default_rng(seed).standard_normal(self.traits.dimension).astype(np.float32)
        return np.asarray(drawn / np.linalg.norm(drawn), np.float32)

    def count_tokens(self, text: str) -> int:
        """Return about what a model's tokenizer would."""
        return len(text) // 4

    async def embed_question(self, text: str) -> QuestionVectors:
        """Return the vectors of a question, as if it were one token."""
        vector = self._vector(text)
        return QuestionVectors(vector, vector[np.newaxis])

    async def embed(self, texts: Sequence[EmbeddedText], *, apart: bool = False) -> PassageVectors:  # noqa: ARG002 - as an Embedder
        """Return the vectors of texts, and of as many parts as a chunk of prose has."""
        began = time.process_time()
        made = np.stack([self._vector(each.text) for each in texts])
        parts = tuple(random_parts(each.text[each.own :]) for each in texts)
        self.seconds += time.process_time() - began
        return PassageVectors(made, parts)


@final
class Asking:
    """One tenant's questions, and the processor seconds that each took."""

    def __init__(self, mint: Mint, token: str) -> None:
        """Ask with a token."""
        self._mint, self._token = mint, token
        self._asked = questions(_QUESTIONS, 7)
        self.seconds: list[float] = []

    async def hits(self, number: int) -> Hits:
        """Ask one question, from the token on."""
        began = time.process_time()
        compartment = await self._mint.from_token(self._token, Circumstances())
        found = await search(compartment, Search(self._asked[number % _QUESTIONS]))
        self.seconds.append(time.process_time() - began)
        return [(hit.chunk_id, hit.score, hit.similarity) for hit in found]

    async def all(self) -> list[Hits]:
        """Ask every question."""
        return [await self.hits(number) for number in range(_QUESTIONS)]

    def told(self) -> float:
        """Return the median seconds since this was told last."""
        seconds, self.seconds = self.seconds, []
        return median(seconds)


def measure(figures: Figures) -> None:
    """Fill a tenant, change its embedder slice by slice, and ask between the slices."""
    with fresh_folder() as data:
        asyncio.run(_measured(figures, data))


async def _measured(figures: Figures, data: Path) -> None:
    first, other = Drawn("first"), Drawn("other")
    async with open_resources(Settings(data_dir=data)) as resources:
        on = replace(resources.foundation, embedders=Encoders.holding(first, other))
        mint = Mint(on)
        card, enrolment = await provision(on, Operator("bench"), NewTenant("bench", limits=ROOMY))
        made = await mint.enrol(enrolment.code, Circumstances())
        token = (await mint.exchange(made.client.id, made.secret, None)).access_token
        compartment, texts = await mint.from_token(token, Circumstances()), passages(CHUNKS, 1)
        await fill(compartment, texts, (await first.embed(list(map(EmbeddedText, texts)))).vectors)
        asking = Asking(mint, token)
        for _ in range(_WARM_UP):
            before = await asking.all()
        alone = asking.told()
        waking = await _woken(compartment, asking)
        async with compartment.begin() as records:
            await compartment.embedder.ask(records, other.traits.name)
        await _changed(figures, on, TenantId(card.id), asking, before)
        figures.add("embedder", "a search meanwhile, to one before", asking.told() / alone, "ratio")
        await asking.hits(0)
        figures.add("embedder", "the first search after the switch, to one that wakes", asking.told() / waking, "ratio")
        figures.add("embedder", "of the change, the stand-in for a model", other.seconds, "s")
        began, slices = time.process_time(), 1
        while not await advance(on, TenantId(card.id), seconds=0.0):
            slices += 1
        figures.add("embedder", "removing what answers no more", time.process_time() - began, "s", slices)


async def _woken(compartment: Compartment, asking: Asking) -> float:
    """Return what a search takes that wakes the index."""
    await compartment.index.park()
    await asking.hits(0)
    return asking.told()


async def _changed(figures: Figures, on: Foundation, tenant: TenantId, asking: Asking, before: list[Hits]) -> None:
    """Work slice by slice up to the switch, with questions between."""
    number, differ, slices, looks = 0, 0, list[float](), list[float]()
    while True:
        began = time.process_time()
        await advance(on, tenant, seconds=0.0)
        slices.append(time.process_time() - began)
        began = time.process_time()
        found = await find_change(on, tenant)
        looks.append(time.process_time() - began)
        if found is None or found[1] is None:
            break
        for _ in range(_MEANWHILE):
            differ += await asking.hits(number) != before[number % _QUESTIONS]
            number += 1
    figures.add("embedder", f"{CHUNKS:,} chunks, in all", sum(slices), "s", len(slices))
    figures.add("embedder", "the switch", slices[-1], "s")
    figures.add("embedder", "to tell how far it is", max(looks) * 1e3, "ms", len(looks))
    figures.add("embedder", "searches meanwhile that found something else", differ, "count", number, "0")
