"""The suite against the naive server: leaks are found, their lines show them again, and without leaks none is found."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from evals.families.registry import registered
from evals.launch.sink import running_sink
from evals.leakage import probe
from evals.stage.raising import Wish, raised
from evals.stage.stage import Stage
from evals.target.reading import read_target
from evals.target.wire import Wire
from evals.verdicts.family import FamilyResult, Verdict
from evals.verdicts.finding import Finding
from tests.evals.targets.reproducing import shown_again
from tests.standins.naive_rag.leaks import NAIVE, Leak
from tests.standins.naive_rag.running import running_naive_rag
from tests.standins.naive_rag.server import OPERATOR_KEY

FILE: Final = Path(__file__).parents[3] / "evals" / "targets" / "naive.yaml"
_FAMILIES: Final = {family.id: family for family in registered()}
_TRIALS: Final = 40
_LEAKS: Final = {
    "A1": (
        "GET /documents/{document_id} shows a thing of another tenant for its document id.",
        "GET /documents/{document_id}/download shows a thing of another tenant for its document id.",
        "GET /documents/{document_id}/related shows a thing of another tenant for its document id.",
        "GET /conversations/{conversation_id} shows a thing of another tenant for its conversation id.",
    ),
    "A4": ("An answer shows a secret of another tenant (fact).", "An answer shows a document id of another tenant."),
    "A5": ("A question that anybody asks is answered out of another tenant's document.",),
    "A6": (
        "GET /jobs shows a name of another tenant.",
        "GET /metrics shows a name of another tenant.",
        "GET /debug/state shows another tenant's name.",
        "GET /suggest offers words that only another tenant holds.",
        "POST /search shows a document id of another.",
    ),
    "A8": ("POST /documents tells that another tenant holds the same bytes.",),
    "A9": (
        "GET /documents counts what other tenants put in.",
        "GET /health counts what other tenants put in.",
        "POST /search counts what other tenants put in.",
        "Ids of documents count up over all tenants.",
    ),
    "A15": ("A tenant whose name is alike (hyphens for blanks) sees what the other one holds.",),
    "A21": ("POST /search shows a vector.", "POST /search shows a stack trace."),
}
_PLAIN: Final = frozenset({"GET /documents/{document_id}/download", "GET /metrics"})
"""Routes whose answers are no JSON: the place of a leak is the route."""


@asynccontextmanager
async def staged(leaks: frozenset[Leak]) -> AsyncIterator[Stage]:
    """Raise a stage over the naive server; at its end nothing is left behind."""
    left: list[str] = []
    async with AsyncExitStack() as stack:
        url, sink = stack.enter_context(running_naive_rag(leaks)), stack.enter_context(running_sink())
        spec = read_target(FILE, {"NAIVE_URL": url, "NAIVE_OPERATOR_KEY": OPERATOR_KEY})
        wire = await stack.enter_async_context(Wire(spec))
        yield await stack.enter_async_context(raised(spec, wire, Wish("seed", "run", _TRIALS), sink, None, left))
    assert left == []


async def probed(leaks: frozenset[Leak], family: str) -> FamilyResult:
    async with staged(leaks) as stage:
        return await probe(stage, _FAMILIES[family])


async def test_A1_finds_the_unchecked_reads_and_each_line_shows_its_leak_again() -> None:
    async with staged(NAIVE - {Leak.DELETE_UNCHECKED}) as stage:
        result = await probe(stage, _FAMILIES["A1"])
        read = [one for one in result.findings if "shows a thing" in one.title and one.cell.route.startswith("GET")]
        assert {one.cell.route for one in read} == {
            "GET /documents/{document_id}",
            "GET /documents/{document_id}/download",
            "GET /documents/{document_id}/related",
            "GET /conversations/{conversation_id}",
        }
        assert [one.curl for one in read if not await shown_again(stage, one)] == []


@pytest.mark.parametrize(
    ("leak", "route"),
    [
        (Leak.FOREIGN_TOLD, "GET /documents/{document_id}"),
        (Leak.DELETE_UNCHECKED, "DELETE /documents/{document_id}"),
        (Leak.BODY_WINS, "POST /search"),
        (Leak.CONVERSATION_UNCHECKED, "GET /conversations/{conversation_id}"),
    ],
)
async def test_A1_finds_one_leak_alone(leak: Leak, route: str) -> None:
    result = await probed(frozenset({leak}), "A1")
    assert result.verdict is Verdict.LEAK
    assert route in {one.cell.route for one in result.findings}


async def test_a_leak_that_shows_a_tenant_anothers_id_as_its_own_does_not_hide_that_the_id_is_foreign() -> None:
    result = await probed(frozenset({Leak.READ_UNCHECKED, Leak.RELATED_UNFILTERED}), "A1")
    routes = {one.cell.route for one in result.findings if "shows a thing" in one.title}
    assert {"GET /documents/{document_id}", "GET /documents/{document_id}/related"} <= routes


async def test_without_leaks_the_same_probes_pass() -> None:
    result = await probed(frozenset(), "A1")
    assert (result.verdict, result.reason) == (
        Verdict.PASS,
        f"No leak in {result.distinct} distinct trials; every control held.",
    )


async def test_the_server_as_it_is_shows_many_leaks_each_with_its_place_and_a_line_that_shows_it_again() -> None:
    async with staged(NAIVE - {Leak.DELETE_UNCHECKED}) as stage:
        found: dict[tuple[str, str], Finding] = {}
        for family in _LEAKS:
            found |= {(family, one.title): one for one in (await probe(stage, _FAMILIES[family])).findings}
        wanted = {(family, title) for family, titles in _LEAKS.items() for title in titles}
        assert wanted - set(found) == set()
        places = {key: found[key].json_path for key in wanted if found[key].cell.route not in _PLAIN}
        assert [key for key, path in places.items() if not path.startswith("$")] == []
        assert [key for key in sorted(wanted) if not await shown_again(stage, found[key])] == []
