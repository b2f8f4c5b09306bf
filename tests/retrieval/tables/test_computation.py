"""A question asked of a tenant's tables: the answer, its rows, and what is refused in so many words."""

import time
from collections.abc import Sequence

import pytest

from ingestion.chunk import Piece
from ingestion.columns import columns_of
from retrieval.answer import Answer, Reason
from retrieval.ask import Ask, ask
from retrieval.search import Search, search_for
from retrieval.tables.computation import compute_answer
from retrieval.tables.inquiry import read_inquiries
from tenancy.compartment import Compartment
from tenancy.ids import BlobRef, ChunkId, DocumentId, new_id
from tenancy.index.tenant_index import Narrowing
from tenancy.models.terms import term_counts
from tenancy.stores.vectors import Matrix
from tenancy.stores.views import Chunk, Coverage, DocumentStatus, Outcome, Upload
from tenancy.values.layout import Layout
from tests.retrieval.tables.conftest import lines
from tests.tenancy.building import House, Resident, upload
from tests.tenancy.models.plain import plain

_HEADER = ("Order", "Country", "Total EUR", "Status")
_STATES = ("open", "closed", "open", "sent")
_ORDERS = [
    (f"K-{number:03}", "NO" if number % 3 else "SE", f"{number}.50", _STATES[number % 4]) for number in range(40)
]


async def publish(
    into: Compartment, name: str, rows: Sequence[Sequence[str]] = _ORDERS, *, unread: int = 0, kept: bool = True
) -> DocumentId:
    """Publish a table in chunks of eight rows, with its columns if they are `kept`."""
    text, found = lines(_HEADER, rows)
    known = Upload(name, new_id("sha"), len(text), "text/csv", time.time(), BlobRef(new_id("blb")))
    async with into.begin() as records:
        document = await records.documents.add(known)
    starts = [0, *range(found.start, found.end, 8 * len(text.splitlines()[1]))][:1]
    starts += [at + 1 for place, at in enumerate(_ends(text)) if place % 8 == 7]
    pieces = [
        Piece(start, end, 1, Layout((), (found,)).within(start, end))
        for start, end in zip(starts, [*(start - 1 for start in starts[1:]), len(text)], strict=True)
    ]
    parts = [
        Chunk(
            ChunkId(new_id("chk")),
            document.id,
            name,
            place,
            text[each.start : each.end],
            each.start,
            each.end,
            each.layout,
        )
        for place, each in enumerate(pieces)
    ]
    words = [f"{name} {part.text}" for part in parts]
    embedded = await into.models.embed(plain(words))
    matrix = Matrix.of(embedded.vectors, [into.index.sparse(term_counts(each)) for each in words])
    tables = columns_of(text, Layout((), (found,)), pieces) if kept else ()
    sealed = into.index.seal_version(document.version, parts, matrix, {"document_id": document.id}, tables)
    outcome = Outcome(chunks=len(parts), coverage=Coverage(1 + unread, 1, unread))
    async with into.begin() as records:
        await records.chunks.insert(sealed)
        await records.documents.finish(document.id, document.version, outcome, DocumentStatus.READY)
        await records.documents.go_live(document.id, document.version)
    return document.id


def _ends(text: str) -> list[int]:
    return [at for at, letter in enumerate(text) if letter == "\n"]


async def _asked(home: House, who: Resident, question: str, narrow: Narrowing | None = None) -> Answer:
    return await ask(await home.enter(who), Ask(question, narrow=narrow))


async def test_a_count_is_exact_and_cites_the_rows(home: House, a: Resident) -> None:
    await publish(await home.enter(a), "orders.csv")
    answer = await _asked(home, a, "How many orders are open in NO?")
    mine = [" | ".join(row) for row in _ORDERS if row[1] == "NO" and row[3] == "open"]
    assert answer.answer.startswith(
        f"There are {len(mine)} rows with “Country” “NO” and “Status” “open” in orders.csv. [1][2]"
    ) or (
        answer.answer.startswith(
            f"There are {len(mine)} rows with “Status” “open” and “Country” “NO” in orders.csv. [1][2]"
        )
    )
    assert [each.quote for each in answer.citations] == mine[:10]
    assert all(each.header == _HEADER and each.document_name == "orders.csv" for each in answer.citations)
    assert (answer.refused, answer.model) == (False, "extractive")


