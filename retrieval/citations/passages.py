"""A retrieved passage as proof: its sentences, pairs of neighbours and rows, read when they are first asked for."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, final

from retrieval.citations.agreement import Context
from retrieval.citations.placement import unit_words, values_of_parts
from retrieval.citations.proof import may_prove, proves
from retrieval.citations.reading.languages.tables import languages
from retrieval.citations.reading.statement import Clause, Statement, read
from retrieval.extract import Quote
from retrieval.passages.rows import units_of
from tenancy.index.hits import Hit
from tenancy.values.layout import Rows
from tenancy.values.units import Unit

_BARE: Final = re.compile(r"[-+\d.,'\s\u2013\u00a0]*\d[-+\d.,'\s\u2013\u00a0]*")
_NEARLY_ALL: Final = 0.85
_MUCH_MORE: Final = 0.3
_QUESTION_MARKS: Final = "?\u061f\uff1f"
_YEAR: Final = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d|21\d\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence or row of a passage, or two neighbours, and what it states; `start` and `end` are those of its text.

    `figures` are the numbers that fill a cell of a row, `columns` the words that name its columns: neither tells which
    row it is.
    """

    start: int
    end: int
    statement: Statement
    rows: Rows | None = None
    figures: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()


@final
class Passage:
    """One hit, taken apart once for all claims of an answer."""

    def __init__(self, hit: Hit, question: Statement) -> None:
        """Remember the hit and the question it was found for; nothing is read yet."""
        self.hit = hit
        self._question = question

    @cached_property
    def context(self) -> Context:
        """What is known besides a sentence: the question, the document's name and the years it speaks of."""
        around = " ".join((self.hit.document_name, *(rows.sheet for rows in self.hit.layout.rows)))
        named = {int(year) for year in _YEAR.findall(around)}
        named |= {year for each in self._question.moments for year, _, _ in each.readings if year}
        named |= {int(value) for each in self._question.quantities for value in each.values if not each.unit}
        years = {int(year) for year in _YEAR.findall(self.hit.text)}
        told = read(re.sub(r"[_.-]", " ", around)).words
        prose = (each.statement.words for each in self.sources if each.rows is None)
        return Context(self._question, told, frozenset(years | named), frozenset(named), frozenset[str]().union(*prose))

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """Single sentences and rows, in the order of the text."""
        language = self._language
        found: list[Source] = []
        asked: Source | None = None
        for unit in units_of(self.hit):
            text = self.hit.text[unit.start : unit.end]
            if not unit.quotable:
                continue
            source = _row(unit, text, language) if unit.rows else _sentence(unit, text, language)
            if text[-1] in _QUESTION_MARKS:
                asked = source
                continue
            found.append(answered(asked, source, language) if asked else source)
            asked = None
        return tuple(found)

    def proof(self, claim: Statement) -> Source | None:
        """Return what proves a claim: one sentence or row, else two sentences that follow each other."""
        alone = [each for each in self.sources if self._proves(each, claim)]
        fit = [each for each in alone if not self._outdone(each, claim)]
        if not alone:
            fit = [each for each in self._pairs(claim) if self._proves(each, claim)]
        best = max(fit, key=lambda each: (_shared(claim, each), each.start - each.end), default=None)
        return best if best is None or not self._overruled(best, claim) else None

    def likely(self, claim: Statement) -> Source | None:
        """Return what would prove a claim but for its wording: its values agree, and nothing of it is denied."""
        fit = [each for each in self.sources if may_prove(each.statement, claim, self.context)]
        fit = [each for each in fit if not self._outdone(each, claim)]
        return max(fit, key=lambda each: (_shared(claim, each), each.start - each.end), default=None)

    def quote(self, source: Source) -> Quote:
        """Return a source as a span of its document."""
        hit = self.hit
        return Quote(
            hit, hit.start + source.start, hit.start + source.end, hit.text[source.start : source.end], source.rows
        )

    @cached_property
    def _language(self) -> str:
        return read(self.hit.text[:600]).language

    def _pairs(self, claim: Statement) -> Iterator[Source]:
        """Yield neighbours of which both have something of the claim."""
        for one, other in zip(self.sources, self.sources[1:], strict=False):
            if one.rows or other.rows or not (claim.keys & one.statement.keys and claim.keys & other.statement.keys):
                continue
            yield Source(one.start, other.end, joined(one.statement, other.statement))

    def _proves(self, source: Source, claim: Statement) -> bool:
        return proves(source.statement, claim, self.context, row=source.rows is not None)

    def _overruled(self, proof: Source, claim: Statement) -> bool:
        """Tell whether another sentence speaks of nearly all that the claim does, much more fully than its proof.

        That sentence was asked first and does not prove the claim.
        """
        about = claim.keys - values_of_parts(claim.clauses, with_names=True) - unit_words(claim) or self._question.keys
        most = max(len(about & each.statement.keys) for each in self.sources)
        less = len(about & proof.statement.keys)
        return bool(most) and most >= _NEARLY_ALL * len(about) and most - less >= _MUCH_MORE * len(about)

    def _outdone(self, source: Source, claim: Statement) -> bool:
        """Tell whether the claim takes its value from here but speaks of another row or sentence of the passage.

        A claim that shares nothing with its proof but figures is about what the question names.
        """
        own = source.statement.keys
        figures = source.figures or frozenset(key for key in claim.keys if key[:1].isdigit())
        figures |= unit_words(claim) | frozenset(f"{each.likely:f}" for each in claim.quantities if each.unit)
        wanted = claim.keys
        if not (wanted & own) - figures - source.columns:
            wanted |= self._question.keys
        return any(
            len(wanted & other.statement.keys - own) > len(wanted & own - other.statement.keys - figures)
            for other in self.sources
            if other is not source and _rivals(source, other, claim)
        )


