"""A version's chunks as sealed records: text one by one, vectors and terms in blocks, a manifest over them all."""

import asyncio
import base64
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import sqlalchemy as sa

from tenancy.ids import ChunkId, DocumentId, VersionId
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.models.terms import TERMS
from tenancy.sealing import SealBroken
from tenancy.stores.databases.store import Transaction
from tenancy.stores.documents.blocks import Blocks, open_block, seal_blocks
from tenancy.stores.documents.parts import ChunkParts, SealedParts, seal_parts
from tenancy.stores.schema import blocks, chunks, columns, documents, state, tombstones, versions
from tenancy.stores.vectors import Frequencies, Matrix, packed_counts, unpacked_counts
from tenancy.stores.views import Chunk, SealedChunk
from tenancy.values.layout import NO_LAYOUT, Layout, Rows
from tenancy.values.part_vectors import PartVectors

_INSERT_ROWS: Final = 500
_LOAD_VERSIONS: Final = 200


@dataclass(frozen=True, slots=True)
class SealedVersion:
    """Everything that publishing a version writes, sealed beforehand so that the transaction only inserts."""

    version: VersionId
    embedder: str
    chunks: tuple[SealedChunk, ...]
    blocks: tuple[bytes, ...]
    manifest: bytes
    terms: bytes
    columns: tuple[bytes, ...] = ()
    parts: tuple[SealedParts, ...] = ()


@dataclass(frozen=True, slots=True)
class SealedTerms:
    """What a published version is found by, sealed anew: its blocks, and how often each term occurs."""

    embedder: str
    blocks: tuple[bytes, ...]
    terms: bytes


@dataclass(frozen=True, slots=True)
class IndexedVersion:
    """A published version as the index takes it: ciphertext chunks, clear vectors and terms."""

    document: DocumentId
    version: VersionId
    change: int
    chunks: tuple[SealedChunk, ...]
    matrix: Matrix
    filters: tuple[str, ...]
    frequencies: Frequencies


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened to the searchable set since some change number.

    At `resealed` every chunk was sealed under a later key, or every vector became another embedder's: what was read
    before must be read again. `embedder` is the one whose vectors answer.
    """

    change: int
    resealed: int
    embedder: str
    published: tuple[tuple[DocumentId, VersionId, int], ...]
    removed: tuple[DocumentId, ...]


def seal_version(
    keys: TenantKeys,
    version: VersionId,
    parts: Sequence[Chunk],
    matrix: Matrix,
    filters: Sequence[str],
    *,
    embedder: str,
    of_parts: Sequence[PartVectors | None] = (),
) -> SealedVersion:
    """Seal a version's chunks, vectors and terms; `matrix` has one row for each chunk, in order, by `embedder`.

    `filters` are the opaque tokens that a search may narrow by, `of_parts` the vectors of each chunk's parts, where
    there are any. CPU only: call it in a thread.
    """
    found_by = seal_terms(keys, version, embedder, matrix)
    manifest = {"chunks": [chunk.id for chunk in parts], "blocks": len(found_by.blocks), "filters": list(filters)}
    return SealedVersion(
        version,
        embedder,
        tuple(_seal_chunk(keys, version, chunk) for chunk in parts),
        found_by.blocks,
        keys.seal(Purpose.RECORDS, "versions", version, "manifest", json.dumps(manifest).encode()),
        found_by.terms,
        parts=seal_parts(keys, version, embedder, 0, of_parts),
    )


def seal_terms(keys: TenantKeys, version: VersionId, embedder: str, matrix: Matrix) -> SealedTerms:
    """Seal a version's vectors and terms alone. CPU only: call it in a thread."""
    frequencies = packed_counts(matrix.document_frequencies())
    terms = keys.seal(Purpose.RECORDS, "versions", version, "terms", frequencies)
    return SealedTerms(embedder, seal_blocks(keys, version, embedder, matrix), terms)


def _seal_chunk(keys: TenantKeys, version: VersionId, chunk: Chunk) -> SealedChunk:
    page = chunk.layout.page_at(chunk.start)
    value: list[object] = [chunk.document_id, chunk.document_name, chunk.text, page, chunk.start, chunk.end]
    if len(chunk.layout.pages) > 1 or chunk.layout.rows:
        value.append(_written(chunk.layout))
    row = f"{version}.{chunk.ordinal}"
    body = keys.seal(Purpose.RECORDS, "chunks", row, chunk.id, json.dumps(value, ensure_ascii=False).encode())
    return SealedChunk(chunk.id, version, chunk.ordinal, body)


