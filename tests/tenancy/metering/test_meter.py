"""Every call that may cost something is in the ledger: before it is sent, then with its real numbers."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import cast

import pytest
import pytest_asyncio
import sqlalchemy as sa

from tenancy.errors import ServiceError
from tenancy.ids import TenantId
from tenancy.metering.chat import MeteredChat
from tenancy.metering.spending import Spent
from tenancy.mint import Mint
from tenancy.models.provider import ProviderRefused, ProviderUnavailable
from tenancy.stores.databases.store import Store, Transaction
from tenancy.stores.epoch import ScopeEnded
from tenancy.stores.schema import settings, state
from tests.standins.openai_server import Asked, OpenAIServer, Reply, running_openai_server
from tests.tenancy.building import House, Resident, over, upload
from tests.tenancy.metering.spending import ASKED, chat_of, enter, rows

MODEL = "gpt-4o-mini"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with running_openai_server() as running:
        yield running


@pytest_asyncio.fixture
async def open_house(home: House) -> AsyncIterator[House]:
    yield home
    await home.foundation.together.close()
    await home.foundation.chats.close()


def counted(prompt: int, completion: int, text: str | None = "In 1931 [1].") -> Reply:
    """Return an answer with the provider's own count."""
    message = {"role": "assistant", "content": text}
    counts = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return Reply({"id": "1", "object": "chat.completion", "model": "m", "choices": [choice], "usage": counts})


async def complete(chat: MeteredChat, model: str = MODEL) -> int:
    return (await chat.complete(ASKED, model=model, temperature=0, max_tokens=500)).cost


