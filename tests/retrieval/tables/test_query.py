"""Questions to tables: which are understood in full, and which are not computed."""

import pytest

from retrieval.tables.inquiry import read_inquiries
from retrieval.tables.languages import Task
from retrieval.tables.query import Misfit, read_query
from retrieval.tables.result import Computed, compute
from retrieval.tables.vocabulary import Vocabulary
from tenancy.values.columns import ColumnTable
from tests.retrieval.tables.conftest import MakeTable


def answers(question: str, table: ColumnTable, *names: str) -> list[Computed | Misfit | None]:
    """Return what a table gives to the readings of a question, Misfits only where nothing else."""
    found: list[Computed | Misfit | None] = []
    for inquiry in read_inquiries(question):
        words = Vocabulary(table, names, inquiry.language)
        query = read_query(inquiry, words)
        found.append(query if isinstance(query, Misfit) else compute(inquiry, query, words))
    return [each for each in found if not isinstance(each, Misfit)] or found


def value(question: str, table: ColumnTable) -> str:
    (found,) = answers(question, table, "orders")
    assert isinstance(found, Computed), found
    return found.value


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        pytest.param("How many orders are there?", "5", id="all rows"),
        pytest.param("How many orders are open?", "3", id="a bare value"),
        pytest.param("how many orders were shipped to NO in status open", "1", id="two conditions"),
        pytest.param("How many orders does Årdal & Sønn have?", "1", id="a value with marks"),
        pytest.param("How many orders did moen as place?", "3", id="a value without capitals"),
        pytest.param("How many orders are from ardal sonn?", "1", id="a value without accents"),
        pytest.param("How many orders were made on 4 March 2027?", "2", id="a day written otherwise"),
        pytest.param("How many orders have quantity 3.0?", "2", id="a number written otherwise"),
        pytest.param("How many orders have quantity three?", "2", id="a number in words"),
        pytest.param("How many orders were sold to Moen AS?", "3", id="what becomes of all orders"),
        pytest.param("What quantity of the orders from NO was sold in total?", "3", id="what becomes of all, in a sum"),
        pytest.param("How much quantity is there from NO?", "3", id="how much there is"),
        pytest.param("total amount for customer Moen AS", "120.50", id="a sum by what a column means"),
        pytest.param("What is the total quantity of open orders?", "45", id="a sum of a named column"),
        pytest.param("What is the average quantity of the orders from Moen AS?", "2", id="an average"),
        pytest.param("What is the lowest unit price of open orders?", "1.25", id="the least of a column"),
        pytest.param("Which order has the highest total?", "90.00", id="the most, beside a word of sums"),
        pytest.param("When was the most recent order of Moen AS?", "2027-04-02", id="the latest day"),
        pytest.param("How many different customers are there?", "3", id="different values"),
        pytest.param("Wie viele Bestellungen sind open?", "3", id="German"),
        pytest.param("Was ist die höchste Menge von Moen AS?", "3", id="German, the most"),
        pytest.param("¿Cuántos pedidos tienen el estado open?", "3", id="Spanish"),
        pytest.param("Quel est le total des commandes du client Bertrand ?", "90.00", id="French"),
    ],
)
def test_a_question_whose_words_are_all_known_is_computed(question: str, expected: str, orders: ColumnTable) -> None:
    assert value(question, orders) == expected


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("How many orders are there per country?", id="groups"),
        pytest.param("How many orders by country?", id="groups by a column"),
        pytest.param("Which customer has the most orders?", id="a count for each group"),
        pytest.param("Which customer has the highest total?", id="rows or groups"),
        pytest.param("How many orders over 50 euros?", id="a bound"),
        pytest.param("How many orders have a quantity from 3?", id="a bound by a small word"),
        pytest.param("How many orders have quantity 3 or more?", id="a bound after the value"),
        pytest.param("How many orders by 4 March 2027?", id="a day as a bound"),
        pytest.param("Wie viele Bestellungen unter 50 EUR?", id="a German bound"),
        pytest.param("How many orders are not open?", id="a negation"),
        pytest.param("How many open orders have no customer?", id="a word that is a code in capitals"),
        pytest.param("How many open or cancelled orders are there?", id="either of two values"),
        pytest.param("How many open orders in NO and SE?", id="two values of a column"),
        pytest.param("How many orders are pending?", id="a value that stands nowhere"),
        pytest.param("What is the highest quantity excluding Moen AS?", id="an exception"),
        pytest.param("What is the total of the first 3 orders?", id="a part of the rows"),
        pytest.param("How many orders did the customer with the lowest total place?", id="two tasks"),
        pytest.param("Compare the quantity of NO and SE", id="a comparison"),
        pytest.param("Which two orders have the highest total?", id="several of the best"),
        pytest.param("What is the largest order?", id="no column to compare by"),
        pytest.param("How many Moen AS are open?", id="a count of nothing named"),
        pytest.param("How many orders were sent?", id="a verb that may be a state"),
        pytest.param("How many orders of Moen AS are kept?", id="a verb at the end"),
        pytest.param("What is the lowest total by order?", id="groups that have one row each"),
        pytest.param("How many orders " + "are there and " * 40 + "are late?", id="more words than are read"),
    ],
)
def test_a_question_that_asks_for_more_is_a_misfit(question: str, orders: ColumnTable) -> None:
    assert all(isinstance(each, Misfit) and not each.pinned for each in answers(question, orders, "orders"))