def open_chunk(keys: TenantKeys, sealed: SealedChunk) -> Chunk:
    """Open one chunk in its place; SealBroken for any other tenant's, version's or ordinal's."""
    row = f"{sealed.version}.{sealed.ordinal}"
    opened = json.loads(keys.open(Purpose.RECORDS, "chunks", row, sealed.id, sealed.body))
    document, name, text, page, start, end, *layout = opened
    pages = () if page is None else ((start, page),)
    known = _read_layout(*layout[0]) if layout else Layout(pages) if pages else NO_LAYOUT
    return Chunk(sealed.id, DocumentId(document), name, sealed.ordinal, text, start, end, known)


def _written(layout: Layout) -> list[object]:
    """Return a layout for JSON: pages, what names rows (each once, however many small tables have it), rows."""
    names = list(dict.fromkeys((rows.header, rows.sheet, rows.caption) for rows in layout.rows))
    places = {name: place for place, name in enumerate(names)}
    rows = [[each.start, each.end, places[each.header, each.sheet, each.caption]] for each in layout.rows]
    return [layout.pages, names, rows]


def _read_layout(pages: list[list[int]], names: list[list[Any]], rows: list[list[int]]) -> Layout:
    known = [(tuple(header), sheet, caption) for header, sheet, caption in names]
    found = tuple(Rows(start, end, *known[place]) for start, end, place in rows)
    return Layout(tuple((position, page) for position, page in pages), found)


