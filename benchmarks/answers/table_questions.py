"""Whether questions that count, add up or compare the rows of a table are answered exactly, and others not at all."""

import asyncio
import random
import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from benchmarks.answers.rows import as_csv, as_workbook, price_rows, station_rows
from benchmarks.figures import Figures
from benchmarks.service import TenantCaller, fresh_folder, operator_token, running, tenant
from ingestion.chunk import Piece
from ingestion.columns import columns_of
from retrieval.tables.inquiry import read_inquiries
from retrieval.tables.query import Misfit, read_query
from retrieval.tables.result import compute
from retrieval.tables.vocabulary import Vocabulary
from tenancy.ids import TenantId, VersionId, new_id
from tenancy.keys.tenant_keys import Family, TenantKeys
from tenancy.stores.columns import open_columns, seal_columns
from tenancy.values.layout import Layout, Rows

_SEED: Final = 20_261_202
_EACH: Final = 20
_LARGE: Final = 100_000
_MOST_CITED: Final = 10
_NOTES: Final = (
    ("crew.txt", b"The depot at Kell Sound has a crew of 41 people. The tower at Birk Haven has 212 steps."),
    ("prices.txt", b"Prices are reviewed each autumn. The warehouse takes stock of every item once a year."),
)
_FROM_PROSE: Final = (
    ("How many people are in the crew at Kell Sound?", "41"),
    ("How many steps does the tower at Birk Haven have?", "212"),
)
# What a table could seem to answer and does not: groups, bounds, several values, negations, values that are not there.
_NOT_COMPUTED: Final = (
    "How many items are there per warehouse?",
    "What is the lowest price in each warehouse?",
    "How many items in {} cost more than {} EUR?",
    "How many items are not in {}?",
    "Compare the total stock of {} with that of {}.",
    "Which two items in {} are the most expensive?",
    "What is the median price of items in {}?",
    "How many items are in Nordhaven Pier?",
    "What is the total stock of purple items in {}?",
    "How many stations at {} or {} are there?",
    "What is the total fuel of the stations at {} by keeper?",
    "Which place has the most fuel?",
    "How many stations have less than {} litres of fuel?",
    "What is the difference between the fuel of {} and {}?",
    "What share of the stations is at {}?",
    "How many items were moved to {} last month?",
    "What is the highest price of items in {} since March?",
    "How many stations at {} have a keeper who resigned?",
    "What is the second highest price in {}?",
)


@dataclass(frozen=True, slots=True)
class Computation:
    """A question with its value, and the rows that prove it as an answer quotes them."""

    question: str
    value: str
    rows: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Measured:
    """A table to ask of: how a place, its rows and its figures are called."""

    rows: Sequence[Sequence[str]]
    place: int
    figure: int
    forms: Mapping[str, Sequence[str]]


_PRICES: Final = {
    "count": ("How many items are in {}?", "How many items are stored in the warehouse {}?", "Number of items in {}?"),
    "sum": ("What is the total price of the items in {}?", "Sum of the prices of all items in {}",
            "What do the items in {} cost in total?"),
    "least": ("What is the lowest price in {}?", "Which item in {} is the cheapest?",
              "Which item in the warehouse {} has the lowest price?"),
    "most": ("What is the highest price in {}?", "Which item in {} is the most expensive?",
             "Which item in {} has the highest price?"),
}  # fmt: skip
_STATIONS: Final = {
    "count": ("How many stations are at {}?", "How many stations are in {}?", "Wie viele Stations gibt es in {}?"),
    "sum": ("What is the total fuel of the stations at {}?", "How many litres of fuel are at {}?",
            "How many litres of fuel do the stations at {} have altogether?"),
    "least": ("Which station at {} has the least fuel?", "What is the smallest amount of fuel at {}?",
              "What is the minimum fuel of the stations in {}?"),
    "most": ("Which station at {} has the most fuel?", "What is the highest fuel of a station at {}?",
             "Which station in {} has the largest fuel?"),
}  # fmt: skip
_VALUE: Final[Mapping[str, Callable[[Sequence[Decimal]], Decimal]]] = {
    "count": lambda figures: Decimal(len(figures)),
    "sum": lambda figures: sum(figures, Decimal(0)),
    "least": min,
    "most": max,
}


def _asked(rng: random.Random, table: _Measured, task: str) -> list[Computation]:
    """Return questions of one kind, a place and a wording chosen for each."""
    places = sorted({row[table.place] for row in table.rows})
    found = []
    for _ in range(_EACH):
        place = rng.choice(places)
        mine = [row for row in table.rows if row[table.place] == place]
        value = _VALUE[task]([Decimal(row[table.figure]) for row in mine])
        proof = mine if task in {"count", "sum"} else [row for row in mine if Decimal(row[table.figure]) == value]
        rows = frozenset(" | ".join(row) for row in proof)
        found.append(Computation(rng.choice(table.forms[task]).format(place), str(value), rows))
    return found


def _is_right(asked: Computation, answer: Mapping[str, Any]) -> bool:
    """Tell whether the value stands in an answer that quotes rows which prove it, all of them or the first ten."""
    quoted = {citation["quote"] for citation in answer["citations"]}
    said = re.search(rf"(?<![\w.]){re.escape(asked.value)}(?![\w]|\.\d)", answer["answer"]) is not None
    return said and quoted <= asked.rows and len(quoted) == min(len(asked.rows), _MOST_CITED)


