"""A provider gets its own key, the tenant's words and nothing else; its answers come back as ours."""

import logging
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tenancy.errors import ServiceError
from tenancy.models.egress import AddressRefused, Bounds, EgressGuard, ResponseRefused
from tenancy.models.openai import OpenAIChat
from tenancy.models.provider import (
    KeyBoundElsewhere,
    KeyMalformed,
    Provider,
    ProviderRefused,
    ProviderTimeout,
    ProviderUnavailable,
)
from tests.standins.openai_server import Asked, OpenAIServer, Reply

if TYPE_CHECKING:
    from openai import AsyncOpenAI  # it takes a second, and every collection of the tests would wait for it

_KEY = "sk-ours-7f3a"
_SECRET = "the heron plan"
_GUARD = EgressGuard(["127.0.0.1"])


@asynccontextmanager
async def _chat(
    base_url: str, *, key_host: str = "127.0.0.1", guard: EgressGuard = _GUARD, total: float = 30
) -> AsyncIterator[OpenAIChat]:
    bounds = Bounds(total=total, body=1_000_000)
    chat = OpenAIChat(base_url=base_url, api_key=_KEY, key_host=key_host, guard=guard, bounds=bounds)
    try:
        yield chat
    finally:
        await chat.close()


async def _ask(chat: OpenAIChat) -> str:
    messages = [{"role": "user", "content": _SECRET}]
    return (await chat.complete(messages, model="stand-in", temperature=0.2, max_tokens=50)).text


@pytest.mark.parametrize(
    ("base_url", "key_host"),
    [
        ("https://evil.example/v1", "api.openai.com"),
        ("https://api.openai.com.evil.example/v1", "api.openai.com"),
        ("https://api.openai.com/v1", "openai.com"),
        ("https://\u0430pi.openai.com/v1", "api.openai.com"),
    ],
)
def test_L50_a_key_is_refused_for_another_host_than_its_own(base_url: str, key_host: str) -> None:
    with pytest.raises(KeyBoundElsewhere) as caught:
        OpenAIChat(base_url=base_url, api_key=_KEY, key_host=key_host, guard=_GUARD)
    assert _KEY not in str(caught.value)


@pytest.mark.parametrize("host", ["API.openai.com", "api.openai.com"])
def test_a_key_is_accepted_for_its_own_host_however_it_is_written(host: str) -> None:
    chat = OpenAIChat(base_url="https://api.OpenAI.com/v1", api_key=_KEY, key_host=host, guard=_GUARD)
    assert _KEY not in repr(chat)


def test_L50_an_internal_base_url_is_refused_when_the_client_is_built() -> None:
    with pytest.raises(AddressRefused):
        OpenAIChat(base_url="https://10.0.0.1/v1", api_key=_KEY, key_host="10.0.0.1", guard=_GUARD)


@pytest.mark.parametrize("key", ["", "two words", "line\r\nX-Injected: 1", "\u00e9"])
def test_a_key_that_is_no_header_value_is_refused_without_being_quoted(key: str) -> None:
    with pytest.raises(KeyMalformed) as caught:
        OpenAIChat(base_url="https://127.0.0.1/v1", api_key=key, key_host="127.0.0.1", guard=_GUARD)
    assert not key or key not in str(caught.value)


async def test_L50_the_key_does_not_follow_a_redirect(openai_server: OpenAIServer) -> None:
    openai_server.program = lambda _: Reply(status=307, headers={"Location": "https://evil.example/v1"})
    async with _chat(openai_server.base_url) as chat:
        with pytest.raises(ResponseRefused):
            await _ask(chat)


async def test_L50_a_request_that_leaves_the_keys_host_is_not_sent(openai_server: OpenAIServer) -> None:
    provider = Provider(
        base_url="http://127.0.0.1:1/v1", api_key=_KEY, key_host="127.0.0.1", guard=_GUARD, bounds=Bounds(total=30)
    )

    async def elsewhere(client: "AsyncOpenAI") -> object:
        return await client.get(f"{openai_server.base_url}/models", cast_to=object)

    with pytest.raises(KeyBoundElsewhere):
        await provider.ask(elsewhere)
    await provider.close()
    assert openai_server.asked == []


