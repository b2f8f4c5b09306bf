"""Parsing a web page, whole or broken, into a tree that holds all of its text."""

import html.entities
import re
from collections import deque
from typing import Final

from lxml import etree

_DATA_ADDRESS: Final = re.compile(r"""data:[\w/+.-]{0,60}(?:;[\w=-]{1,40}){0,3},[^"'\s)>]{64,}""")
_UNTIL_ITS_END: Final = ("title", "script", "style", "textarea", "noscript", "xmp", "template")
_OPEN: Final = {name: re.compile(rf"<{name}\b[^>]{{0,2000}}>", re.IGNORECASE) for name in _UNTIL_ITS_END}
_CLOSED: Final = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in _UNTIL_ITS_END}
_STRICT: Final = re.compile(
    r"\s*(<\?xml|<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML|<html[^>]{0,400}xmlns=)", re.IGNORECASE
)
_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]{0,300}\?>")
_ENTITY: Final = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_KEPT_ENTITIES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_CDATA: Final = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_INLINE: Final = re.compile(
    r"</?(?:font|span|b|i|u|a|em|strong|small|big|tt|center|strike|s|o:p)\b[^>]{0,2000}>", re.IGNORECASE
)
_TAG: Final = re.compile(r"</?([A-Za-z][\w:-]{0,40})[^<>]{0,2000}>")
_BREAKS_NOTHING: Final = frozenset({"b", "i", "u", "a", "em", "strong", "span", "font", "code", "sub", "sup"})


def parse_markup(text: str) -> etree._Element | None:
    """Return the root of a page's tree; None where it holds nothing."""
    text = _DATA_ADDRESS.sub("data:,", text)
    if _STRICT.match(text):
        root = _strict(text)
        if root is not None:
            return root
    text = _with_ends(_CDATA.sub(lambda found: html.escape(found.group(1), quote=False), text))
    for lighter in (_same, _without_inline_tags, _without_tags):
        root, whole = _loose(lighter(text))
        if whole:
            break
    return root


def parse_xml(text: str) -> tuple[etree._Element | None, bool]:
    """Return the root of a text of XML, without external parts and entities, and whether all of it could be read."""
    text = _ENTITY.sub(_character, _DECLARATION.sub("", text).strip())
    for recover in (False, True):
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
            huge_tree=True,
            recover=recover,
        )
        try:
            root = etree.fromstring(text.encode(errors="replace"), parser)
        except (etree.XMLSyntaxError, ValueError):
            continue
        return root, not recover
    return None, False


def _strict(text: str) -> etree._Element | None:
    root, whole = parse_xml(text)
    return root if whole else None


def _character(entity: re.Match[str]) -> str:
    name = entity.group(1)
    return entity.group() if name in _KEPT_ENTITIES else html.entities.html5.get(f"{name};", entity.group())


def _loose(text: str) -> tuple[etree._Element | None, bool]:
    """Return the root of a tree, and whether it holds all: nested too deep, the parser stops."""
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = etree.fromstring(text.encode(errors="replace"), parser)
    except etree.XMLSyntaxError:
        root = None
    return root, not any(error.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for error in parser.error_log) and (
        not any("depth" in error.message for error in parser.error_log)
    )


def _with_ends(text: str) -> str:
    # Where one of these is not closed, all text after it would be its content.
    start = text.rfind("<!--")
    if start >= 0 and text.find("-->", start) < 0:
        text = text[:start] + text[start + 4 :]
    for name in _UNTIL_ITS_END:
        last = next(iter(deque(_OPEN[name].finditer(text), 1)), None)
        if last is not None and _CLOSED[name].search(text, last.end()) is None:
            text = text[: last.start()] + text[last.end() :]
    return text


def _same(text: str) -> str:
    return text


def _without_inline_tags(text: str) -> str:
    return _INLINE.sub("", text)


def _without_tags(text: str) -> str:
    return _TAG.sub(lambda tag: "" if tag.group(1).lower() in _BREAKS_NOTHING else "<br>", text)
