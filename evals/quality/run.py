"""Put sets of questions to a service and keep what came back."""

import asyncio
from collections.abc import Coroutine, Iterable
from contextlib import AsyncExitStack
from typing import Final, TypeVar

from evals.quality.cases import Case, Cited, Household, Outcome, QuestionSet, in_order
from evals.quality.progress import Bar, bar
from evals.quality.service import Service, Tenant

_T = TypeVar("_T")
# Chunks of one document may fill the first places; asking for more makes ten documents of them.
TOP_K: Final = 40
_UPLOADS_AT_ONCE: Final = 8


async def asked(service: Service, sets: Iterable[QuestionSet]) -> dict[str, list[Outcome]]:
    """Return the outcomes of every set, in the order of its cases.

    All tenants of a set hold their documents before the first question, and questions go one at a time, so that
    latencies are those of an idle service.
    """
    return {each.name: await _one_set(service, each) for each in sets}


async def _one_set(service: Service, wanted: QuestionSet) -> list[Outcome]:
    steps = sum(len(household.files) + len(household.cases) for household in wanted.households)
    async with AsyncExitStack() as stack:
        shown = stack.enter_context(bar(wanted.name, steps))
        tenants = [
            await stack.enter_async_context(service.tenant(f"{wanted.name} {household.tenant}"))
            for household in wanted.households
        ]
        names = await _filled(tenants, wanted.households, shown)
        outcomes = []
        for tenant, household, name in zip(tenants, wanted.households, names, strict=True):
            for case in household.cases:
                outcomes.append(await _outcome(tenant, case, name))
                shown.step()
        return outcomes


async def _filled(tenants: list[Tenant], households: Iterable[Household], shown: Bar) -> list[dict[str, str]]:
    """Upload everything, wait for all of it, and return each tenant's document names by id."""
    places = asyncio.Semaphore(_UPLOADS_AT_ONCE)

    async def one(tenant: Tenant, name: str, content: bytes) -> tuple[str, str]:
        async with places:
            document_id = await tenant.ingest(name, content)
        shown.step()
        return document_id, name

    async def fill(tenant: Tenant, household: Household) -> dict[str, str]:
        pairs = await _all(one(tenant, file.name, file.content) for file in household.files)
        await tenant.wait()
        return dict(pairs)

    return await _all(fill(*each) for each in zip(tenants, households, strict=True))


async def _all(asked_for: Iterable[Coroutine[None, None, _T]]) -> list[_T]:
    """Return all results in order; a failure cancels the rest, so that no tenant is ended while it is being filled."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in asked_for]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from failed
    return [task.result() for task in tasks]


async def _outcome(tenant: Tenant, case: Case, names: dict[str, str]) -> Outcome:
    """Search, then ask; an id that the tenant never uploaded keeps itself as its name, so it is never right."""
    found = await tenant.search(case.question, TOP_K)
    answered = await tenant.ask(case.question)
    return Outcome(
        case=case,
        ranked=in_order([names.get(hit.document_id, hit.document_id) for hit in found.hits]),
        contexts=tuple(hit.text for hit in found.hits),
        answer=answered.text,
        refused=answered.refused,
        citations=tuple(Cited(names.get(each, each), quote) for each, quote in answered.citations),
        search_seconds=found.seconds,
        ask_seconds=answered.seconds,
    )
