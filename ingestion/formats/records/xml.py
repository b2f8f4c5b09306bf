"""Reading XML: running text as paragraphs, values with the names of their elements and attributes."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from lxml import etree

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, ReadingWarning, Table, TableRow, WarningCode
from ingestion.formats.encoding import declared_encoding, read_characters
from ingestion.formats.records.documents import as_page, is_document
from ingestion.formats.text.elements import element_blocks, html_blocks, local_name
from ingestion.formats.text.html import replaced
from ingestion.formats.text.markup import parse_xml
from ingestion.parse.outcome import Limits, ParseFailed

_NAMED_UP_TO: Final = 80  # a longer text explains itself, the name of its element only clutters it
_LONG: Final = 300
_ROWS: Final = 3
_MOST_COLUMNS: Final = 60
_ALIKE: Final = 0.6
_NO_VALUES: Final = ("{http://www.w3.org/2001/XMLSchema-instance}", "{http://www.w3.org/XML/1998/namespace}")
_HTML_IN_TEXT: Final = ("</p>", "</a>", "</b>", "<br", "</li>", "</div>", "</em>", "</strong>", "</h2>", "</h3>", "<p>")


def read_xml(path: Path, _limits: Limits) -> Content:
    """Read XML: a web page or a document as such, all else record by record; what is broken as far as it goes."""
    raw = path.read_bytes()
    text, lost = read_characters(raw, declared_encoding(raw))
    root, whole = parse_xml(text)
    if root is None:
        raise ParseFailed("damaged")
    warnings = replaced(lost) + ([] if whole else [ReadingWarning(WarningCode.PART_UNREAD)])
    if local_name(root) == "html":
        blocks, title = html_blocks(text)
        return Content(blocks, title, warnings=replaced(lost))
    if is_document(root):
        return Content(element_blocks(as_page(root)), warnings=warnings)
    found = list(_records(root))
    if not whole and not found:
        raise ParseFailed("damaged")
    return Content(found, headings=False, warnings=warnings)


def _records(root: etree._Element) -> Iterator[Passage | Table]:
    waiting: list[list[etree._Element]] = [[root]]
    while waiting:
        group = waiting.pop()
        if len(group) >= _ROWS and (table := _table(group)) is not None:
            yield table
            continue
        if len(group) > 1:
            waiting += [[element] for element in reversed(group)]
            continue
        (element,) = group
        if not _children(element) or _is_running_text(element):
            yield from _leaf(element)
            continue
        lines = _attributes(element)
        branches: list[list[etree._Element]] = []
        for name, members in _by_name(element):
            if any(map(_is_record, members)) or (len(members) >= _ROWS and any(map(_own, members))):
                branches.append(members)
            else:
                lines += [line for member in members for line in _lines(name, member)]
        yield from _record(lines)
        waiting += reversed(branches)


def _children(element: etree._Element) -> list[etree._Element]:
    return [child for child in element if isinstance(child.tag, str)]


def _by_name(parent: etree._Element) -> Iterator[tuple[str, list[etree._Element]]]:
    """Yield the children of an element in runs of one name: those that are values together, records as they follow."""
    runs: list[tuple[str, list[etree._Element]]] = []
    for child in _children(parent):
        name = local_name(child)
        if runs and runs[-1][0] == name:
            runs[-1][1].append(child)
        else:
            runs.append((name, [child]))
    yield from runs


def _is_record(element: etree._Element) -> bool:
    """Whether an element has several values of its own."""
    if _is_running_text(element):
        return False
    return bool(_children(element)) or len(_own(element)) > 1


def _own(element: etree._Element) -> list[tuple[str, str]]:
    return [
        (key.rpartition("}")[2], " ".join(value.split()))
        for key, value in element.attrib.items()
        if value.strip() and not key.startswith(_NO_VALUES)
    ]


def _attributes(element: etree._Element) -> list[str]:
    return [f"{key}: {value}" for key, value in _own(element)]


def _is_running_text(element: etree._Element) -> bool:
    return bool(_children(element)) and bool(
        (element.text or "").strip() or any((child.tail or "").strip() for child in element)
    )


def _leaf(element: etree._Element) -> Iterator[Passage | Table]:
    text = _text(element)
    lines = _attributes(element)
    if text:
        name = _name(element)
        alone = not lines and _is_running_text(element)
        alone = alone or len(text) > _NAMED_UP_TO or _is_html(text)
        lines.append(text if alone else f"{name}: {text}")
    yield from _record(lines)


def _lines(name: str, element: etree._Element) -> Iterator[str]:
    text, own = _text(element), _own(element)
    shown = _name(element) or name
    if not text:
        yield from (f"{shown} {key}: {value}" for key, value in own)
        return
    aside = f" ({', '.join(f'{key}: {value}' for key, value in own)})" if own else ""
    yield text + aside if len(text) > _NAMED_UP_TO or _is_html(text) else f"{shown}: {text}{aside}"


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)


def _text(element: etree._Element) -> str:
    """Return the text in an element; what its inner elements have as attributes stands after their text."""
    parts: list[str] = []
    waiting: list[tuple[etree._Element, bool]] = [(element, False)]
    while waiting:
        each, leaving = waiting.pop()
        if leaving:
            own = "" if each is element else ", ".join(f"{key}: {value}" for key, value in _own(each))
            parts += [f" ({own}) " if own else " "]
        elif isinstance(each.tag, str):
            parts.append(each.text or "")
            waiting.append((each, True))
            waiting += [(child, False) for child in reversed(each)]
            continue
        if each is not element:
            parts.append(each.tail or "")
    return " ".join("".join(parts).split())


def _is_html(text: str) -> bool:
    return any(tag in text for tag in _HTML_IN_TEXT)


def _record(lines: Sequence[str]) -> Iterator[Passage | Table]:
    plain: list[str] = []
    for line in lines:
        if _is_html(line):
            yield from _passage(plain)
            plain = []
            yield from html_blocks(line)[0]
        else:
            plain.append(line)
    yield from _passage(plain)


def _passage(lines: Sequence[str]) -> Iterator[Passage]:
    if len(lines) == 1 or any(len(line) > _LONG for line in lines):
        yield from map(Passage, lines)
    elif lines:
        yield Passage("\n".join(lines), BlockKind.LINES)


def _table(elements: Sequence[etree._Element]) -> Table | None:
    """Return elements that hold the same short values as the rows of a table; None for others."""
    rows: list[dict[str, str]] = []
    columns: dict[str, None] = {}
    for element in elements:
        row = _row(element)
        if row is None:
            return None
        rows.append(row)
        columns |= dict.fromkeys(row)
        if len(columns) > _MOST_COLUMNS:
            return None
    if not columns or sum(map(len, rows)) < _ALIKE * len(rows) * len(columns):
        return None
    cells = tuple(TableRow(tuple(row.get(column, "") for column in columns)) for row in rows)
    return Table(cells, tuple(columns), _caption(elements[0].getparent()))


def _row(element: etree._Element) -> dict[str, str] | None:
    values: defaultdict[str, list[str]] = defaultdict(list)
    for key, value in _own(element):
        values[key].append(value)
    children = _children(element)
    if not children or _is_running_text(element):
        children, own = [], _text(element)
        if own:
            values[_name(element)].append(own)
    for child in children:
        name = _name(child)
        if _children(child) and not _is_running_text(child):
            return None
        for key, value in _own(child):
            values[f"{name} {key}"].append(value)
        if text := _text(child):
            values[name].append(text)
    row = {name: ", ".join(found) for name, found in values.items()}
    if any(len(value) > _LONG or _is_html(value) for value in row.values()):
        return None
    return row


def _caption(parent: etree._Element | None) -> str:
    """Return what the rows belong to: the name of the element around them, and its own values."""
    if parent is None:
        return ""
    values = ", ".join(value for _key, value in _own(parent))
    return f"{_name(parent)} {values}".strip() if len(values) <= _NAMED_UP_TO else _name(parent)
