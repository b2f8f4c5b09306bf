"""Where the text of a Word document is read, and what all of it shares."""

from collections.abc import Mapping
from dataclasses import dataclass

from ingestion.formats.office.embedded import EmbeddedFiles
from ingestion.formats.office.namespaces import Element
from ingestion.formats.office.package import Package
from ingestion.formats.office.word.fields import Fields
from ingestion.formats.office.word.notes import Notes
from ingestion.formats.office.word.numbering import ListLabels
from ingestion.formats.office.word.paging import PageCount
from ingestion.formats.office.word.styles import Styles


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all stories of a document share."""

    package: Package
    styles: Styles
    labels: ListLabels
    notes: Mapping[str, Notes]
    files: EmbeddedFiles


class Place:
    """Where a story is: its part, the fields and pages there, the section and how many came before."""

    def __init__(self, part: str, fields: Fields, pages: PageCount, section: Element | None = None) -> None:
        """Begin in the first section."""
        self.part = part
        self.fields = fields
        self.pages = pages
        self.section = section
        self.sections = 0
