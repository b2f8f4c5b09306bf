"""Answering a question from the tables that a search has led to: which of them it is asked of, and what they give.

Rules this module enforces:

* Only tables of documents among the hits are asked, so that a filter holds for them too, and only their live versions.
* An answer is given where one table has all the words of the question. Where several have, none is chosen.
* A question that a sentence answers at least as well as a table is none to a table.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from retrieval.citations.citation import Citation, Numbering
from retrieval.extract import Quote
from retrieval.passages.rows import units_of
from retrieval.tables.inquiry import Inquiry, read_words
from retrieval.tables.languages import Language, Task
from retrieval.tables.query import Misfit, read_query
from retrieval.tables.result import CitedRow, Computed, compute
from retrieval.tables.vocabulary import Vocabulary, key
from retrieval.tables.wording import refusal, table_name, worded
from tenancy.compartment import Compartment
from tenancy.errors import NotFound
from tenancy.ids import DocumentId, VersionId
from tenancy.index.hits import Hit
from tenancy.stores.views import Outcome
from tenancy.values.columns import ColumnTable

_MOST_DOCUMENTS: Final = 8
_WITHOUT_NUMBER: Final = frozenset({Task.LEAST, Task.MOST, Task.OTHER})
_COUNTS: Final = frozenset({Task.COUNT, Task.DIFFERENT})
_TERM_WORDS: Final = 3
_LEAST_HELD: Final = 2  # words of a question, of a quote that has what a table does not have of it


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """What is said, with markers, and what they stand for; `hits` are the chunks that the rows stand in.

    Without citations it is a refusal.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    hits: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class _Source:
    """A document among the hits, by its live version."""

    document: DocumentId
    name: str
    version: VersionId
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _Found:
    """What one table gives: a Computed, a Misfit, or None where a single cell is asked for."""

    source: _Source
    table: str
    value: Computed | Misfit | None
    remote: int = 0
    covered: int = 0
    term: str = ""


async def compute_answer(
    compartment: Compartment, inquiries: Sequence[Inquiry], hits: Sequence[Hit], wide: Sequence[Hit], *, refuses: bool
) -> TableAnswer | None:
    """Return the answer that a table gives; None where the question is none to a table.

    With `refuses` a question that is one to a table but is not computed is refused in so many words. `inquiries` are
    the ways to read the question; `hits` are what else would answer it, `wide` more of them, among whose documents a
    table is looked for. Tables are opened one document at a time, in a thread.
    """
    found: list[_Found] = []
    for document, name in _documents(wide) if inquiries else ():
        found += await _asked(compartment, inquiries, document, name)
    chosen = _chosen(found)
    if chosen is None:
        return None
    spoken = inquiries[0].language
    if isinstance(chosen, Misfit):
        if not refuses or chosen.pinned:
            return None
        is_quoted = await asyncio.to_thread(_is_quoted_better, chosen, inquiries[0], hits)
        return None if is_quoted else TableAnswer(refusal(chosen, spoken))
    if not isinstance(chosen.value, Computed) or _is_term(chosen, hits):
        return None
    return await _cited(compartment, chosen, chosen.value, spoken)


def _documents(hits: Sequence[Hit]) -> list[tuple[DocumentId, str]]:
    """Return the first documents with rows of a table among the hits."""
    names = {hit.document_id: hit.document_name for hit in hits if hit.layout.rows}
    return list(names.items())[:_MOST_DOCUMENTS]


async def _asked(
    compartment: Compartment, inquiries: Sequence[Inquiry], document: DocumentId, name: str
) -> list[_Found]:
    async with compartment.snapshot() as records:
        try:
            current = await records.documents.get(document)
        except NotFound:  # deleted since the search
            return []
        if current.live_version is None:
            return []
        outcome = current.outcome if current.live is None else current.live.outcome
        tables = await records.columns.open(current.live_version)
    source = _Source(document, name, current.live_version, outcome)
    return await asyncio.to_thread(lambda: [each for table in tables for each in _read(inquiries, table, source)])


def _read(inquiries: Sequence[Inquiry], table: ColumnTable, source: _Source) -> Iterator[_Found]:
    spoken = inquiries[0].language
    names = (source.name.rpartition(".")[0] or source.name, source.outcome.title or "", table.sheet, table.caption)
    words = Vocabulary(table, names, spoken)
    called = table_name(table, source.name, spoken)
    for inquiry in inquiries:
        query = read_query(inquiry, words)
        if isinstance(query, Misfit):
            yield _Found(source, called, query)
        else:
            yield _Found(source, called, compute(inquiry, query, words), query.remote, query.covered, inquiry.term)