async def test_a_call_is_booked_with_the_providers_count_and_the_catalogues_price(
    open_house: House, a: Resident, server: OpenAIServer
) -> None:
    server.program = lambda _: counted(1_000, 200)
    compartment = await enter(open_house, a)
    cost = await complete(await chat_of(compartment, server))
    (row,) = await rows(open_house, a)
    assert cost == row.cost == 150 + 120
    assert (row.prompt_tokens, row.completion_tokens, row.embedding_tokens) == (1_000, 200, 0)
    assert (row.kind, row.payer, row.exact, row.opens) == ("chat", "own", 1, 1)
    assert row.price == open_house.foundation.prices.version
    assert row.day == int(row.at // 86_400)
    assert [each.cost for each in compartment.models.meter.spent] == [cost]


async def test_the_row_is_there_while_the_provider_works_and_no_transaction_waits_for_it(
    open_house: House, a: Resident, server: OpenAIServer
) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def slow(_: Asked) -> Reply:
        arrived.set()
        assert go_on.wait(30)
        return counted(10, 10)

    server.program = slow
    compartment = await enter(open_house, a)
    call = asyncio.create_task(complete(await chat_of(compartment, server)))
    assert await asyncio.to_thread(arrived.wait, 30)
    (row,) = await rows(open_house, a)
    assert (row.exact, row.completion_tokens) == (0, 500)
    assert row.cost >= 300
    async with asyncio.timeout(10), compartment.begin() as records:  # the tenant's only writer: the call is not one
        await records.settings.put("other", {"x": "y"})
    go_on.set()
    await call
    assert [(row.exact, row.completion_tokens) for row in await rows(open_house, a)] == [(1, 10)]


async def test_an_answer_that_cannot_be_used_was_paid_for(open_house: House, a: Resident, server: OpenAIServer) -> None:
    server.program = lambda _: counted(1_000, 200, text=None)
    chat = await chat_of(await enter(open_house, a), server)
    with pytest.raises(ProviderRefused):
        await complete(chat)
    (row,) = await rows(open_house, a)
    assert (row.exact, row.prompt_tokens, row.cost) == (1, 1_000, 270)


@pytest.mark.parametrize("status", [401, 404, 429, 500])
async def test_a_request_that_the_provider_turned_away_cost_nothing(
    open_house: House, a: Resident, server: OpenAIServer, status: int
) -> None:
    server.program = lambda _: Reply({"error": {"message": "no"}}, status=status)
    compartment = await enter(open_house, a)
    with pytest.raises(ServiceError):
        await complete(await chat_of(compartment, server))
    assert list(await rows(open_house, a)) == []
    assert [each.cost for each in compartment.models.meter.spent] == [0]


async def test_a_provider_that_is_not_there_cost_nothing(open_house: House, a: Resident) -> None:
    with running_openai_server() as server:
        chat = await chat_of(await enter(open_house, a), server)
    with pytest.raises(ProviderUnavailable):
        await complete(chat)
    assert list(await rows(open_house, a)) == []


async def test_a_lost_answer_stands_with_its_estimate(open_house: House, a: Resident, server: OpenAIServer) -> None:
    server.program = lambda _: Reply(b"this is no answer in any protocol", headers={"Content-Type": "application/json"})
    chat = await chat_of(await enter(open_house, a), server)
    with pytest.raises(ProviderRefused):
        await complete(chat)
    (row,) = await rows(open_house, a)
    assert (row.exact, row.completion_tokens) == (0, 500)
    assert row.cost > 0


async def test_a_cancelled_call_stands_with_its_estimate_and_is_settled_by_whoever_attached(
    open_house: House, a: Resident, server: OpenAIServer
) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def slow(_: Asked) -> Reply:
        arrived.set()
        go_on.wait(30)
        return counted(10, 10)

    server.program = slow
    compartment = await enter(open_house, a)
    settled: list[Spent] = []

    async def settle(_: Transaction, spent: Spent) -> None:
        settled.append(spent)

    compartment.models.meter.attach(settle)
    call = asyncio.create_task(complete(await chat_of(compartment, server)))
    assert await asyncio.to_thread(arrived.wait, 30)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    go_on.set()
    (row,) = await rows(open_house, a)
    assert (row.exact, row.completion_tokens) == (0, 500)
    assert [(each.exact, each.cost) for each in settled] == [(False, row.cost)]


async def test_what_a_suspended_tenant_spent_is_settled_and_nothing_more_is_begun(
    open_house: House, a: Resident, server: OpenAIServer
) -> None:
    arrived, suspended = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(_: Asked) -> Reply:
        arrived.set()
        done = asyncio.run_coroutine_threadsafe(suspended.wait(), loop)
        assert done.result(30)
        return counted(1_000, 200)

    server.program = slow
    chat = await chat_of(await enter(open_house, a), server)
    call = asyncio.create_task(complete(chat))
    assert await asyncio.to_thread(arrived.wait, 30)
    # As it is between the new epoch and the client's end: the answer is still on its way.
    await open_house.execute(a.id, state.update().values(epoch=state.c.epoch + 1))
    suspended.set()
    assert await call == 270
    assert [(row.exact, row.cost) for row in await rows(open_house, a)] == [(1, 270)]
    with pytest.raises(ScopeEnded):
        await complete(chat)
    assert len(server.asked) == 1


async def test_what_is_written_with_a_settle_stands_with_the_row(
    open_house: House, a: Resident, server: OpenAIServer
) -> None:
    server.program = lambda _: counted(1_000, 200)
    compartment = await enter(open_house, a)

    async def settle(db: Transaction, spent: Spent) -> None:
        await db.execute(settings.insert().values(tenant_id=a.id, name=f"spent {spent.cost}", body=b""))

    compartment.models.meter.attach(settle)
    await compartment.models.embed_question("a question of five words")
    await complete(await chat_of(compartment, server))
    async with open_house.foundation.store.tenant(a.id, writes=False) as db:
        names = set((await db.execute(sa.select(settings.c.name))).scalars())
    assert {"spent 0", "spent 270"} <= names


async def test_questions_and_documents_are_booked_with_their_tokens_app_and_route(home: House, a: Resident) -> None:
    compartment = await enter(home, a, "intranet", "/v1/search")
    await compartment.models.embed_question("how deep is the harbour")
    await upload(await enter(home, a, "importer", "/v1/documents"), "a.txt", "one two three\n\nfour five")
    await home.drain()
    asked, ingested = await rows(home, a)
    assert (asked.kind, asked.embedding_tokens, asked.payer, asked.cost) == ("embedding", 5, "platform", 0)
    assert (ingested.kind, ingested.payer, ingested.opens) == ("embedding", "platform", 1)
    assert ingested.embedding_tokens >= 5
    assert asked.label != ingested.label


async def test_L40_what_a_tenant_named_is_in_no_byte_of_its_records(home: House, a: Resident) -> None:
    compartment = await enter(home, a, "quokka-intranet")
    await compartment.models.embed_question("how deep is the harbour")
    files = [path for path in home.data.rglob("*") if path.is_file()]
    assert sum(b"quokka" in path.read_bytes() for path in files) == 0
    assert any(b"platform" in path.read_bytes() for path in files)  # the row itself is there


class Counting:
    """Stands before a store and counts the write transactions of tenants."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.begun = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def tenant(
        self, tenant: TenantId, *, writes: bool, single: bool = False
    ) -> AbstractAsyncContextManager[Transaction]:
        self.begun += writes
        return self._store.tenant(tenant, writes=writes, single=single)


async def test_a_hundred_calls_at_once_share_few_transactions_and_lose_none(home: House, a: Resident) -> None:
    counting = Counting(home.foundation.store)
    over_it = replace(home, mint=Mint(over(home.foundation, cast("Store", counting))))
    compartments = [await enter(over_it, a) for _ in range(100)]
    counting.begun = 0
    await asyncio.gather(*(one.models.embed_question("one question") for one in compartments))
    assert len(await rows(home, a)) == 100
    assert 0 < counting.begun < 20
