"""Citations of a model's answer: each claim keeps only what proves it.

Rules this module enforces:

- a claim is cited with a sentence, a row or two neighbours of the passage that it names, if that proves it, else with
  what proves it in another passage, else it is marked as unsupported and carries no citation;
- a marker that names no document given is no marker of another: a claim that has only such markers is unsupported,
  since a source that was made up is a reason to doubt, not to search for a better one;
- an unproved claim stays where it stands, with its mark. To take it out would let what follows it speak of something
  else; where nothing in an answer is proved, the whole is refused, so no false sentence is ever shown alone;
- a heading, a lead-in and a polite phrase are no claims: they get no mark, and politeness is left out.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from retrieval.citations.citation import Citation, Numbering
from retrieval.citations.conflicts import superseded, tells_date
from retrieval.citations.courtesy import bare_reply, is_courtesy, is_heading
from retrieval.citations.markers import Claim, claims
from retrieval.citations.passages import Passage, Source
from retrieval.citations.placement import parts
from retrieval.citations.reading.statement import Statement, read
from retrieval.extract import Quote
from tenancy.index.hits import Hit

UNSUPPORTED: Final = "[unsupported]"

Proof = tuple[Passage, Source, Quote]
"""Where a claim is proved, and the words that prove it."""


@dataclass(frozen=True, slots=True)
class Cited:
    """An answer with verified markers, numbered from 1 in order of appearance; `unsupported` counts marked claims."""

    text: str
    citations: tuple[Citation, ...]
    unsupported: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim of an answer with what proves it; `likely` is what would if its wording were not so different.

    What `states` nothing that needs a source is neither cited nor marked.
    """

    claim: Claim
    states: bool
    quotes: tuple[Quote, ...] = ()
    likely: Quote | None = None


def verify(answer: str, hits: Sequence[Hit], *, question: str, required: bool) -> Cited:
    """Check the markers of a model's `answer` against `hits`, where [n] stands for `hits[n - 1]`.

    With `required` a claim without a marker is checked too: it gets the citation that proves it, or the mark of an
    unsupported one. Without `required` it is left as it is.
    """
    return cite(judge(answer, hits, question=question, required=required))


def judge(answer: str, hits: Sequence[Hit], *, question: str, required: bool) -> tuple[Judged, ...]:
    """Take an answer apart and find what proves each of its claims, as `verify` does."""
    asked = read(question)
    passages = [Passage(hit, asked) for hit in hits]
    found = _stated(claims(answer), asked, passages)
    proofs = [_proofs(claim, passages, asked, required=required) for claim in found]
    cited = {quote for each in proofs for _, _, quote in each}
    judged: list[Judged] = []
    for place, (claim, proved) in enumerate(zip(found, proofs, strict=True)):
        following = found[place + 1].text if place + 1 < len(found) else ""
        states = (required or bool(claim.numbers)) and not is_heading(claim, following)
        quotes = [quote for proof in proved if not _stale(proof, claim, passages, cited) for quote in proof[2:]]
        likely = None if proved or not states else _likely(claim, passages, asked)
        judged.append(Judged(claim, states, tuple(dict.fromkeys(quotes)), likely))
    return tuple(judged)


def cite(judged: Sequence[Judged]) -> Cited:
    """Write judged claims as an answer, with markers in the order in which they appear."""
    numbering = Numbering()
    pieces: list[str] = []
    unsupported = 0
    for each in judged:
        pieces += [each.claim.before, each.claim.text]
        if each.states and each.quotes:
            pieces.append(" " + "".join(dict.fromkeys(map(numbering.mark, each.quotes))))
        elif each.states:
            pieces.append(" " + UNSUPPORTED)
            unsupported += 1
    return Cited("".join(pieces).strip(), numbering.citations, unsupported)


def doubted(judged: Sequence[Judged]) -> list[tuple[int, Quote]]:
    """Return what a second opinion may change: the places of claims, each with the quote that it is judged by."""
    shown = ((place, each, (*each.quotes[:1], *filter(None, [each.likely]))) for place, each in enumerate(judged))
    return [(place, quotes[0]) for place, each, quotes in shown if each.states and quotes]


def amended(judged: Sequence[Judged], opinions: Mapping[int, bool]) -> tuple[Judged, ...]:
    """Return judged claims with a second opinion on some of them, by their places."""
    return tuple(
        each
        if place not in opinions
        else replace(each, quotes=(each.quotes or tuple(filter(None, [each.likely]))) if opinions[place] else ())
        for place, each in enumerate(judged)
    )


def _stated(found: Sequence[Claim], asked: Statement, passages: Sequence[Passage]) -> list[Claim]:
    """Leave out polite phrases at the beginning and at the end."""
    edges = {0, len(found) - 1}
    return [
        claim
        for place, claim in enumerate(found)
        if place not in edges or not is_courtesy(claim.plain, asked, passages)
    ]


def _stale(proof: Proof, claim: Claim, passages: Sequence[Passage], cited: Container[Quote]) -> bool:
    """Tell whether a later document says otherwise, and neither the answer says that too nor the claim the old date."""
    passage, source, _ = proof
    later = list(superseded(passage, source, passages))
    return bool(later) and not any(quote in cited for quote in later) and not tells_date(claim.plain, passage.hit)


def _likely(claim: Claim, passages: Sequence[Passage], asked: Statement) -> Quote | None:
    """Return the quote that a claim may be a paraphrase of, in the passages that it names."""
    stated = read(claim.plain, language=asked.language)
    named = (passages[number - 1] for number in claim.numbers if 1 <= number <= len(passages))
    return next((passage.quote(source) for passage in named if (source := passage.likely(stated))), None)


def _proofs(claim: Claim, passages: Sequence[Passage], asked: Statement, *, required: bool) -> list[Proof]:
    """Return what proves a claim: in the passages it names, else in the first other that proves it."""
    if not (required or claim.numbers):
        return []
    stated = bare_reply(claim.plain, asked) or read(claim.plain, language=asked.language)
    stated = replace(stated, language=stated.language or asked.language)
    named = [passages[number - 1] for number in claim.numbers if 1 <= number <= len(passages)]
    if claim.numbers and not named:
        return []
    proofs = [(passage, proof, passage.quote(proof)) for passage in named if (proof := passage.proof(stated))]
    if proofs:
        return proofs
    for passage in passages:
        if passage not in named and (proof := passage.proof(stated)):
            return [(passage, proof, passage.quote(proof))]
    return _in_parts(stated, named or passages)


def _in_parts(claim: Statement, passages: Sequence[Passage]) -> list[Proof]:
    """Prove each part of a claim that states something by itself; one that is not proved leaves all unproved."""
    proofs: list[Proof] = []
    for part in parts(claim):
        found = next(((passage, proof) for passage in passages if (proof := passage.proof(part))), None)
        if found is None:
            return []
        passage, proof = found
        proofs.append((passage, proof, passage.quote(proof)))
    return proofs
