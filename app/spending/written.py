"""How a report of spending is written: as objects with exact numbers, and as a table that no spreadsheet runs."""

import csv
import io
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from app.http.replies import dollars, listed, page_of, shape
from tenancy.metering.money import MicroUsd, usd
from tenancy.metering.usage import Group, Line, Totals

COUNTED: Final = ("prompt_tokens", "completion_tokens", "embedding_tokens")
AMOUNTS: Final = ("cost_usd", "own_key_usd", "platform_usd", "included_usd", "charged_usd")
_STORED: Final = "storage_byte_days"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_WHOLE: Final[dict[str, Any]] = {"type": "integer"}


def report_shape(title: str, words: type[StrEnum], *, paged: bool = False) -> dict[str, Any]:
    """Return the schema of a report, or of a page of one, whose lines are divided by some of `words`."""
    numbers = ("requests", "estimated", *COUNTED, _STORED)
    line = {
        "title": f"{title}Line",
        "type": "object",
        "required": [*numbers, *AMOUNTS],
        "properties": {
            **{str(word): {"type": "string"} for word in words},
            **dict.fromkeys(numbers, _WHOLE),
            **{name: {"type": "number"} for name in AMOUNTS},
        },
    }
    return page_of(f"{title}Report", line) if paged else shape(f"{title}Report", items=listed(line))


def requests_of(totals: Totals, groups: Sequence[StrEnum]) -> int:
    """Return the requests of a line: each once or, in a report by model, once for each call to a model."""
    return totals.calls if str(Group.MODEL) in map(str, groups) else totals.opened


def amounts_of(totals: Totals) -> dict[str, MicroUsd]:
    """Return the amounts of a line by name: what it cost, and of what the platform paid, what becomes of it."""
    found = (totals.cost, totals.own, totals.cost - totals.own, totals.covered, totals.charge)
    return {name: MicroUsd(amount) for name, amount in zip(AMOUNTS, found, strict=True)}


def view(line: Line, groups: Sequence[StrEnum]) -> dict[str, object]:
    """Return a line as an object, amounts as exact numbers of dollars."""
    totals = line.totals
    words = {str(group): word for group, word in zip(groups, line.words, strict=True)}
    counted = {name: getattr(totals, name) for name in (*COUNTED, "estimated")}
    money = {name: dollars(amount) for name, amount in amounts_of(totals).items()}
    return {**words, "requests": requests_of(totals, groups), **counted, _STORED: totals.byte_days, **money}


def table(lines: Sequence[Line], groups: Sequence[StrEnum], *, headed: bool = True) -> str:
    """Return the lines as CSV with a head, amounts in dollars to the last micro-dollar."""
    text = io.StringIO()
    written = csv.writer(text)
    if headed:
        written.writerow(head(groups))
    for line in lines:
        written.writerow([safe_cell(cell) for cell in cells(line, groups)])
    return text.getvalue()


def head(groups: Sequence[StrEnum]) -> list[str]:
    """Return the names of a table's columns."""
    return [*map(str, groups), "requests", *COUNTED, _STORED, *AMOUNTS]


def cells(line: Line, groups: Sequence[StrEnum]) -> list[str]:
    """Return a line's cells in the order of `head`."""
    totals = line.totals
    counted = [requests_of(totals, groups), *(getattr(totals, name) for name in COUNTED), totals.byte_days]
    return [*line.words, *map(str, counted), *map(usd, amounts_of(totals).values())]


def safe_cell(text: str) -> str:
    """Return a tenant's own word so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
