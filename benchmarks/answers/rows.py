"""Whether a question for one cell of a table is answered from its row: a CSV and a workbook made from a seed."""

import asyncio
import csv
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import openpyxl

from benchmarks.figures import Figures
from benchmarks.service import TenantCaller, fresh_folder, operator_token, running, tenant

_SEED: Final = 20_261_201
_ASKED: Final = 50
_CSV_ROWS: Final = 240
_SHEET_ROWS: Final = 399
_PLACES: Final = [
    "Kell Sound",
    "Port Amsel",
    "North Quay",
    "Birk Haven",
    "Dunmere",
    "Salt Reach",
    "Old Mole",
    "Esk Point",
]
_WARES: Final = "copper kettle, iron lamp, tarred rope, brass valve, canvas sail, oak oar, glass float, steel shackle"
_NOTES: Final = (
    ("radio.txt", b"The radio channel plan is printed every spring. A keeper reads the radio log each morning."),
    ("prices.txt", b"Prices are reviewed each autumn. The warehouse takes stock of every item once a year."),
)


@dataclass(frozen=True, slots=True)
class Lookup:
    """A question for one cell, the row that holds it as an answer writes it, and all rows of that table."""

    question: str
    row: str
    rows: frozenset[str]


def price_rows(rng: random.Random, count: int = _CSV_ROWS) -> list[list[str]]:
    """Return the rows of a price list, the names of its columns first."""
    wares = _WARES.split(", ")
    header = ["Item", "Description", "Warehouse", "Price EUR", "In stock"]
    rows = [
        [f"AX-{1000 + 7 * number}", f"{rng.choice(wares)} {rng.choice('SML')}", rng.choice(_PLACES),
         f"{rng.randint(100, 99_999) / 100:.2f}", str(rng.randint(0, 900))]
        for number in range(count)
    ]  # fmt: skip
    return [header, *rows]


def station_rows(rng: random.Random) -> list[list[str]]:
    """Return the rows of a list of stations, the names of its columns first."""
    header = ["Station", "Keeper", "Radio channel", "Fuel litres", "Place"]
    rows = [
        [f"Station {number:03}", f"Keeper name {rng.randint(1, 999)}", str(10 + rng.randint(0, 59)),
         str(1000 + rng.randint(0, 9000)), rng.choice(_PLACES)]
        for number in range(1, _SHEET_ROWS + 1)
    ]  # fmt: skip
    return [header, *rows]


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Return rows as a CSV file."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def as_workbook(rows: Sequence[Sequence[str]], title: str) -> bytes:
    """Return rows as a sheet of that title, numbers as numbers."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101  # a new workbook has one
    sheet.title = title
    for row in rows:
        sheet.append([int(cell) if cell.isdecimal() else cell for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _price_list(rng: random.Random) -> tuple[bytes, list[Lookup]]:
    header, *rows = price_rows(rng)
    asked = [rng.choice(rows) for _ in range(_ASKED)]
    forms = ("What is the price of item {}?", "In which warehouse is {}?", "How many of {} are in stock?")
    content = as_csv([header, *rows])
    return content, _lookups([(rng.choice(forms).format(row[0]), row) for row in asked], rows)


def _stations(rng: random.Random) -> tuple[bytes, list[Lookup]]:
    header, *rows = station_rows(rng)
    content = as_workbook([header, *rows], "Stations 2027")
    asked = [rng.choice(rows) for _ in range(_ASKED)]
    forms = ("What is the radio channel of {}?", "Who is the keeper of {}?", "How many litres of fuel has {}?")
    return content, _lookups([(rng.choice(forms).format(row[0]), row) for row in asked], rows)


def _lookups(asked: Sequence[tuple[str, list[str]]], rows: Sequence[list[str]]) -> list[Lookup]:
    written = frozenset(" | ".join(row) for row in rows)
    return [Lookup(question, " | ".join(row), written) for question, row in asked]


async def _ask(caller: TenantCaller, lookup: Lookup) -> tuple[bool, bool]:
    """Return whether the answer is right, and whether it quotes another row."""
    answer: dict[str, Any] = (await caller.client.post("/v1/ask", json={"question": lookup.question})).json()
    quoted = {citation["quote"] for citation in answer["citations"]} & lookup.rows
    return quoted == {lookup.row}, bool(quoted - {lookup.row})


async def _asked(tables: dict[str, tuple[bytes, list[Lookup]]]) -> dict[str, list[tuple[bool, bool]]]:
    with fresh_folder() as data, running(data) as service:
        operator = await asyncio.to_thread(operator_token, service)
        async with tenant(service, operator, "rows") as caller:
            await caller.upload_all([*_NOTES, *((name, content) for name, (content, _) in tables.items())])
            await caller.settled()
            return {name: [await _ask(caller, lookup) for lookup in lookups] for name, (_, lookups) in tables.items()}


def measure(figures: Figures) -> None:
    """Ask for cells of both tables, which one tenant has beside two short texts on the same things."""
    rng = random.Random(_SEED)  # noqa: S311  # tables to measure with, not secrets
    found = asyncio.run(_asked({"prices.csv": _price_list(rng), "stations.xlsx": _stations(rng)}))
    for name, answers in found.items():
        figures.add("rows", f"{name}: right of {_ASKED}", sum(right for right, _ in answers), "answers", 1, ">= 49")
        figures.add("rows", f"{name}: with another row", sum(other for _, other in answers), "answers", 1, "0")
