"""Reading files that hold data rather than prose: XML, JSON and tables as text, so that a value keeps its name."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from lxml import etree
from unstructured.partition.csv import partition_csv
from unstructured.partition.tsv import partition_tsv

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage
from ingestion.formats.encoding import decode
from ingestion.formats.partitioned import partitioned
from ingestion.parse.outcome import Limits

_NAMED_UP_TO: Final = 80  # a longer text explains itself, the name of its element only clutters it


def read_csv(path: Path, _limits: Limits) -> Content:
    """Read comma-separated values in any encoding as one table."""
    path.write_text(decode(path.read_bytes()), encoding="utf-8")
    return partitioned(partition_csv(str(path), encoding="utf-8", languages=[""]))


def read_tsv(path: Path, _limits: Limits) -> Content:
    """Read tab-separated values in the same way."""
    path.write_text(decode(path.read_bytes()), encoding="utf-8")
    return partitioned(partition_tsv(str(path), encoding="utf-8", languages=[""]))


def read_xml(path: Path, _limits: Limits) -> Content:
    """Read XML: running text as paragraphs, and elements with short values side by side as one record, by name."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    text = decode(path.read_bytes())
    declaration_end = text.find("?>") + 2 if text.startswith("<?xml") else 0
    root = etree.fromstring(text[declaration_end:].strip().encode(), parser)
    return Content([_lines(record) for record in _xml_records(root)], headings=False)


def read_json(path: Path, _limits: Limits) -> Content:
    """Read JSON: one record per member, one line `name: value` per value."""
    return _json(json.loads(decode(path.read_bytes())))


def read_ndjson(path: Path, _limits: Limits) -> Content:
    """Read a JSON value a line as the members of a list."""
    return _json([json.loads(line) for line in decode(path.read_bytes()).splitlines() if line.strip()])


def _json(values: Any) -> Content:  # noqa: ANN401 - whatever JSON holds
    if _is_elements(values):
        return Content([Passage(value["text"]) for value in values], headings=False)
    members = values.items() if isinstance(values, dict) else [("", value) for value in _as_list(values)]
    records = [list(_json_lines(value, name)) for name, value in members]
    return Content([_lines(record) for record in records if record], headings=False)


def _lines(record: list[str]) -> Passage:
    return Passage("\n".join(record), BlockKind.PROSE if len(record) == 1 else BlockKind.LINES)


def _xml_records(root: etree._Element) -> Iterator[list[str]]:
    waiting = [root]
    while waiting:
        parent = waiting.pop()
        if _is_running_text(parent) or not len(parent):
            text = " ".join(" ".join(parent.itertext()).split())
            if text:
                yield [text]
            continue
        leaves, branches = [], []
        for child in parent.iterchildren(tag=etree.Element):
            if len(child) and not _is_running_text(child):
                branches.append(child)
            elif line := _xml_line(child):
                leaves.append(line)
        if leaves:
            yield leaves
        waiting += reversed(branches)


def _is_running_text(element: etree._Element) -> bool:
    return bool(len(element)) and any((child.tail or "").strip() for child in element)


def _xml_line(element: etree._Element) -> str:
    text = " ".join(" ".join(element.itertext()).split())
    if not text or len(text) > _NAMED_UP_TO:
        return text
    return f"{etree.QName(element).localname}: {text}"


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _is_elements(values: object) -> bool:
    """Whether `values` are the elements that unstructured itself writes: their texts are the document then."""
    return (
        isinstance(values, list)
        and bool(values)
        and all(isinstance(value, dict) and isinstance(value.get("text"), str) for value in values)
        and all("element_id" in value and "type" in value for value in values)
    )


def _json_lines(value: object, name: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _json_lines(member, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        if all(not isinstance(member, dict | list) for member in value):
            yield from _json_lines(", ".join(str(member) for member in value), name)
        else:
            for number, member in enumerate(value, start=1):
                yield from _json_lines(member, f"{name}.{number}" if name else str(number))
    elif value is not None and str(value).strip():
        yield f"{name}: {value}" if name else str(value)