async def test_L10_nothing_of_the_environment_reaches_the_provider(
    openai_server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "WEBHOOK_SECRET"):
        monkeypatch.setenv(f"OPENAI_{name}", "platform-secret")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://platform-secret.example/v1")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer platform-secret\nX-Platform: platform-secret")
    async with _chat(openai_server.base_url) as chat:
        await _ask(chat)
    (asked,) = openai_server.asked
    assert "platform-secret" not in repr(asked)
    assert asked.headers["authorization"] == f"Bearer {_KEY}"
    assert asked.headers["user-agent"] == "bulkhead"
    assert {"authorization", "content-length", "content-type", "host"} <= set(asked.headers)
    assert not [name for name in asked.headers if name.startswith(("x-", "openai-"))]


def _status(status: int) -> Callable[[Asked], Reply]:
    body = {"error": {"message": f"leaked {_SECRET} {_KEY}", "type": "x", "code": "y"}}
    return lambda _: Reply(body, status=status, headers={"Retry-After-Ms": "1"})


def _body(body: Any) -> Callable[[Asked], Reply]:  # noqa: ANN401 - JSON or bytes
    return lambda _: Reply(body)


@pytest.mark.parametrize(
    ("program", "failure"),
    [
        (_status(400), ProviderRefused),
        (_status(401), ProviderRefused),
        (_status(403), ProviderRefused),
        (_status(404), ProviderRefused),
        (_status(429), ProviderUnavailable),
        (_status(500), ProviderUnavailable),
        (_status(503), ProviderUnavailable),
        (_body(b"{not json" + _SECRET.encode()), ProviderRefused),
        (_body(_SECRET), ProviderRefused),
        (_body([]), ProviderRefused),
        (_body({}), ProviderRefused),
        (_body({"choices": []}), ProviderRefused),
        (_body({"choices": [{"message": {"content": None, "refusal": _SECRET}}]}), ProviderRefused),
        (_body({"choices": [{"message": {"content": [_SECRET]}}]}), ProviderRefused),
        (lambda _: Reply(_SECRET.encode(), headers={"Content-Type": "text/html"}), ProviderRefused),
        (lambda _: Reply(b"x" * 1_000_001), ResponseRefused),
    ],
)
async def test_L10_a_providers_failure_becomes_ours_without_its_words_or_the_key(
    openai_server: OpenAIServer,
    caplog: pytest.LogCaptureFixture,
    program: Callable[[Asked], Reply],
    failure: type[ServiceError],
) -> None:
    caplog.set_level(logging.DEBUG)
    openai_server.program = program
    async with _chat(openai_server.base_url) as chat:
        with pytest.raises(failure) as caught:
            await _ask(chat)
    report = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert _SECRET not in report
    assert _KEY not in report
    assert caught.value.__context__ is None


async def test_a_provider_that_is_overloaded_once_is_asked_again(openai_server: OpenAIServer) -> None:
    def once(_: Asked) -> Reply | None:
        return Reply(status=503, headers={"Retry-After-Ms": "1"}) if len(openai_server.asked) == 1 else None

    openai_server.program = once
    async with _chat(openai_server.base_url) as chat:
        assert await _ask(chat) == "NOT_IN_DOCUMENTS"
    assert len(openai_server.asked) == 2


async def test_a_provider_that_does_not_listen_is_unavailable(unused_tcp_port: int) -> None:
    async with _chat(f"http://127.0.0.1:{unused_tcp_port}/v1") as chat:
        with pytest.raises(ProviderUnavailable) as caught:
            await _ask(chat)
    assert caught.value.headers["Retry-After"] == "5"


async def test_a_provider_that_does_not_answer_is_given_up(openai_server: OpenAIServer) -> None:
    async def nowhere(host: str, port: int) -> Sequence[str]:
        raise TimeoutError(f"{host}:{port}")

    guard = EgressGuard(["slow.example"], resolver=nowhere)
    async with _chat("http://slow.example/v1", key_host="slow.example", guard=guard) as chat:
        with pytest.raises(ProviderTimeout):
            await _ask(chat)
    assert openai_server.asked == []


async def test_L50_a_name_that_turned_internal_is_refused_as_an_address(openai_server: OpenAIServer) -> None:
    async def internal(host: str, port: int) -> Sequence[str]:
        del host, port
        return ["127.0.0.1"]

    guard = EgressGuard(resolver=internal)
    url = f"https://provider.example:{openai_server.port}/v1"
    async with _chat(url, key_host="provider.example", guard=guard) as chat:
        with pytest.raises(AddressRefused):
            await _ask(chat)
    assert openai_server.asked == []
