"""What a reader found in a file."""

from collections.abc import Sequence
from dataclasses import dataclass

from unstructured.documents.elements import Element


@dataclass(frozen=True, slots=True)
class Read:
    """The elements of a document, the title it gives itself, and its pages: None where the format has none.

    `headings` says whether the first heading may stand for a title that is missing.
    """

    elements: Sequence[Element]
    title: str | None = None
    pages: int | None = None
    headings: bool = True