def _shared(claim: Statement, source: Source) -> int:
    return len(claim.keys & source.statement.keys)


def joined(one: Statement, other: Statement) -> Statement:
    """Return two statements as one."""
    return Statement.of((*one.clauses, *other.clauses), one.language, one.script)


def answered(asked: Source, source: Source, language: str) -> Source:
    """Return a question with the sentence after it where that says yes or no, else that sentence alone."""
    known = languages()[language or "en"]
    first = next((each for each in source.statement.clauses if each.words & (known.yes | known.no)), None)
    if first is None or len(first.words) > 1 or source.rows:
        return source
    denied = bool(first.words & known.no)
    question = [replace(each, negations=each.negations + denied) for each in asked.statement.clauses]
    rest = [each for each in source.statement.clauses if each is not first]
    statement = Statement.of((*question, *rest), source.statement.language, source.statement.script)
    return Source(asked.start, source.end, statement)


def _rivals(source: Source, other: Source, claim: Statement) -> bool:
    """Tell whether a claim may have mixed up two sources: rows of one table, sentences with values of one unit."""
    if source.rows or other.rows:
        return source.rows is not None and other.rows is not None and source.rows.header == other.rows.header
    values = [(each.unit, each.values) for each in other.statement.quantities]
    for mine in claim.quantities:
        if mine.unit and any(unit == mine.unit for unit, _ in values):
            return not any(mine.values & theirs for unit, theirs in values if unit == mine.unit)
    return False


def _sentence(unit: Unit, text: str, language: str) -> Source:
    return Source(unit.start, unit.end, read(text, language=language, sure=True))


def _row(unit: Unit, text: str, language: str) -> Source:
    """Read a row cell by cell, each with the name of its column: a bare figure is of the column's unit."""
    header = unit.rows.header if unit.rows else ()
    clauses: list[Clause] = []
    figures: set[str] = set()
    columns: set[str] = set()
    for place, cell in enumerate(text.split(" | ")):
        name = header[place] if place < len(header) else ""
        bare = _BARE.fullmatch(cell) is not None
        told = read(f"{cell} {name}" if bare else cell, language=language)
        if bare:
            figures |= {key for key in told.keys if key[:1].isdigit()}
        named = read(name, language=language).keys
        columns |= named
        clauses.append(_cell(told.clauses, named))
    around = read(unit.rows.caption, language=language).keys if unit.rows else frozenset[str]()
    statement = Statement.of(clauses, "", "", around=around)
    return Source(unit.start, unit.end, statement, unit.rows, frozenset(figures), frozenset(columns) | around)


def _cell(clauses: Sequence[Clause], header: frozenset[str]) -> Clause:
    """Return the clauses of a cell as one, which speaks of what its column is named."""
    first = clauses[0]
    return replace(
        first,
        keys=frozenset(key for each in clauses for key in each.keys) | header,
        quantities=tuple(number for each in clauses for number in each.quantities),
        moments=tuple(moment for each in clauses for moment in each.moments),
        weekdays=frozenset(day for each in clauses for day in each.weekdays),
        names=frozenset(name for each in clauses for name in each.names),
        codes=frozenset(code for each in clauses for code in each.codes),
        negations=sum(each.negations for each in clauses),
        sides=frozenset(side for each in clauses for side in each.sides),
        words=frozenset(word for each in clauses for word in each.words),
    )
