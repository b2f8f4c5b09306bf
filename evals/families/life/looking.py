"""Ask every surface on which a document shows, and tell what of it an answer still shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from evals.canaries.derive import Canary
from evals.canaries.matching import Detector
from evals.stage.stage import Stage
from evals.stage.tenant import Planted
from evals.target.operation import Caller, Operation
from evals.target.reply import Reply
from evals.target.session import Session

_ASKED: Final = {"search": "query", "ask": "question"}
_BY_DOCUMENT: Final = "document_id"
_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Look:
    """One way to see a document: an operation and what it is asked with; `canary` is the secret asked for, if any."""

    operation: str
    values: Mapping[str, object] = field(hash=False)
    canary: Canary | None = None

    @property
    def names_it(self) -> bool:
        """Whether the request itself names the document, so that an answer may repeat its id."""
        return _BY_DOCUMENT in self.values

    @property
    def said(self) -> tuple[str, ...]:
        """What the request says."""
        return tuple(map(str, self.values.values()))

    async def ask(self, session: Session) -> Reply:
        """Ask as a principal."""
        return await session.call(self.operation, **self.values)


def looks_at(stage: Stage, document: Planted) -> list[Look]:
    """Return every way to see a document: each read by its id, each list, and every question it answers."""
    reads = [one for one in stage.spec.operations.values() if _reads(one) and stage.serves(one.name)]
    page = {"limit": _PAGE}
    found = [
        Look(one.name, {**page, _BY_DOCUMENT: document.document_id} if _BY_DOCUMENT in one.needs else page)
        for one in reads
    ]
    asked = {name: value for name, value in _ASKED.items() if stage.serves(name)}
    found += [
        Look(name, {value: canary.question, "top_k": 20}, canary)
        for canary in document.canaries
        for name, value in asked.items()
    ]
    return found


def _reads(operation: Operation) -> bool:
    by_id = _BY_DOCUMENT in operation.needs
    lists = any(name == _BY_DOCUMENT for name in operation.gives)
    known = operation.needs <= {_BY_DOCUMENT, "limit", "cursor"}
    return operation.caller is Caller.TENANT and not operation.changes and known and (by_id or lists)


def residue(reply: Reply, look: Look, document: Planted) -> str:
    """Say what of a document an answer shows: a secret of it, its id, or that it is there; empty if nothing."""
    detector = Detector(document.canaries)
    told = {match.canary.id for text in look.said for match in detector.find(text)}
    for match in detector.find(reply.raw):
        if match.canary.id not in told:
            return f"a secret of it ({match.canary.form})"
    if look.names_it:
        return "the document, as if it were there" if reply.done else ""
    return "its id" if document.document_id.encode() in reply.raw else ""