def _not_computed(rng: random.Random, places: Sequence[str]) -> list[str]:
    forms = [*_NOT_COMPUTED, *_NOT_COMPUTED]
    return [form.format(*rng.sample(places, form.count("{}"))) for form in forms]


async def _answers(caller: TenantCaller, questions: Sequence[str]) -> list[dict[str, Any]]:
    asked = [await caller.client.post("/v1/ask", json={"question": question}) for question in questions]
    return [each.raise_for_status().json() for each in asked]


async def _run(figures: Figures, tables: Mapping[str, _Measured], files: Sequence[tuple[str, bytes]]) -> None:
    rng = random.Random(_SEED)  # noqa: S311  # questions to measure with, not secrets
    with fresh_folder() as data, running(data) as service:
        operator = await asyncio.to_thread(operator_token, service)
        async with tenant(service, operator, "table-questions") as caller:
            await caller.upload_all([*_NOTES, *files])
            await caller.settled()
            for name, table in tables.items():
                for task in _VALUE:
                    asked = _asked(rng, table, task)
                    answers = await _answers(caller, [each.question for each in asked])
                    wrong = [pair for pair in zip(asked, answers, strict=True) if not _is_right(*pair)]
                    _show(wrong)
                    figures.add(
                        "tables", f"{name}: {task}, right of {_EACH}", _EACH - len(wrong), "answers", 1, ">= 19"
                    )
            await _others(figures, caller, rng, tables)


async def _others(figures: Figures, caller: TenantCaller, rng: random.Random, tables: Mapping[str, _Measured]) -> None:
    places = sorted({row[table.place] for table in tables.values() for row in table.rows})
    asked = _not_computed(rng, places)
    given = [(question, each) for question, each in zip(asked, await _answers(caller, asked), strict=True)
             if not each["refused"]]  # fmt: skip
    for question, each in given:
        print(f"tables: answered: {question} -> {each['answer']}")
    prose = await _answers(caller, [question for question, _ in _FROM_PROSE])
    wrong = [each for (_, value), each in zip(_FROM_PROSE, prose, strict=True)
             if not each["refused"] and value not in each["answer"]]  # fmt: skip
    count = len(asked) + len(prose)
    figures.add("tables", f"answered wrongly of {count} not to be computed", len(given) + len(wrong), "answers", 1, "0")


def _show(wrong: Sequence[tuple[Computation, Mapping[str, Any]]]) -> None:
    for asked, answer in wrong:
        print(f"tables: wrong: {asked.question} ({asked.value}) -> {answer['answer']}")


def _large(figures: Figures) -> None:
    """Count the processor time of a question to a large table, from its sealed blocks to the value."""
    header, *rows = price_rows(random.Random(_SEED), _LARGE)  # noqa: S311  # a table to measure with, not a secret
    names, body = " | ".join(header), "\n".join(" | ".join(row) for row in rows)
    text = f"{names}\n{body}"
    layout = Layout((), (Rows(len(names) + 1, len(text), tuple(header)),))
    keys = TenantKeys(
        TenantId(new_id("ten")), {(family, 1): secrets.token_bytes(32) for family in Family}, dict.fromkeys(Family, 1)
    )
    version = VersionId(new_id("ver"))
    began = time.process_time()
    sealed = seal_columns(keys, version, columns_of(text, layout, [Piece(0, len(text), 1)]))
    figures.add("tables", f"{_LARGE:,} rows: built and sealed", time.process_time() - began, "s", 1)
    figures.add("tables", f"{_LARGE:,} rows: sealed", sum(map(len, sealed)) / 1e6, "MB", 1)
    for question in (
        "How many items are in Kell Sound?",
        "Total price of items in Dunmere",
        "Which item is the cheapest?",
    ):
        began = time.process_time()
        (table,) = open_columns(keys, version, list(enumerate(sealed)))
        (inquiry,) = read_inquiries(question)
        words = Vocabulary(table, ["prices"], inquiry.language)
        query = read_query(inquiry, words)
        found = query if isinstance(query, Misfit) else compute(inquiry, query, words)
        spent = time.process_time() - began
        if found is None or isinstance(found, Misfit):
            print(f"tables: not computed: {question}")
            continue
        figures.add("tables", f"{_LARGE:,} rows: {question} = {found.value}", spent, "s", 1, "<= 2")


def measure(figures: Figures) -> None:
    """Ask both tables, which one tenant has beside two short texts on the same things, and a large one in memory."""
    rng = random.Random(_SEED)  # noqa: S311  # tables to measure with, not secrets
    prices, stations = price_rows(rng), station_rows(rng)
    files = [("prices.csv", as_csv(prices)), ("stations.xlsx", as_workbook(stations, "Stations 2027"))]
    tables = {
        "prices.csv": _Measured(prices[1:], 2, 3, _PRICES),
        "stations.xlsx": _Measured(stations[1:], 4, 3, _STATIONS),
    }
    _large(figures)
    asyncio.run(_run(figures, tables, files))
