"""A12 against services that let strangers into conversations, streams and jobs, and against ones that do not."""

import pytest
from fastapi import FastAPI

from evals.families.channels.exchanges import FAMILY
from evals.leakage import probe
from evals.verdicts.family import FamilyResult, Verdict
from tests.evals.conftest import staged
from tests.evals.families.attacking import attacked_naive
from tests.evals.families.channels.leaking import with_events, with_streams
from tests.evals.service import OPERATIONS, tiny_service
from tests.standins.naive_rag.leaks import Leak

_EVENTS = {"method": "GET", "path": "/documents/{{document_id}}/events"}
_STREAM = {"method": "POST", "path": "/stream", "json": {"query": "{{question}}"}, "changes": False, "steady": False}
_NOTHING = {"conversations": "none", "ask_stream": "none", "jobs": "none"}


async def _probed(app: FastAPI, **operations: object) -> FamilyResult:
    absent = {name: why for name, why in _NOTHING.items() if name not in operations}
    async with staged(app, operations={**OPERATIONS, **operations}, absent=absent) as stage:
        return await probe(stage, FAMILY)


async def test_a_server_that_keeps_its_conversations_and_jobs_apart_passes() -> None:
    result = await attacked_naive(FAMILY)
    assert result.verdict is Verdict.PASS, (result.reason, result.controls)
    slots = {(cell.route, cell.slot) for cell in result.cells}
    assert slots == {
        ("GET /conversations/{conversation_id}", "path:conversation_id"),
        ("POST /ask", "body:conversation_id"),
        ("GET /jobs", ""),
    }


@pytest.mark.parametrize(
    ("leak", "routes"),
    [
        (Leak.CONVERSATION_UNCHECKED, {"GET /conversations/{conversation_id}", "POST /ask"}),
        (Leak.JOBS_SHARED, {"GET /jobs"}),
    ],
)
async def test_a_stranger_in_a_conversation_or_among_jobs_is_found(leak: Leak, routes: set[str]) -> None:
    result = await attacked_naive(FAMILY, leak)
    assert result.verdict is Verdict.LEAK
    assert {one.cell.route for one in result.findings} == routes


@pytest.mark.parametrize("checked", [True, False])
async def test_events_of_another_tenants_document_are_found(*, checked: bool) -> None:
    result = await _probed(with_events(tiny_service(), checked=checked), events=_EVENTS)
    assert result.verdict is (Verdict.PASS if checked else Verdict.LEAK), (result.reason, result.controls)
    titles = " ".join(one.title for one in result.findings)
    assert checked or ("events of a document" in titles and "while it is worked on" in titles)


@pytest.mark.parametrize("mixed", [True, False])
async def test_pieces_of_another_stream_are_found_though_no_event_holds_a_whole_secret(*, mixed: bool) -> None:
    result = await _probed(with_streams(tiny_service(), mixed=mixed), ask_stream=_STREAM)
    assert result.verdict is (Verdict.LEAK if mixed else Verdict.PASS), (result.reason, result.controls)
    assert {cell.surface for cell in result.cells} == {"stream"}


async def test_what_is_neither_there_nor_declared_absent_is_asked_for() -> None:
    async with staged(tiny_service()) as stage:
        result = await probe(stage, FAMILY)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "nor declares streams absent" in result.reason
