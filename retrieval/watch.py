"""Keep from a caller whatever a tripwire marks as another tenant's.

Rules this module enforces:

- a foreign token among the hits blocks the whole result, unless it is known to have come in with the caller's own
  document: what the index says of a hit is not believed, the caller's sealed record of that document is;
- a foreign token in an answer blocks it, unless it came in with the caller's own documents that the answer is made
  from, or stands in the question;
- a foreign token in a question only sounds the alarm.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from retrieval.answer import Answer
from retrieval.passages.rows import names
from tenancy.compartment import Compartment
from tenancy.ids import DocumentId
from tenancy.index.hits import Hit
from tenancy.tripwires.alarms import Surface
from tenancy.tripwires.tokens import Token


@dataclass(frozen=True, slots=True)
class Watch:
    """The watch over one question; `asked` are the tokens that stand in it."""

    compartment: Compartment
    asked: frozenset[Token]

    @classmethod
    async def over(cls, compartment: Compartment, question: str) -> Self:
        """Begin, and sound the alarm for foreign tokens in the question."""
        wires = compartment.tripwires
        asked = wires.found(question)
        await wires.sound(await wires.foreign(asked), Surface.QUESTION, blocked=False)
        return cls(compartment, asked)

    async def passes_hits(self, hits: Sequence[Hit], surface: Surface) -> bool:
        """Tell whether the hits may be used; sounds the alarm where not."""
        wires = self.compartment.tripwires
        by_document: dict[DocumentId, set[Token]] = {}
        for hit in hits:
            found = wires.found(hit.text, hit.document_name, *names(hit))
            if found:
                by_document.setdefault(hit.document_id, set()).update(found)
        foreign = await wires.foreign(token for tokens in by_document.values() for token in tokens)
        leaked: set[Token] = set()
        for document, tokens in by_document.items():
            if tokens & foreign:
                leaked |= unexplained(tokens & foreign, await wires.arrived([document]))
        await wires.sound(leaked, surface, blocked=True)
        return not leaked

    async def passes_answer(self, answer: Answer, hits: Sequence[Hit]) -> bool:
        """Tell whether an answer made from `hits`, which have passed, may be given; sounds the alarm where not."""
        wires = self.compartment.tripwires
        quoted = [
            text
            for each in answer.citations
            for text in (each.quote, each.document_name, each.sheet or "", *(each.header or ()))
        ]
        foreign = await wires.foreign(wires.found(answer.answer, *quoted) - self.asked)
        if not foreign:
            return True
        leaked = unexplained(foreign, await wires.arrived(hit.document_id for hit in hits))
        await wires.sound(leaked, Surface.ANSWER, blocked=True)
        return not leaked


def unexplained(tokens: Iterable[Token], arrived: Iterable[str]) -> set[Token]:
    """Return the tokens whose names are not among those that are known to have arrived."""
    known = frozenset(arrived)
    return {token for token in tokens if str(token) not in known}
