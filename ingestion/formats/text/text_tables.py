"""Tables that are drawn with characters in a text: grids, and columns below rules."""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from ingestion.formats.content import Table
from ingestion.formats.text.tables import ShownRow, table_of

GRID_RULE: Final = re.compile(r"\+(?:[-=]+\+)+\s*")
SIMPLE_RULE: Final = re.compile(r"=+(?: +=+)+\s*")
_PART_RULE: Final = re.compile(r"[|+].*\+[-=]{2,}\+.*")
_ROW_ITEM: Final = re.compile(r"\s*[*-]\s+[*-](?:\s+|$)")
_CELL_ITEM: Final = re.compile(r"\s+[*-](?:\s+|$)")
_SPAN_RULE: Final = re.compile(r"-+(?: +-+)*\s*")


def grid_table(lines: Sequence[str], caption: str = "") -> Table:
    """Return a table of cells inside drawn borders; names of columns stand above a border of `=`."""
    edges = [at for at, sign in enumerate(lines[0]) if sign == "+"]
    rows: list[ShownRow] = []
    cells: list[list[str]] = []
    for line in lines[1:]:
        if GRID_RULE.fullmatch(line) or _PART_RULE.fullmatch(line):
            _add_row(rows, [" ".join(cell) for cell in cells])
            cells = []
            if "=" in line and GRID_RULE.fullmatch(line):
                rows = _as_heads(rows)
            elif not GRID_RULE.fullmatch(line):
                cells = [[re.sub(r"[-+]{2,}", " ", text).strip()] for text in _between(line, edges)]
            continue
        for at, text in enumerate(_between(line, edges)):
            while len(cells) <= at:
                cells.append([])
            if text:
                cells[at].append(text)
    _add_row(rows, [" ".join(cell) for cell in cells])
    return table_of(rows, caption)


def _between(line: str, edges: Sequence[int]) -> list[str]:
    """Return the texts between the edges of columns; where no line is drawn at an edge, a cell goes on."""
    cells, start = [], edges[0] + 1
    for edge in edges[1:]:
        if edge >= len(line) or line[edge] in "|+":
            cells.append(line[start:edge].strip())
            start = edge + 1
        else:
            cells.append("")
    if start < len(line) and start <= edges[-1]:
        cells[-1] = line[start:].strip(" |")
    return cells


def simple_table(lines: Sequence[str], caption: str = "") -> Table:
    """Return a table of columns below rules of `=`; a line with nothing in its first column goes on with the last."""
    starts = [found.start() for found in re.finditer(r"=+", lines[0])]
    ends = [*starts[1:], None]
    rows: list[ShownRow] = []
    for line in lines[1:]:
        if SIMPLE_RULE.fullmatch(line):
            rows = _as_heads(rows)
        elif not _SPAN_RULE.fullmatch(line) and line.strip():
            cells = [line[start:end].strip() for start, end in zip(starts, ends, strict=True)]
            if not cells[0] and rows and not rows[-1].is_head:
                last = rows[-1].cells
                rows[-1] = ShownRow([(f"{last[at][0]} {cell}".strip(), 1, 1) for at, cell in enumerate(cells)])
            else:
                _add_row(rows, cells)
    if all(row.is_head for row in rows):
        rows = [replace(row, is_head=False) for row in rows]
    return table_of(rows, caption)


def csv_table(caption: str, options: Mapping[str, str], lines: Sequence[str]) -> Table:
    """Return a table of comma-separated values, the names of its columns among its options or at its top."""
    delimiter = options.get("delim", ",")
    delimiter = {"tab": "\t", "space": " "}.get(delimiter, delimiter[:1] or ",")
    above = csv.reader([options["header"]], delimiter=delimiter) if options.get("header") else ()
    rows = [ShownRow([(cell, 1, 1) for cell in cells], is_head=True) for cells in above]
    heads = _count(options.get("header-rows", "0"))
    values = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    rows += [ShownRow([(cell, 1, 1) for cell in cells], at < heads) for at, cells in enumerate(values) if cells]
    return table_of(rows, caption)


def list_table(caption: str, options: Mapping[str, str], lines: Sequence[str], show: Callable[[str], str]) -> Table:
    """Return a table whose rows are items of a list, and whose cells are items of these."""
    rows: list[list[str]] = []
    for line in lines:
        if first := _ROW_ITEM.match(line):
            rows.append([line[first.end() :]])
        elif rows and (other := _CELL_ITEM.match(line)):
            rows[-1].append(line[other.end() :])
        elif rows and line:
            rows[-1][-1] += f" {line.strip()}"
    heads = _count(options.get("header-rows", "0"))
    return table_of(
        [ShownRow([(show(cell), 1, 1) for cell in row], at < heads) for at, row in enumerate(rows)], caption
    )


def _count(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 4 else 0  # noqa: PLR2004 - digits


def _as_heads(rows: Sequence[ShownRow]) -> list[ShownRow]:
    return [replace(row, is_head=True) for row in rows]


def _add_row(rows: list[ShownRow], cells: Sequence[str]) -> None:
    if any(cells):
        rows.append(ShownRow([(cell, 1, 1) for cell in cells]))
