"""What the model of two tenants knows of each."""

from dataclasses import dataclass, field

from tenancy.ids import DocumentId
from tests.tenancy.building import Resident


@dataclass
class Paper:
    """What the model knows of one document: the canaries of its newest version and of the one that answers."""

    newest: str
    live: str | None = None
    external: str | None = None


@dataclass
class Twin:
    """What the model knows of one tenant."""

    resident: Resident
    suspended: bool = False
    papers: dict[DocumentId, Paper] = field(default_factory=dict)
