"""Embed a tenant's documents anew beside the vectors that answer, then let the new ones answer.

Rules this module enforces:

* Until every live version has a block by the new embedder for each of the old one's, nothing that a search reads
  changes; then one transaction switches, and each index in memory is built afresh before its next answer.
* What was embedded is kept block by block: whoever is killed goes on behind the last one.
* Nothing is embedded in a transaction. A block is kept only if its document is what it was when its terms were read.
* Terms of an earlier generation are made anew first, version by version, from the texts that are stored.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import structlog

from tenancy.compartment import Compartment
from tenancy.embedder_change.model import forget_wish, wish_in
from tenancy.foundation import Foundation
from tenancy.ids import TenantId
from tenancy.keys.tenant_keys import Purpose
from tenancy.mint import Mint
from tenancy.models.embedder import PassageVectors
from tenancy.models.terms import TERMS, document_counts
from tenancy.stores import registry
from tenancy.stores.chunks import SealedTerms
from tenancy.stores.documents.blocks import BlockPlace
from tenancy.stores.documents.parts import SealedParts
from tenancy.stores.records import Records
from tenancy.stores.vectors import BLOCK_ROWS, Matrix
from tenancy.values.embedded_text import EmbeddedText, parted, weighed

SLICE_SECONDS: Final = 20.0
"""How long one tenant's work takes before another's has a turn."""
_PLACES: Final = 64  # looked up at a time: small documents have a block each
_DROPPED: Final = 64  # blocks in one transaction: some 30 MB
_DROPPED_PARTS: Final = 4_000  # rows beside them: some 25 MB
_Sealed = tuple[BlockPlace, bytes, tuple[SealedParts, ...]]
_log = structlog.get_logger()


async def advance(on: Foundation, tenant: TenantId, *, seconds: float = SLICE_SECONDS) -> bool:
    """Work on what is left to be made anew for so many seconds; True when nothing is left, or nothing may be done."""
    compartment = await Mint(on).from_wish(tenant)
    if compartment is None:
        return True
    until = time.monotonic() + seconds
    try:
        return await _work(on, compartment, tenant, until)
    finally:
        await compartment.quota.count()


async def _work(on: Foundation, compartment: Compartment, tenant: TenantId, until: float) -> bool:
    for step in (_drop, _reweigh):
        while await step(compartment):
            if time.monotonic() >= until:
                return False
    async with compartment.snapshot() as records:
        live, wish = await records.blocks.live(), await wish_in(records.settings)
    if wish is None:
        return await _register(on, tenant, live)
    if await _embed(compartment, wish.to, until):
        await _switch(compartment, wish.to)
    return False  # the next look removes what answers no more, or takes up what came in meanwhile


async def _drop(compartment: Compartment) -> bool:
    """Remove some of what is by embedders that are wanted no more; False when there is none."""
    async with compartment.snapshot() as records:
        keep = await _wanted(records)
        if not await records.blocks.has_others(keep) and not await records.parts.has_others(keep):
            return False
    async with compartment.begin() as records:  # asked again in here: what answers must not be what goes
        keep = await _wanted(records)
        dropped = await records.parts.drop_others(keep, _DROPPED_PARTS)
        return await records.blocks.drop_others(keep, _DROPPED) + dropped > 0


async def _wanted(records: Records) -> set[str]:
    live, wish = await records.blocks.live(), await wish_in(records.settings)
    return {live} if wish is None else {live, wish.to}


async def _reweigh(compartment: Compartment) -> bool:
    """Make the terms of one version anew; False when all are of this generation."""
    embedder = compartment.models.embedder
    async with compartment.snapshot() as records:
        stale = await records.published.stale(TERMS)
        if stale is None:
            return False
        chunks, matrix = await records.published.open(stale.live.document, stale.live.version, embedder)
    texts = weighed(stale.live.upload.name, stale.live.outcome.title, chunks)

    def sealed() -> SealedTerms:
        sparse = [compartment.index.sparse(document_counts(text)) for text in texts]
        return compartment.index.seal_terms(stale.live.version, Matrix.of(matrix.vectors, sparse))

    anew = await asyncio.to_thread(sealed)
    async with compartment.begin() as records:
        if await records.published.reweigh(stale, anew):
            await records.documents.mark_changed(stale.live.document)
    return True


async def _embed(compartment: Compartment, to: str, until: float) -> bool:
    """Embed what lacks a vector, some of it in any case; True when nothing does, as far as one pass could tell."""
    models = compartment.models.turned(to)
    after: BlockPlace | None = None
    while True:
        texts = await _texts(compartment, to, after)
        if not texts:
            return True
        vectors, parts = await models.embed([text for each in texts.values() for text in each])
        made, start = dict[BlockPlace, PassageVectors](), 0
        for place, own in texts.items():
            end = start + len(own)
            made[place], start = PassageVectors(vectors[start:end], parts[start:end]), end
        await _keep(compartment, to, made)
        after = list(texts)[-1]
        if time.monotonic() >= until:
            return False


async def _texts(compartment: Compartment, to: str, after: BlockPlace | None) -> dict[BlockPlace, list[EmbeddedText]]:
    """Return what is to be embedded next: about a block of texts, by the blocks they belong to."""
    texts, count = dict[BlockPlace, list[EmbeddedText]](), 0
    async with compartment.snapshot() as records:
        for place in await records.blocks.lacking(to, _PLACES, after):
            title, chunks = await records.published.passages(place.version, place.ordinal)
            texts[place] = parted(title, chunks)
            count += len(chunks)
            if count >= BLOCK_ROWS:
                break
    return texts


async def _keep(compartment: Compartment, to: str, made: Mapping[BlockPlace, PassageVectors]) -> None:
    """Seal vectors with the terms that answer now, and add them; of what answers no more nothing is kept."""
    index, live, left = compartment.index.turned(to), compartment.models.embedder, dict(made)
    while left:
        async with compartment.snapshot() as records:
            found = {place: await records.blocks.read(place, live) for place in left}
        now = [(place, each, left[place]) for place, each in found.items() if each is not None]

        def sealed(now: Sequence[tuple[BlockPlace, tuple[Matrix, int], PassageVectors]] = now) -> list[_Sealed]:
            return [
                (
                    replace(place, change=change),
                    index.seal_block(place.version, place.ordinal, matrix.revectored(embedded.vectors)),
                    index.seal_parts(place.version, place.ordinal * BLOCK_ROWS, embedded.parts),
                )
                for place, (matrix, change), embedded in now
            ]

        ready = await asyncio.to_thread(sealed)
        async with compartment.begin() as records:
            await records.blocks.require(live)
            moved = [at for at, each in enumerate(ready) if not await records.blocks.add(each[0], to, *each[1:])]
        left = {now[at][0]: now[at][2] for at in moved}


async def _switch(compartment: Compartment, to: str) -> None:
    """Let the new vectors answer, unless something came in that has none yet, or another wish."""
    async with compartment.begin() as records:
        wish = await wish_in(records.settings)
        if wish is None or wish.to != to or await records.blocks.lacking(to, 1):
            return
        await records.blocks.switch(to)
        await forget_wish(records.settings)
        await records.audit.add("embedder.changed", to)
    _log.info("embedder.changed", embedder=to)


async def _register(on: Foundation, tenant: TenantId, embedder: str) -> bool:
    """Name the embedder in the tenant's row too, from which operators read it; False where the row has just changed."""
    async with on.store.registry(writes=False) as db:
        row = await registry.find_tenant(db, tenant)
    if row is None or row.embedder == embedder:
        return True
    keys = await on.keyring.open(tenant)
    named = replace(row, embedder=embedder)
    named = replace(named, mac=keys.mac(Purpose.GRANTS, *named.granting()))
    async with on.store.registry(writes=True) as db:
        same = await registry.find_tenant(db, tenant) == row
        if same and keys.genuine(row.mac, Purpose.GRANTS, *row.granting()):
            await registry.update_tenant(db, named)
    return same
