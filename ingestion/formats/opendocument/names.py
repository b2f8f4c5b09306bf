"""The XML namespaces of OpenDocument as lxml writes them before a name."""

from typing import Any, Final

Element = Any
"""An element of lxml, which ships no annotations."""

_OASIS: Final = "urn:oasis:names:tc:opendocument:xmlns"
OFFICE: Final = f"{{{_OASIS}:office:1.0}}"
TEXT: Final = f"{{{_OASIS}:text:1.0}}"
TABLE: Final = f"{{{_OASIS}:table:1.0}}"
DRAW: Final = f"{{{_OASIS}:drawing:1.0}}"
STYLE: Final = f"{{{_OASIS}:style:1.0}}"
META: Final = f"{{{_OASIS}:meta:1.0}}"
CHART: Final = f"{{{_OASIS}:chart:1.0}}"
PRESENTATION: Final = f"{{{_OASIS}:presentation:1.0}}"
MANIFEST: Final = f"{{{_OASIS}:manifest:1.0}}"
FO: Final = f"{{{_OASIS}:xsl-fo-compatible:1.0}}"
SVG: Final = f"{{{_OASIS}:svg-compatible:1.0}}"
DC: Final = "{http://purl.org/dc/elements/1.1/}"
XLINK: Final = "{http://www.w3.org/1999/xlink}"
XML: Final = "{http://www.w3.org/XML/1998/namespace}"
MATH: Final = "{http://www.w3.org/1998/Math/MathML}"


def whole(element: Element, name: str, usual: int, most: int) -> int:
    """Return an attribute that is a whole number, `usual` where it is none, at most `most`."""
    text = element.get(name, "")
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 10 else usual  # noqa: PLR2004 - no count is longer
