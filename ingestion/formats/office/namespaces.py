"""The XML namespaces of Office files as lxml writes them before a name, and the Strict ones as Transitional ones."""

from typing import Any, Final

Element = Any
"""An element of lxml, which ships no annotations."""

_OFFICE: Final = "http://schemas.openxmlformats.org"
_MICROSOFT: Final = "http://schemas.microsoft.com/office"
W: Final = f"{{{_OFFICE}/wordprocessingml/2006/main}}"
R: Final = f"{{{_OFFICE}/officeDocument/2006/relationships}}"
M: Final = f"{{{_OFFICE}/officeDocument/2006/math}}"
A: Final = f"{{{_OFFICE}/drawingml/2006/main}}"
P: Final = f"{{{_OFFICE}/presentationml/2006/main}}"
C: Final = f"{{{_OFFICE}/drawingml/2006/chart}}"
CX: Final = f"{{{_MICROSOFT}/drawing/2014/chartex}}"
DGM: Final = f"{{{_OFFICE}/drawingml/2006/diagram}}"
WP: Final = f"{{{_OFFICE}/drawingml/2006/wordprocessingDrawing}}"
MC: Final = f"{{{_OFFICE}/markup-compatibility/2006}}"
V: Final = "{urn:schemas-microsoft-com:vml}"
O: Final = "{urn:schemas-microsoft-com:office:office}"  # noqa: E741 - the prefix by which Office files call it
A14: Final = f"{{{_MICROSOFT}/drawing/2010/main}}"
P14: Final = f"{{{_MICROSOFT}/powerpoint/2010/main}}"
DC: Final = "{http://purl.org/dc/elements/1.1/}"
CONTENT_TYPES: Final = f"{{{_OFFICE}/package/2006/content-types}}"

_STRICT: Final = "{http://purl.oclc.org/ooxml/"
_RENAMED: Final = {"extendedProperties": "extended-properties", "customProperties": "custom-properties"}
# Choices of these namespaces need nothing that the readers lack; of others, such as ink, the fallback is read.
_UNDERSTOOD: Final = (f"{_MICROSOFT}/word/", f"{_MICROSOFT}/drawing/2010/", f"{_MICROSOFT}/powerpoint/")
_CHARTS: Final = f"{_MICROSOFT}/drawing/2014/chartex", f"{_MICROSOFT}/drawing/2015/", f"{_MICROSOFT}/drawing/2016/"
_INK: Final = (f"{_MICROSOFT}/word/2010/wordprocessingInk",)


def local_name(element: Element) -> str:
    """Return the name of `element` without its namespace; empty for what is no element."""
    tag = element.tag
    return tag[tag.rfind("}") + 1 :] if isinstance(tag, str) else ""


def to_transitional(root: Element) -> None:
    """Give what is under `root` the Transitional names, if it is from a Strict file."""
    if not any(uri.startswith(_STRICT[1:]) for uri in _declared(root)):
        return
    for element in root.iter("*"):
        if element.tag.startswith(_STRICT):
            element.tag = _transitional(element.tag)
        for name in [name for name in element.attrib if name.startswith(_STRICT)]:
            element.set(_transitional(name), element.attrib.pop(name))


def _declared(root: Element) -> set[str]:
    return {uri for element in (root, *root) if isinstance(element.tag, str) for uri in element.nsmap.values() if uri}


def _transitional(name: str) -> str:
    namespace, _, local = name.removeprefix(_STRICT).partition("}")
    area, _, rest = namespace.partition("/")
    rest = _RENAMED.get(rest, rest)
    return f"{{{_OFFICE}/{area}/2006/{rest}}}{local}"


def chosen(alternatives: Element) -> Element | None:
    """Return which content of an mc:AlternateContent is shown: the first choice that is understood, or the fallback."""
    choices = alternatives.findall(f"{MC}Choice")
    for choice in choices:
        needed = [choice.nsmap.get(prefix, "") for prefix in choice.get("Requires", "").split()]
        if all(_is_understood(uri) for uri in needed):
            return choice
    fallback = alternatives.find(f"{MC}Fallback")
    return fallback if fallback is not None else next(iter(choices), None)


def _is_understood(uri: str) -> bool:
    return uri == V[1:-1] or (uri.startswith((*_UNDERSTOOD, *_CHARTS)) and not uri.startswith(_INK))
