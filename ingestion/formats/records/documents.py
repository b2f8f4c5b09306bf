"""XML that is a document (DocBook, DITA, JATS, TEI): its elements renamed to those of a web page."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from lxml import etree

from ingestion.formats.text.elements import local_name

_ROOTS: Final = frozenset(
    {"book", "article", "chapter", "section", "refentry", "part", "appendix", "preface", "set", "tei", "teicorpus"}
    | {"topic", "concept", "task", "reference", "dita", "glossary"}
)
_PARAGRAPHS: Final = frozenset({"para", "simpara", "p", "formalpara", "sect1", "sec", "section", "body", "conbody"})
_SAME: Final[Mapping[str, str]] = MappingProxyType(
    {
        "para": "p",
        "simpara": "p",
        "title": "h2",
        "subtitle": "h3",
        "head": "h2",
        "titleabbrev": "h3",
        "programlisting": "pre",
        "literallayout": "pre",
        "screen": "pre",
        "synopsis": "pre",
        "codeblock": "pre",
        "lines": "pre",
        "itemizedlist": "ul",
        "simplelist": "ul",
        "orderedlist": "ol",
        "steps": "ol",
        "procedure": "ol",
        "listitem": "li",
        "member": "li",
        "item": "li",
        "step": "li",
        "variablelist": "dl",
        "informaltable": "table",
        "row": "tr",
        "entry": "td",
        "term": "dt",
        "footnote": "aside",
        "lb": "br",
        "quote": "q",
    }
)
_INLINE: Final = frozenset(
    {
        "emphasis",
        "link",
        "ulink",
        "xref",
        "code",
        "literal",
        "command",
        "filename",
        "option",
        "acronym",
        "abbrev",
        "ref",
    }
    | {"systemitem", "varname", "function", "parameter", "application", "guilabel", "menuchoice", "keycap", "firstterm"}
    | {"replaceable", "userinput", "computeroutput", "b", "i", "u", "em", "strong", "sup", "sub", "span", "ext-link"}
    | {"bold", "italic", "hi", "name", "email", "ph", "codeph", "uicontrol", "filepath", "keyword", "tag", "trademark"}
)


def is_document(root: etree._Element) -> bool:
    """Whether XML is made of paragraphs in a vocabulary for texts, not of records."""
    return local_name(root) in _ROOTS and next(
        (True for element in root.iter() if local_name(element) in _PARAGRAPHS and local_name(element) != "section"),
        False,
    )


def as_page(root: etree._Element) -> etree._Element:
    """Rename the elements of a document to what they are in HTML: what is not known is a part of the page, or a run."""
    for element in list(_elements(root)):
        name = local_name(element)
        inline = name in _INLINE or (not len(element) and name not in _SAME and _has_text_beside(element))
        element.tag = _SAME.get(name, "span" if inline else "div" if name not in _KEPT else name)
        element.attrib.pop("hidden", None)
    return root


_KEPT: Final = frozenset({"p", "table", "thead", "tbody", "tr", "td", "th", "ul", "ol", "li", "dl", "dt", "dd", "pre"})


def _elements(root: etree._Element) -> Iterator[etree._Element]:
    return (element for element in root.iter() if isinstance(element.tag, str))


def _has_text_beside(element: etree._Element) -> bool:
    parent = element.getparent()
    before = element.getprevious()
    texts = (element.tail, before.tail if before is not None else parent.text if parent is not None else "")
    return any(_WRITTEN.search(text or "") for text in texts)


_WRITTEN: Final = re.compile(r"\S")
