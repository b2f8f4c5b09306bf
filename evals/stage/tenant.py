"""A tenant on the stage: its principals, what it holds, and the ids that are its own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import final

from evals.canaries.derive import Canary
from evals.target.reply import Reply
from evals.target.session import Session


@dataclass(frozen=True, slots=True)
class Planted:
    """A document that the stage put in, and the secrets in it."""

    document_id: str
    key: str
    name: str
    canaries: tuple[Canary, ...]


@final
class StagedTenant:
    """A tenant: `session` is its strongest principal, `roles` the others, by role."""

    def __init__(self, name: str, session: Session, *, made: bool) -> None:
        """Begin without documents; `made` says whether the stage made the tenant, and so may end it."""
        self.name, self.session, self.made = name, session, made
        self.roles: dict[str, Session] = {}
        self.documents: list[Planted] = []
        self.put_in: list[str] = []
        """Every document id that the stage put into it, the disposable ones too."""
        self._ids: dict[str, dict[str, None]] = {}

    @property
    def canaries(self) -> tuple[Canary, ...]:
        """Every secret it holds."""
        return tuple(one for document in self.documents for one in document.canaries)

    @property
    def ids(self) -> Mapping[str, tuple[str, ...]]:
        """The ids that are its own, by kind: `document`, `chunk`, `client`, `tenant`."""
        return {kind: tuple(found) for kind, found in self._ids.items()}

    def learn(self, reply: Reply) -> None:
        """Keep the ids in a reply that this tenant got for itself: what an operation gives as `x_id` is of kind x."""
        for name in reply.gives:
            if name.endswith("_id"):
                self.own(name.removesuffix("_id"), (str(one) for one in reply.every(name) if one is not None))

    def own(self, kind: str, ids: Iterable[str]) -> None:
        """Keep ids that are its own."""
        for one in ids:
            if one:
                self._ids.setdefault(kind, {})[one] = None

    def rightful(self, others: Iterable["StagedTenant"]) -> frozenset[str]:
        """Return the ids that are its own without what only others put in: a leak may have shown that as its own."""
        theirs = {one for other in others for one in other.put_in}.difference(self.put_in)
        return frozenset(one for ids in self._ids.values() for one in ids) - theirs

    def disown(self, one: str) -> None:
        """Forget an id that stands for nothing any more."""
        for found in self._ids.values():
            found.pop(one, None)
