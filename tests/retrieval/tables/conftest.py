"""Small tables by their columns, as they are published."""

from collections.abc import Callable, Sequence

import pytest

from ingestion.chunk import Piece
from ingestion.columns import columns_of
from tenancy.values.columns import ColumnTable
from tenancy.values.layout import Layout, Rows

MakeTable = Callable[..., ColumnTable]


def lines(header: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[str, Rows]:
    """Return a table as the text that it stands in, and where its rows are."""
    names = " | ".join(header)
    text = "\n".join((names, *(" | ".join(row) for row in rows)))
    return text, Rows(len(names) + 1, len(text), tuple(header))


def made(header: str, *rows: str, sheet: str = "") -> ColumnTable:
    text, found = lines(header.split(" | "), [row.split(" | ") for row in rows])
    layout = Layout((), (Rows(found.start, found.end, found.header, sheet),))
    (table,) = columns_of(text, layout, [Piece(0, len(text), 1)])
    return table


@pytest.fixture
def orders() -> ColumnTable:
    return made(
        "order_no | date | customer | country | quantity | unit_price_eur | total_eur | status",
        "K-1 | 2027-03-04 | Moen AS | NO | 2 | 10.00 | 20.00 | open",
        "K-2 | 2027-03-04 | Moen AS | NO | 1 | 10.50 | 10.50 | cancelled",
        "K-3 | 2027-03-09 | Årdal & Sønn | SE | 40 | 1.25 | 50.00 | open",
        "K-4 | 2027-04-01 | Bertrand | FR | 3 | 30.00 | 90.00 | delivered",
        "K-5 | 2027-04-02 | Moen AS | SE | 3 | 30.00 | 90.00 | open",
    )


@pytest.fixture
def make_table() -> MakeTable:
    return made
