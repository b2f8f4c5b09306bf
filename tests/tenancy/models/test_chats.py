"""Chat clients are held by tenant, and one that is dropped holds no connection and no key any more."""

from collections.abc import AsyncIterator

import pytest

from tenancy.ids import TenantId
from tenancy.models.chats import ChatPool
from tenancy.models.egress import EgressGuard
from tenancy.models.openai import OpenAIChat
from tenancy.models.provider import ProviderUnavailable
from tests.standins.openai_server import OpenAIServer

_A, _B = TenantId("ten_a"), TenantId("ten_b")


@pytest.fixture
async def chats() -> AsyncIterator[ChatPool]:
    pool = ChatPool(EgressGuard(["127.0.0.1"]))
    yield pool
    await pool.close()


def _settings(server: OpenAIServer, key: str = "sk-a") -> dict[str, str]:
    return {"provider_base_url": server.base_url, "provider_key": key, "provider_host": "127.0.0.1"}


async def _ask(chat: OpenAIChat) -> str:
    messages = [{"role": "user", "content": "When does the ferry leave?"}]
    return (await chat.complete(messages, model="stand-in", temperature=0, max_tokens=9)).model


async def test_a_tenant_keeps_its_client_and_no_other_tenant_gets_it(
    chats: ChatPool, openai_server: OpenAIServer
) -> None:
    settings = _settings(openai_server)
    assert chats.get(_A, settings) is chats.get(_A, dict(settings))
    assert chats.get(_A, settings) is not chats.get(_B, settings)


async def test_a_changed_key_is_used_at_once_and_answers_under_way_come_to_their_end(
    chats: ChatPool, openai_server: OpenAIServer
) -> None:
    before = chats.get(_A, _settings(openai_server))
    after = chats.get(_A, _settings(openai_server, "sk-new"))
    assert [await _ask(after), await _ask(before)] == ["stand-in", "stand-in"]
    sent = [asked.headers["authorization"] for asked in openai_server.asked]
    assert sent == ["Bearer sk-new", "Bearer sk-a"]


async def test_L07_an_evicted_tenants_clients_are_closed_and_another_tenants_are_not(
    chats: ChatPool, openai_server: OpenAIServer
) -> None:
    replaced = chats.get(_A, _settings(openai_server, "sk-old"))
    dropped, kept = chats.get(_A, _settings(openai_server)), chats.get(_B, _settings(openai_server, "sk-b"))
    await _ask(dropped)
    await chats.evict(_A)
    for chat in (replaced, dropped):
        with pytest.raises(ProviderUnavailable):
            await _ask(chat)
    assert await _ask(kept) == "stand-in"
    assert await _ask(chats.get(_A, _settings(openai_server))) == "stand-in"
