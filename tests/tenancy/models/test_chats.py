"""Chat clients are held by tenant, and one that is dropped holds no connection and no key any more."""

from collections.abc import AsyncIterator

import pytest

from tenancy.ids import TenantId
from tenancy.models.chats import ChatPool
from tenancy.models.egress import AddressRefused, EgressGuard
from tenancy.models.environments import Environment
from tenancy.models.openai import OpenAIChat
from tenancy.models.provider import KeyMalformed, ProviderUnavailable
from tests.standins.openai_server import OpenAIServer

pytestmark = pytest.mark.shows("providers.own")

_A = (TenantId("ten_a"), Environment.PRODUCTION)
_B = (TenantId("ten_b"), Environment.PRODUCTION)


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
    await chats.evict(_A[0])
    for chat in (replaced, dropped):
        with pytest.raises(ProviderUnavailable):
            await _ask(chat)
    assert await _ask(kept) == "stand-in"
    assert await _ask(chats.get(_A, _settings(openai_server))) == "stand-in"


async def test_L14_two_environments_of_a_tenant_use_a_client_each(chats: ChatPool, openai_server: OpenAIServer) -> None:
    testing = (_A[0], Environment.TEST)
    live, tried = chats.get(_A, _settings(openai_server)), chats.get(testing, _settings(openai_server, "sk-test"))
    assert [await _ask(live), await _ask(tried)] == ["stand-in", "stand-in"]
    assert [asked.headers["authorization"] for asked in openai_server.asked] == ["Bearer sk-a", "Bearer sk-test"]
    await chats.forget(testing)
    with pytest.raises(ProviderUnavailable):
        await _ask(tried)
    assert await _ask(chats.get(_A, _settings(openai_server))) == "stand-in"
    assert chats.get(_A, _settings(openai_server)) is live
    await chats.evict(_A[0])
    with pytest.raises(ProviderUnavailable):
        await _ask(live)


class _Resolver:
    """Every name stands for the same addresses; without any, no name is known."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        if not self.addresses:
            raise OSError
        return list(self.addresses)


def _pool(resolver: _Resolver) -> ChatPool:
    return ChatPool(EgressGuard((), resolver=resolver))


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "0.0.0.0"])
async def test_L50_a_name_that_stands_for_an_internal_address_is_not_admitted(address: str) -> None:
    with pytest.raises(AddressRefused):
        await _pool(_Resolver("93.184.216.34", address)).admit({"provider_base_url": "https://models.example/v1"})


async def test_an_address_that_is_public_or_not_known_yet_is_admitted() -> None:
    for resolver in (_Resolver("93.184.216.34"), _Resolver()):
        given = {"provider_base_url": "https://models.example:8443/v1", "provider_key": "sk-a"}
        await _pool(resolver).admit(given)
        assert resolver.asked == [("models.example", 8443)]


@pytest.mark.parametrize("key", ["", "two words", "tab\t", "sk-\u00e9", "line\nbreak"])
async def test_a_key_that_cannot_be_sent_is_not_admitted(key: str) -> None:
    with pytest.raises(KeyMalformed):
        await _pool(_Resolver()).admit({"provider_key": key})