async def test_what_is_not_computed_is_refused_in_so_many_words(home: House, a: Resident) -> None:
    await publish(await home.enter(a), "orders.csv")
    answer = await _asked(home, a, "What is the total of the orders per country?")
    assert (answer.refused, answer.reason, answer.citations) == (True, Reason.UNSUPPORTED, ())
    assert answer.answer.endswith("Not understood: “per”.")
    assert (await _asked(home, a, "Compare the total of the orders in NO and SE.")).reason is Reason.UNSUPPORTED


async def test_with_a_model_it_is_asked_what_is_not_computed(home: House, a: Resident) -> None:
    compartment = await home.enter(a)
    await publish(compartment, "orders.csv")
    compartment = await home.enter(a)
    for question, is_computed in {"How many orders are open?": True, "Total of the orders per country?": False}.items():
        hits = (await search_for(compartment, Search(question), compartment.models.embed_question(question))).hits
        found = await compute_answer(compartment, read_inquiries(question), hits, hits, refuses=False)
        assert (found is not None) == is_computed


async def test_a_deleted_table_is_asked_no_more(home: House, a: Resident) -> None:
    compartment = await home.enter(a)
    first = await publish(compartment, "orders.csv")
    async with compartment.begin() as records:
        await records.documents.delete(first)
    await publish(await home.enter(a), "orders.csv", _ORDERS[:9])
    assert (await _asked(home, a, "How many orders are there?")).answer.startswith("There are 9 rows")


async def test_two_tables_that_fit_are_not_chosen_between(home: House, a: Resident) -> None:
    compartment = await home.enter(a)
    first = await publish(compartment, "orders-north.csv")
    await publish(compartment, "orders-south.csv", _ORDERS[:9])
    question = "How many orders are open?"
    answer = await _asked(home, a, question)
    assert answer.refused
    assert {"orders-north.csv", "orders-south.csv"} <= set(answer.answer.replace("“", " ").replace("”", " ").split())
    narrowed = await _asked(home, a, question, Narrowing((("document_id", (first,)),)))
    assert narrowed.answer.startswith("There are 20 rows")
    assert "south" not in (await _asked(home, a, "How many orders are open in the north?")).answer


async def test_a_fact_that_prose_states_is_no_question_to_a_table(home: House, a: Resident) -> None:
    compartment = await home.enter(a)
    await publish(compartment, "orders.csv")
    await upload(compartment, "depot.txt", "How the NO depot works: 41 people work at the depot in NO.")
    await home.drain()
    assert "41" in (await _asked(home, a, "How many people work at the NO depot?")).answer


async def test_a_fact_that_a_cell_states_is_no_question_to_its_table(home: House, a: Resident) -> None:
    compartment = await home.enter(a)
    await publish(compartment, "orders.csv")
    await publish(compartment, "plan.csv", [("Send the order forms to 64 newsrooms", "NO", "1.50", "open")])
    for question in ("How many newsrooms get the order forms in NO?", "How many newsrooms get open forms for orders?"):
        assert (await _asked(home, a, question)).reason is not Reason.UNSUPPORTED
    for question in ("How many open orders get lost in NO?", "How many open orders are in NO or SE?"):
        assert (await _asked(home, a, question)).reason is Reason.UNSUPPORTED


async def test_a_term_of_the_documents_is_no_task(home: House, a: Resident) -> None:
    compartment = await home.enter(a)
    await publish(compartment, "orders.csv")
    await upload(compartment, "terms.txt", "The minimum order total is 500 euros. Below that a fee is due.")
    await home.drain()
    assert "500" in (await _asked(home, a, "What is the minimum order total?")).answer
    assert (await _asked(home, a, "What is the lowest total of an order?")).answer.startswith("The lowest “Total EUR”")


async def test_a_version_without_columns_is_asked_as_text(home: House, a: Resident) -> None:
    await publish(await home.enter(a), "orders.csv", kept=False)
    answer = await _asked(home, a, "How many orders are open in NO?")
    assert "rows" not in answer.answer
    assert answer.reason is not Reason.UNSUPPORTED


async def test_an_answer_tells_that_rows_may_be_missing(home: House, a: Resident) -> None:
    await publish(await home.enter(a), "orders.csv", unread=1)
    assert "were not read" in (await _asked(home, a, "How many orders are open?")).answer


@pytest.mark.parametrize("question", ["How many orders are open?", "Which order has the highest total?"])
async def test_a_stranger_is_told_nothing_of_a_table(home: House, a: Resident, b: Resident, question: str) -> None:
    await publish(await home.enter(a), "orders.csv")
    assert (await _asked(home, b, question)).reason is Reason.NO_HITS
