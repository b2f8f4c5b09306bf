"""What is asked, what would be right, and what came back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Whether the tenant that is asked holds an answer."""

    ANSWERABLE = "answerable"
    MISSING = "missing"
    """Nobody holds the answer, though a document may come close."""
    FOREIGN = "foreign"
    """Another tenant holds the answer."""


@dataclass(frozen=True, slots=True)
class Case:
    """One question put to one tenant.

    Any one of `golds` is a right answer; `sources` are the names of the tenant's documents that hold one. Both are
    empty unless the case is answerable.
    """

    id: str
    tenant: str
    question: str
    kind: Kind
    golds: tuple[str, ...] = ()
    sources: frozenset[str] = frozenset()
    language: str = "en"


@dataclass(frozen=True, slots=True)
class File:
    """A document as it is uploaded; its name is unique within its tenant."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Household:
    """One tenant of a set: what it holds and what it is asked."""

    tenant: str
    files: tuple[File, ...]
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Tenants that are measured together, under one name in the table."""

    name: str
    households: tuple[Household, ...]

    @property
    def cases(self) -> tuple[Case, ...]:
        """All cases, tenant by tenant."""
        return tuple(case for household in self.households for case in household.cases)


@dataclass(frozen=True, slots=True)
class Cited:
    """One citation of an answer: the document's name and the words quoted from it."""

    document: str
    quote: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the service made of a case: its search, best document first without repeats, and its answer."""

    case: Case
    ranked: tuple[str, ...]
    contexts: tuple[str, ...]
    answer: str
    refused: bool
    citations: tuple[Cited, ...]
    search_seconds: float
    ask_seconds: float


def by_tenant(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """Return the outcomes of each tenant, tenants in the order of their first case."""
    found: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        found.setdefault(outcome.case.tenant, []).append(outcome)
    return found


def in_order(names: Sequence[str]) -> tuple[str, ...]:
    """Return the documents of ranked chunks, each in the place of its best chunk."""
    return tuple(dict.fromkeys(names))