def filter_token(keys: TenantKeys, field: str, value: object) -> str:
    """Return the opaque token of one field's value; equal values of this tenant give equal tokens."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # JSON does not tell 1 from 1.0
    typed = json.dumps([field, value], ensure_ascii=False)
    return base64.b85encode(keys.mac(Purpose.FILTERS, typed)[:15]).decode()


@final
class Chunks:
    """The chunks of the tenant whose transaction this is."""

    def __init__(self, db: Transaction, keys: TenantKeys) -> None:
        """Bind to an open transaction."""
        self._db = db
        self._keys = keys
        self._tenant = keys.tenant
        self._blocks = Blocks(db, keys)

    async def insert(self, sealed: SealedVersion) -> None:
        """Write a sealed version's rows; it answers nothing until the document goes live with it. EmbedderChanged."""
        await self._blocks.require(sealed.embedder)
        rows = [
            {"tenant_id": self._tenant, "version_id": c.version, "ordinal": c.ordinal, "id": c.id, "body": c.body}
            for c in sealed.chunks
        ]
        for start in range(0, len(rows), _INSERT_ROWS):
            await self._db.execute(chunks.insert(), rows[start : start + _INSERT_ROWS])
        for ordinal, body in enumerate(sealed.columns):
            row = {"tenant_id": self._tenant, "version_id": sealed.version, "ordinal": ordinal, "body": body}
            await self._db.execute(columns.insert().values(row))
        await self._blocks.insert(sealed.version, sealed.embedder, sealed.blocks)
        await ChunkParts(self._db, self._keys).insert(sealed.parts)
        mine = versions.update().where(versions.c.tenant_id == self._tenant, versions.c.id == sealed.version)
        await self._db.execute(mine.values(manifest=sealed.manifest, terms=sealed.terms, terms_generation=TERMS))

    async def page(self, version: VersionId, limit: int, after: int) -> list[Chunk]:
        """Return up to `limit` opened chunks with ordinals above `after`."""
        query = (
            sa.select(chunks)
            .where(chunks.c.tenant_id == self._tenant, chunks.c.version_id == version, chunks.c.ordinal > after)
            .order_by(chunks.c.ordinal)
            .limit(limit)
        )
        return [open_chunk(self._keys, sealed_chunk(row)) for row in await self._db.execute(query)]

    async def at(self, version: VersionId, ordinals: Sequence[int]) -> list[Chunk]:
        """Return the opened chunks of a version that have these ordinals, in order."""
        mine = sa.and_(chunks.c.tenant_id == self._tenant, chunks.c.version_id == version)
        query = sa.select(chunks).where(mine, chunks.c.ordinal.in_(ordinals)).order_by(chunks.c.ordinal)
        return [open_chunk(self._keys, sealed_chunk(row)) for row in await self._db.execute(query)]

    async def change(self) -> int:
        """Return the number of the last change to the searchable set."""
        query = sa.select(state.c.change).where(state.c.tenant_id == self._tenant)
        return int((await self._db.execute(query)).scalar_one())

    async def changes_since(self, seen: int) -> Changes:
        """Return what an index that has seen change `seen` must take in and drop."""
        live = (
            sa.select(documents.c.id, documents.c.live_version, documents.c.change)
            .where(
                documents.c.tenant_id == self._tenant,
                documents.c.change > seen,
                documents.c.live_version.is_not(None),
            )
            .order_by(documents.c.change)
        )
        published = tuple(
            (DocumentId(row.id), VersionId(row.live_version), row.change) for row in await self._db.execute(live)
        )
        gone = sa.select(tombstones.c.document_id).where(
            tombstones.c.tenant_id == self._tenant, tombstones.c.change > seen
        )
        removed = tuple(DocumentId(found) for found in (await self._db.execute(gone)).scalars())
        query = sa.select(state.c.change, state.c.resealed, state.c.embedder).where(state.c.tenant_id == self._tenant)
        known = (await self._db.execute(query)).one()
        return Changes(known.change, known.resealed, known.embedder, published, removed)

    async def load(self, published: Sequence[tuple[DocumentId, VersionId, int]], embedder: str) -> list[IndexedVersion]:
        """Read published versions back with an embedder's vectors, checked against their manifests.

        A missing, added or swapped row raises SealBroken.
        """
        loaded: list[IndexedVersion] = []
        for start in range(0, len(published), _LOAD_VERSIONS):
            batch = published[start : start + _LOAD_VERSIONS]
            rows = await self._rows([version for _, version, _ in batch], embedder)
            loaded += await asyncio.to_thread(self._join_all, batch, rows)
        return loaded

    async def _rows(self, wanted: Sequence[VersionId], embedder: str) -> "_Rows":
        heads = sa.select(versions.c.id, versions.c.manifest, versions.c.terms).where(
            versions.c.tenant_id == self._tenant, versions.c.id.in_(wanted)
        )
        bodies, parts = (
            sa.select(table)
            .where(table.c.tenant_id == self._tenant, table.c.version_id.in_(wanted))
            .order_by(table.c.version_id, table.c.ordinal)
            for table in (chunks, blocks)
        )
        parts = parts.where(blocks.c.embedder == embedder)
        rows = _Rows(embedder, {}, defaultdict(list), defaultdict(list))
        for row in await self._db.execute(heads):
            rows.heads[row.id] = (row.manifest, row.terms)
        for row in await self._db.execute(bodies):
            rows.chunks[row.version_id].append(sealed_chunk(row))
        for row in await self._db.execute(parts):
            rows.blocks[row.version_id].append((row.ordinal, row.body))
        return rows

    def _join_all(self, batch: Sequence[tuple[DocumentId, VersionId, int]], rows: "_Rows") -> list[IndexedVersion]:
        return [self._join(document, version, change, rows) for document, version, change in batch]

    def _join(self, document: DocumentId, version: VersionId, change: int, rows: "_Rows") -> IndexedVersion:
        sealed_manifest, sealed_terms = rows.heads[version]
        manifest = json.loads(self._keys.open(Purpose.RECORDS, "versions", version, "manifest", sealed_manifest))
        terms = self._keys.open(Purpose.RECORDS, "versions", version, "terms", sealed_terms)
        found, parts = rows.chunks[version], rows.blocks[version]
        numbered = [chunk.ordinal for chunk in found] == list(range(len(found)))
        if [chunk.id for chunk in found] != manifest["chunks"] or not numbered:
            raise SealBroken("A document's chunks do not match its manifest.")
        if [ordinal for ordinal, _ in parts] != list(range(manifest["blocks"])):
            raise SealBroken("A document's vectors do not match its manifest.")
        matrix = Matrix.joined(
            [open_block(self._keys, version, rows.embedder, ordinal, body) for ordinal, body in parts]
        )
        if len(matrix) != len(found):
            raise SealBroken("A document's vectors do not match its manifest.")
        filters = tuple(manifest["filters"])
        return IndexedVersion(document, version, change, tuple(found), matrix, filters, unpacked_counts(terms))


@dataclass(frozen=True, slots=True)
class _Rows:
    embedder: str
    heads: dict[str, tuple[bytes, bytes]]
    chunks: defaultdict[str, list[SealedChunk]]
    blocks: defaultdict[str, list[tuple[int, bytes]]]


def sealed_chunk(row: sa.Row[*tuple[Any, ...]]) -> SealedChunk:
    """Return a chunk as its row has it."""
    return SealedChunk(ChunkId(row.id), VersionId(row.version_id), row.ordinal, row.body)
