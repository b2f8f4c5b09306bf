"""A set of questions goes to a service and comes back as outcomes and as rows of the table."""

import io
import sys

from evals.quality.cases import Case, File, Household, Kind, Outcome, QuestionSet
from evals.quality.metrics import NDCG, OVER_REFUSAL, REFUSAL_PRECISION, REFUSAL_RECALL
from evals.quality.progress import bar
from evals.quality.run import asked
from evals.quality.summary import measures
from evals.verdicts.quality import QualityMeasure
from tests.evals.quality.shelves import Library


def household(tenant: str, answer: str, *, knows: bool = True) -> Household:
    right = Case(
        f"{tenant}/1",
        tenant,
        "How many parcels left the harbour today?",
        Kind.ANSWERABLE,
        (answer,),
        frozenset({"harbour.txt"}),
    )
    missing = Case(f"{tenant}/2", tenant, "Who painted the ceiling?", Kind.MISSING)
    said = f"Today {answer} parcels left the harbour." if knows else "Nothing of note happened."
    files = (File("harbour.txt", said.encode()), File("garden.txt", b"Roses grow beside the northern wall."))
    return Household(tenant, files, (right, missing))


SET = QuestionSet("small", (household("Acme", "412"), household("Brill", "7", knows=False)))


def by_metric(rows: tuple[QualityMeasure, ...]) -> dict[str, QualityMeasure]:
    return {row.metric: row for row in rows}


async def outcomes() -> list[Outcome]:
    return (await asked(Library(), [SET]))["small"]


async def test_each_case_comes_back_in_order_with_names_for_ids() -> None:
    found = await outcomes()
    assert [each.case.id for each in found] == ["Acme/1", "Acme/2", "Brill/1", "Brill/2"]
    assert found[0].ranked[0] == "harbour.txt"
    assert found[0].citations[0].document == "harbour.txt"
    assert found[0].contexts[0] == "Today 412 parcels left the harbour."
    assert [each.refused for each in found] == [False, True, True, True]


async def test_every_tenant_is_taken_away_at_the_end() -> None:
    library = Library()
    await asked(library, [SET])
    assert sorted(library.closed) == ["small Acme", "small Brill"]


async def test_a_row_has_the_mean_over_tenants_and_the_worst_of_them() -> None:
    rows = by_metric(measures("small", await outcomes()))
    over = rows[OVER_REFUSAL]
    assert (over.mean, over.worst, over.worst_tenant, over.cases) == (0.5, 1.0, "Brill", 2)
    assert rows["holds the answer"].mean == 0.5
    assert rows["holds the answer"].worst_tenant == "Brill"
    assert rows[REFUSAL_RECALL].mean == 1
    assert (rows[REFUSAL_PRECISION].mean, rows[REFUSAL_PRECISION].worst) == (0.75, 0.5)
    assert rows["refused where nobody knows"].cases == 2
    assert "refused where a stranger knows" not in rows
    assert rows["ask p95 ms"].worst >= rows["ask p50 ms"].mean > 0


async def test_a_tenant_with_many_questions_weighs_as_much_as_one_with_few() -> None:
    found = await outcomes()
    rows = by_metric(measures("small", [*found, *[found[0]] * 6]))
    assert rows["holds the answer"].mean == 0.5
    assert rows["holds the answer"].cases == 8


async def test_measures_no_case_defines_are_absent() -> None:
    rows = by_metric(measures("small", [each for each in await outcomes() if each.case.kind is Kind.MISSING]))
    assert NDCG not in rows
    assert OVER_REFUSAL not in rows
    assert rows[REFUSAL_RECALL].mean == 1


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_is_drawn_on_a_terminal_and_nowhere_else() -> None:
    for stream in (Terminal(), io.StringIO()):
        with bar("own", 2, stream) as shown:
            shown.step()
        drawn = "own" in stream.getvalue() and "1/2" in stream.getvalue()
        assert drawn is stream.isatty()
    assert not isinstance(sys.stderr, Terminal)
