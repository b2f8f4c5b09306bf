"""The words in the XML parts of Office and OpenDocument files: every text node that a person would see.

It knows names of elements, and nothing of how the readers walk them.
"""

import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import reduce
from pathlib import Path
from typing import Final

from lxml import etree

from benchmarks.reading.words import words_in

SUFFIXES: Final = frozenset({"docx", "docm", "pptx", "pptm", "xlsx", "xlsm", "odt", "ods", "odp", "odg"})
"""The ends of the names of files that are packages of XML parts."""
_NO_CONTENT: Final = re.compile(
    r"(^|/)(_rels|docProps|customXml|glossary|slideLayouts|slideMasters|notesMasters|handoutMasters|theme|tags|META-INF"
    r"|Thumbnails|Configurations2|externalLinks|pivotCache|activeX|ctrlProps|persons|webextensions)/"
    r"|(^|/)(\[Content_Types\]|settings|webSettings|styles|stylesWithEffects|fontTable|numbering|presProps|viewProps"
    r"|tableStyles|commentAuthors|authors|people|calcChain|connections|metadata|meta|manifest|sharedStrings"
    r"|comments(Extended|Ids|Extensible))\.xml$"
    r"|/diagrams/(drawing|layout|colors|quickStyle)\d*\.xml$|/charts/(style|colors)\d*\.xml$"
)
_UNSEEN: Final = frozenset(
    {
        "del",
        "moveFrom",
        "Fallback",
        "rPh",
        "tracked-changes",
        "script",
        "event-listeners",
        "creator",
        "date",
        "numCache",
    }
    | {"page-number", "page-count", "time", "hidden-text", "hidden-paragraph", "creator-initials", "date-string"}
)
_WRITTEN: Final = frozenset({"t", "text"})
_PARTING: Final = frozenset(
    {
        "p",
        "h",
        "br",
        "tab",
        "cr",
        "tc",
        "is",
        "pt",
        "oMath",
        "s",
        "line-break",
        "note-citation",
        "note-body",
        "annotation",
        "table-cell",
    }
    | {"list-item", "txbxContent", "frame", "fld", "sup", "sub", "num", "den", "e", "deg", "title", "desc", "mi", "mn"}
    | {"mo", "mtext", "footnoteReference", "endnoteReference", "text"}
)
_MATHEMATICS: Final = "{http://www.w3.org/1998/Math/MathML}annotation"
_RUNNING: Final = re.compile(r"/(header|footer)\d*\.xml$")
_DRAWN: Final = re.compile(r"/charts/|^Object ")
_OFF: Final = frozenset({"0", "false", "off"})
_COLUMN: Final = re.compile("[A-Z]+")
_XML: Final = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, recover=True)


def words_of_package(path: Path) -> Counter[str]:
    """Return the words in the parts of a package; headers that say the same are one, as are the series of a chart."""
    words: Counter[str] = Counter()
    seen: set[str] = set()
    with zipfile.ZipFile(path) as package:
        names = package.namelist()
        texts = _opendocument(package) if "content.xml" in names else _office(package)
        for name, text in texts:
            found = words_in(text)
            if _RUNNING.search(name):
                if text in seen:
                    continue
                seen.add(text)
                found = Counter({word: count for word, count in found.items() if not word.isdecimal()})
            words += Counter(set(found)) if _DRAWN.search(name) else found
    return words


def _opendocument(package: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    for name in package.namelist():
        if name == "styles.xml":
            root = etree.fromstring(package.read(name), _XML)
            for each in root.iterfind(".//{*}master-styles/{*}master-page/*"):
                yield "styles/header.xml", _text(each, written=None)
        elif name.endswith("content.xml"):
            root = etree.fromstring(package.read(name), _XML)
            body = root.find("{*}body")
            yield name, _text(root if body is None else body, written=None)


def _office(package: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    hidden, shared = _hidden_sheets(package), _shared_strings(package)
    for name in package.namelist():
        if not name.endswith(".xml") or name in hidden or _NO_CONTENT.search(name):
            continue
        root = etree.fromstring(package.read(name), _XML)
        if root is None or root.get("show") in _OFF:
            continue
        if "/worksheets/" in name:
            yield name, "\n".join(_cells(root, shared))
        else:
            yield name, _text(root, written=_WRITTEN | {"v"} if "/charts/" in name else _WRITTEN)


def _text(root: etree._Element, *, written: frozenset[str] | None) -> str:
    """Return the text within an element; only that of elements that are called as in `written`, if any are."""
    parts: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        name = etree.QName(element).localname
        if event == "start":
            if name in _UNSEEN or element.tag == _MATHEMATICS or _is_hidden(element):
                walk.skip_subtree()
            elif element.text and (written is None or name in written):
                parts.append(element.text)
        if name in _PARTING:
            parts.append(" ")
        if event == "end" and written is None and element is not root and element.tail:
            parts.append(element.tail)
    return "".join(parts)


def _is_hidden(element: etree._Element) -> bool:
    name = etree.QName(element).localname
    if name == "r":
        mark = element.find("{*}rPr/{*}vanish")
        return mark is not None and not _OFF & set(mark.attrib.values())
    return name == "fld" and str(element.get("type", "")).startswith(("slidenum", "datetime"))


def _shared_strings(package: zipfile.ZipFile) -> Sequence[str]:
    if "xl/sharedStrings.xml" not in package.namelist():
        return ()
    root = etree.fromstring(package.read("xl/sharedStrings.xml"), _XML)
    return [_text(each, written=_WRITTEN) for each in root.iterfind("{*}si")]


def _hidden_sheets(package: zipfile.ZipFile) -> frozenset[str]:
    if "xl/workbook.xml" not in package.namelist():
        return frozenset()
    links = etree.fromstring(package.read("xl/_rels/workbook.xml.rels"), _XML)
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    sheets = etree.fromstring(package.read("xl/workbook.xml"), _XML).iterfind("{*}sheets/{*}sheet")
    hidden = [set(sheet.attrib.values()) for sheet in sheets if sheet.get("state", "visible") != "visible"]
    found = (targets[key] for values in hidden for key in values & targets.keys())
    return frozenset(f"xl/{target.removeprefix('/xl/')}" for target in found)


def _cells(sheet: etree._Element, shared: Sequence[str]) -> Iterator[str]:
    """Yield the text of each cell that is shown and holds words: how a number is shown is not told by its part."""
    columns = [
        range(int(each.get("min", "1")), int(each.get("max", "1")) + 1)
        for each in sheet.iterfind("{*}cols/{*}col")
        if each.get("hidden", "0") not in _OFF
    ]
    for cell in sheet.iterfind("{*}sheetData/{*}row/{*}c"):
        row, value, kind = cell.getparent(), cell.findtext("{*}v", ""), cell.get("t", "n")
        place = _COLUMN.match(cell.get("r", ""))
        column = reduce(lambda number, letter: number * 26 + ord(letter) - 64, place.group() if place else "", 0)
        if row.get("hidden", "0") not in _OFF or any(column in each for each in columns):
            continue
        if kind == "s" and value.isdecimal():
            yield shared[int(value)]
        elif kind == "inlineStr":
            yield _text(cell, written=_WRITTEN)
        elif kind == "str":
            yield value
