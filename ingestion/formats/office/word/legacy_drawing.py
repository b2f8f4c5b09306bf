"""Drawings in VML, which Word wrote before DrawingML and still writes for embedded files and watermarks."""

from collections.abc import Callable
from dataclasses import dataclass

from ingestion.formats.content import Passage
from ingestion.formats.office.drawing import Blocks, spoken
from ingestion.formats.office.namespaces import MC, Element, O, R, V, W, chosen


@dataclass(frozen=True, slots=True)
class LegacyDrawing:
    """Where the drawing stands; `story` reads the content of a text box, `attached` the file under an identifier."""

    page: int | None
    story: Callable[[Element], Blocks]
    attached: Callable[[str], Blocks]

    def read(self, element: Element) -> Blocks:
        """Return what the shapes under `element` say."""
        tag = element.tag
        if tag == f"{W}txbxContent":
            return self.story(element)
        if tag == f"{MC}AlternateContent":
            branch = chosen(element)
            return [] if branch is None else self._all(branch)
        if "visibility:hidden" in element.get("style", "").replace(" ", ""):
            return []
        blocks: Blocks = []
        if tag in {f"{O}OLEObject", f"{W}objectEmbed"} and element.get("Type") != "Link":
            blocks = self.attached(element.get(f"{R}id", ""))
        elif tag == f"{V}textpath":
            blocks = self._said(element.get("string", ""), "")
        elif tag == f"{V}imagedata":
            blocks = self._said(spoken(element.get(f"{O}title", "")), "Picture: ")
        elif isinstance(tag, str) and tag.startswith(V):
            blocks = self._said(spoken(element.get("alt", "")), "Picture: ")
        return [*blocks, *(each for each in self._all(element) if each not in blocks)]

    def _all(self, container: Element) -> Blocks:
        return [block for each in container for block in self.read(each)]

    def _said(self, text: str, label: str) -> Blocks:
        text = " ".join(text.split())
        return [Passage(f"{label}{text}", page=self.page)] if text else []
