"""Any service with a target file can be measured, and what is made for that is taken away again."""

from collections.abc import AsyncIterator

import pytest

from evals.quality.run import asked
from evals.quality.service import Service
from evals.quality.target import TargetService
from evals.target.reply import GaveNothing
from evals.target.session import Refused
from evals.target.spec import WrongTarget
from evals.target.wire import Wire
from tests.evals.quality.desk import OPERATIONS, Desk, desk_target
from tests.evals.quality.shelves import Library
from tests.evals.quality.test_run import SET
from tests.evals.service import serving

Served = tuple[Desk, str]


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    desk = Desk()
    async with serving(desk.app) as url:
        yield desk, url


async def test_a_target_gives_the_same_outcomes_as_the_service_behind_it(served: Served) -> None:
    desk, url = served
    spec = desk_target(url)
    async with Wire(spec) as wire:
        service: Service = TargetService(wire, spec)
        over_http = (await asked(service, [SET]))["small"]
    within = (await asked(Library(), [SET]))["small"]
    for one, other in zip(over_http, within, strict=True):
        assert (one.ranked, one.contexts, one.answer) == (other.ranked, other.contexts, other.answer)
        assert (one.refused, one.citations) == (other.refused, other.citations)
        assert one.search_seconds > 0
    assert sorted(desk.made) == ["quality small Acme", "quality small Brill"]
    assert desk.shelves == {}


async def test_a_document_that_fails_ends_the_measurement_and_its_tenant(served: Served) -> None:
    desk, url = served
    desk.failing = "garden.txt"
    spec = desk_target(url)
    async with Wire(spec) as wire:
        with pytest.raises(Refused, match=r"garden\.txt of small \w+ failed"):
            await asked(TargetService(wire, spec), [SET])
    assert desk.shelves == {}
    assert len(desk.ended) == 2


async def test_what_cannot_be_taken_away_is_said(served: Served) -> None:
    desk, url = served
    spec = desk_target(url, operations={name: each for name, each in OPERATIONS.items() if name != "tenant_delete"})
    async with Wire(spec) as wire:
        service = TargetService(wire, spec)
        await asked(service, [SET])
    assert sorted(service.left_behind) == [
        "small Acme: the target file has neither `tenant_delete` nor `delete`",
        "small Brill: the target file has neither `tenant_delete` nor `delete`",
    ]
    assert len(desk.shelves) == 2


async def test_citations_without_their_quotes_are_an_error_and_not_an_answer_without_citations(served: Served) -> None:
    _, url = served
    gives = {"answer": "$.answer", "cited": "$.citations[*].document_id", "quote": "$.citations[*].words"}
    spec = desk_target(url, operations={**OPERATIONS, "ask": {**OPERATIONS["ask"], "gives": gives}})
    async with Wire(spec) as wire:
        with pytest.raises(GaveNothing, match="1 of 'cited' and 0 of 'quote'"):
            await asked(TargetService(wire, spec), [SET])


async def test_a_target_that_lacks_an_operation_is_refused_by_name() -> None:
    url = "http://127.0.0.1:9"
    lacking = desk_target(url, operations={name: each for name, each in OPERATIONS.items() if name != "ask"})
    async with Wire(lacking) as wire:
        with pytest.raises(WrongTarget, match="has no operation `ask`"):
            TargetService(wire, lacking)
    spec = desk_target(
        url, tenant={"steps": []}, principals=[{"name": name, "tenant": name} for name in ("one", "two")]
    )
    async with Wire(spec) as wire:
        with pytest.raises(WrongTarget, match="steps that make a tenant"):
            TargetService(wire, spec)