def _chosen(found: Sequence[_Found]) -> _Found | Misfit | None:
    """Return the one table that answers, or the closest that does not; None where there is none to speak of."""
    fitting = [each for each in found if not isinstance(each.value, Misfit)]
    if fitting:
        least = min(each.remote for each in fitting)
        fitting = [each for each in fitting if each.remote == least]
        if all(each.value == fitting[0].value for each in fitting):
            return fitting[0]
        if any(each.value is None for each in fitting):
            return None
        return Misfit(
            "tables", tuple(dict.fromkeys(each.table for each in fitting)), max(each.covered for each in fitting)
        )
    misfits = [each.value for each in found if isinstance(each.value, Misfit) and each.value.covered]
    return max(misfits, key=lambda each: (each.covered, not each.pinned, -len(each.said)), default=None)


def _is_term(found: _Found, hits: Sequence[Hit]) -> bool:
    """Tell whether the hits have the words of the question as a term of their own: a minimum order value is no minimum.

    Two words are one where they stand in a cell, or where the table has them only by what they mean.
    """
    words = found.term.count(" ") + 1
    if not isinstance(found.value, Computed) or found.value.task in _COUNTS or words < _TERM_WORDS - 1:
        return False
    for hit in hits:
        for unit in units_of(hit):
            text = f" {key(hit.text[unit.start : unit.end])} "
            weighs = words >= _TERM_WORDS or found.remote > 0 or unit.rows is not None
            if weighs and unit.quotable and f" {found.term} " in text:
                return True
    return False


def _is_quoted_better(misfit: Misfit, inquiry: Inquiry, hits: Sequence[Hit]) -> bool:
    """Tell whether a quote has as much of a question as the table, or half of what the table does not have of it.

    Where a number is asked for, the quote has one. A word less counts of a row: its cells are the table's own.
    """
    spoken = inquiry.language
    empty = spoken.function | spoken.grouping
    words = [word for place, word in enumerate(inquiry.words) if place not in inquiry.cue and word.plain not in empty]
    wanted = {word.stem for word in words}
    missing = misfit.lacking & wanted
    for hit in hits:
        for unit in units_of(hit):
            said = read_words(hit.text[unit.start : unit.end], spoken.stemmer, most=None) if unit.quotable else ()
            if inquiry.task in _WITHOUT_NUMBER or any(_is_number(word.plain, spoken) for word in said):
                held = wanted & {word.stem for word in said}
                fills = missing and 2 * len(missing & held) >= len(missing) and len(held) >= _LEAST_HELD
                if fills or len(held) - (unit.rows is not None) >= misfit.covered:
                    return True
    return False


def _is_number(plain: str, spoken: Language) -> bool:
    return plain in spoken.numbers or any(letter.isdigit() for letter in plain)


async def _cited(compartment: Compartment, found: _Found, value: Computed, spoken: Language) -> TableAnswer | None:
    """Return the answer with its rows; None where the document was replaced meanwhile."""
    async with compartment.snapshot() as records:
        chunks = await records.chunks.at(found.source.version, sorted({row.ordinal for row in value.rows}))
    hits = {
        chunk.ordinal: Hit(
            chunk.id, chunk.document_id, chunk.document_name, chunk.ordinal, chunk.text, chunk.start, chunk.end,
            1.0, 0.0, chunk.layout,
        )
        for chunk in chunks
    }  # fmt: skip
    if not value.rows or any(row.ordinal not in hits for row in value.rows):
        return None
    numbering = Numbering()
    markers = "".join(numbering.mark(_quote(hits[row.ordinal], row)) for row in value.rows)
    coverage = found.source.outcome.coverage
    is_whole = coverage is None or not coverage.unread
    first, *rest = worded(value, found.table, spoken, is_whole=is_whole)
    text = " ".join((f"{first} {markers}", *rest))
    return TableAnswer(text, numbering.citations, tuple(hits.values()))


def _quote(hit: Hit, row: CitedRow) -> Quote:
    start = max(row.start - hit.start, 0)
    end = hit.text.find("\n", start)
    line = hit.text[start : end if end >= 0 else len(hit.text)]
    start += len(line) - len(line.lstrip())
    text = line.strip()
    return Quote(hit, hit.start + start, hit.start + start + len(text), text)