@pytest.mark.parametrize(
    "question",
    [
        "What is the status of K-3?",
        "Who signed the lease?",
        "Warum ist K-3 offen?",
        "Is there a minimum quantity?",
        "Gibt es eine minimale Menge?",
    ],
)
def test_a_question_for_no_computation_is_none_to_a_table(question: str) -> None:
    assert read_inquiries(question) == ()


def test_the_number_in_one_cell_is_looked_up_not_summed(orders: ColumnTable) -> None:
    assert answers("How many quantity has K-3?", orders, "orders") == [None]
    (found,) = answers("How much does the order of Bertrand cost?", orders, "orders")
    assert isinstance(found, Misfit)
    assert found.pinned
    (found,) = answers("How many pallets does K-3 need?", orders, "orders")
    assert isinstance(found, Misfit)
    assert found.pinned


def test_a_small_word_that_is_a_value_is_not_passed_over(make_table: MakeTable) -> None:
    table = make_table("Task | State", "Paint | There", "Sweep | Here")
    assert all(isinstance(each, Misfit) for each in answers("How many tasks are there?", table))


def test_a_count_of_a_column_that_repeats_is_of_its_values(orders: ColumnTable) -> None:
    (found,) = answers("How many of the open customers are there?", orders, "sales")
    assert isinstance(found, Computed)
    assert (found.task, found.value, found.count, found.column) == (Task.DIFFERENT, "2", 3, "customer")


@pytest.mark.parametrize(
    "question",
    [
        "How many invoices are paid?",
        "How many are paid?",
        "Wie viele Rechnungen sind paid?",
        "What is the total of the paid invoices?",
        "Which paid number has the highest total?",
    ],
)
def test_a_column_of_what_is_so_and_what_is_not_is_no_condition(question: str, make_table: MakeTable) -> None:
    table = make_table("Number | Total | Paid", "R-1 | 5 | yes", "R-2 | 6 | no", "R-3 | 7 | no")
    assert all(isinstance(each, Misfit) for each in answers(question, table, "invoices"))


def test_none_that_meets_all_is_proved_by_those_that_meet_one(orders: ColumnTable) -> None:
    (found,) = answers("How many delivered orders are from SE?", orders, "orders")
    assert isinstance(found, Computed)
    assert (found.value, len(found.rows), found.found) == ("0", 1, 1)


@pytest.mark.parametrize(
    ("question", "reason", "said"),
    [
        ("total fee", "units", ("Fee", "EUR, USD")),
        ("What is the highest rent?", "columns", ("Rent 2026", "Rent 2027")),
    ],
)
def test_what_is_not_one_figure_is_told(
    question: str, reason: str, said: tuple[str, ...], make_table: MakeTable
) -> None:
    table = make_table("Flat | Fee | Rent 2026 | Rent 2027", "A | €5 | 100 | 110", "B | $6 | 120 | 130")
    (found,) = answers(question, table)
    assert isinstance(found, Misfit)
    assert (found.reason, found.said) == (reason, said)


@pytest.mark.parametrize("last", ["Total of all regions | 2,000.50", " | 2,000.50"])
def test_the_last_row_is_a_total_by_how_it_begins(last: str, make_table: MakeTable) -> None:
    table = make_table("Region | Sales", "North | 1,200.00", "South | 800.50", last)
    (found,) = answers("total sales", table)
    assert isinstance(found, Computed)
    assert (found.value, found.totals) == ("2,000.50", 1)


def test_sums_within_the_table_and_cells_without_figure_are_left_out(make_table: MakeTable) -> None:
    table = make_table("Region | Sales", "North | 1,200.00", "South | 800.50", "East | n/a", "Total | 2,000.50")
    (found,) = answers("total sales", table)
    assert isinstance(found, Computed)
    assert (found.value, found.count, found.left_out, found.totals) == ("2,000.50", 2, 1, 1)


def test_a_superlative_goes_by_its_own_column_and_gives_what_is_asked_of_the_row(make_table: MakeTable) -> None:
    table = make_table(
        "Tent | Weight kg | Price EUR | Dealer price EUR", "Alder | 3.1 | 200 | 90", "Birch | 2.4 | 300 | 80"
    )
    (found,) = answers("What is the weight of the cheapest tent?", table)
    assert isinstance(found, Computed)
    assert (found.column, found.value, found.labels) == ("Price EUR", "200", ("Weight kg 3.1, Alder",))
    assert all(isinstance(each, Misfit) for each in answers("Which tent is the cheapest and lightest?", table))


def test_which_asks_for_a_column_that_repeats(make_table: MakeTable) -> None:
    table = make_table("Item | Place | Price", "rope | North | 5", "lamp | South | 6", "oar | South | 7")
    (found,) = answers("Which place has the cheapest item?", table)
    assert isinstance(found, Computed)
    assert (found.value, found.labels) == ("5", ("North, rope",))


def test_all_rows_with_the_same_value_are_given(orders: ColumnTable) -> None:
    (found,) = answers("Which order has the highest total?", orders, "orders")
    assert isinstance(found, Computed)
    assert (found.labels, found.found) == (("K-4", "K-5"), 2)
