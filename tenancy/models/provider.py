"""One tenant's connection to one OpenAI-compatible provider, with a key that goes to that host only.

Rules:
- the key is bound to a host when it is stored; another host gets no connection, and a request elsewhere gets no key;
- requests carry the headers listed here and no others: what the OpenAI package would add from the process's
  environment (organisation, project, custom headers) or tell about this machine is taken off again;
- nothing a provider answers, and no key, is quoted in an error or a log.
"""

import asyncio
import importlib
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar, Final, final

import httpx2

from tenancy.errors import ServiceError
from tenancy.models.egress import AddressRefused, Bounds, EgressGuard

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAIError

_HEADERS: Final = frozenset({"host", "accept", "accept-encoding", "connection", "content-length", "content-type"})
_RETRIES: Final = 1  # of a lost connection or an overloaded provider; the whole exchange keeps its time limit
_OVERLOADED: Final = frozenset({408, 425, 429})
_SERVER_FAULT: Final = 500
_KEY_REFUSED: Final = frozenset({401, 403})


class KeyBoundElsewhere(ServiceError):
    """The base URL leads to another host than the one the key was given for."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "provider_key_bound"
    title: ClassVar[str] = "The provider key belongs to another host"


class KeyMalformed(ServiceError):
    """The key cannot be sent in a header."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "provider_key_malformed"
    title: ClassVar[str] = "The provider key is not valid"


class ProviderUnavailable(ServiceError):
    """The model provider cannot be reached, is overloaded or failed; a later attempt may succeed."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "provider_unavailable"
    title: ClassVar[str] = "The model provider is unavailable"

    def __init__(self, detail: str, *, unspent: bool = False) -> None:
        """Ask the caller to come back in five seconds; `unspent` when no model can have been at work."""
        super().__init__(detail, headers={"Retry-After": "5"})
        self.unspent = unspent


class ProviderTimeout(ServiceError):
    """The model provider did not answer in time."""

    status: ClassVar[int] = 504
    code: ClassVar[str] = "provider_timeout"
    title: ClassVar[str] = "The model provider did not answer in time"


class ProviderRefused(ServiceError):
    """The model provider refused the request, or its answer is not one; repeating the request will not help."""

    status: ClassVar[int] = 502
    code: ClassVar[str] = "provider_refused"
    title: ClassVar[str] = "The model provider refused the request"

    def __init__(self, detail: str, *, unspent: bool = False) -> None:
        """Say why; `unspent` when no model can have been at work."""
        super().__init__(detail)
        self.unspent = unspent


@final
class Provider:
    """A guarded OpenAI client for one base URL and one key."""

    def __init__(self, *, base_url: str, api_key: str, key_host: str, guard: EgressGuard, bounds: Bounds) -> None:
        """Check the address and the key's binding. Raises AddressRefused, KeyBoundElsewhere, KeyMalformed."""
        url = guard.check(base_url)
        if url.raw_host != httpx2.URL(scheme="https", host=key_host).raw_host:
            raise KeyBoundElsewhere("Enter the provider key again: it was given for another host than this base URL's.")
        require_sendable(api_key)
        self.host: Final = url.host
        self._origin: Final = (url.scheme, url.raw_host, url.port)
        self._base_url: Final = base_url
        self._api_key: Final = api_key
        self._bounds: Final = bounds
        self._http: Final = guard.client(bounds, before=self._sign)
        self._client: AsyncOpenAI | None = None

    async def ask(self, call: "Callable[[AsyncOpenAI], Awaitable[object]]") -> object:
        """Return what `call` returns, within the time limit.

        Raises ProviderUnavailable, ProviderTimeout, ProviderRefused, AddressRefused, ResponseRefused.
        """
        client = self._client or await self._connected()
        from openai import OpenAIError  # noqa: PLC0415 - imported by now; see _connected

        try:
            async with asyncio.timeout(self._bounds.total):
                return await call(client)
        except OpenAIError as error:
            failure = _failure(error)
        except TimeoutError:
            failure = ProviderTimeout(f"The model provider did not answer within {self._bounds.total:g} seconds.")
        except ValueError:
            failure = ProviderRefused("The model provider's answer is not in the OpenAI protocol.")
        # Raised out here so that the provider's words do not travel along as this error's context.
        raise failure

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _connected(self) -> "AsyncOpenAI":
        # The import takes over a second: in a thread, and only in a process that talks to a provider.
        openai = await asyncio.to_thread(importlib.import_module, "openai")
        await asyncio.to_thread(importlib.import_module, "openai.resources.chat")
        # With these below WARNING the package and its HTTP client log whole prompts.
        for name in ("openai", "httpx2", "httpcore2"):
            logging.getLogger(name).setLevel(logging.WARNING)
        client: AsyncOpenAI = openai.AsyncOpenAI(
            base_url=self._base_url,
            api_key=self._api_key,
            admin_api_key="",
            organization="",
            project="",
            webhook_secret="",
            http_client=self._http,
            max_retries=_RETRIES,
            timeout=self._bounds.total,
        )
        self._client = client
        return client

    async def _sign(self, request: httpx2.Request) -> None:
        """Leave only the headers that the protocol needs, and add the key if the request goes where it belongs."""
        for name in [name for name in request.headers if name.lower() not in _HEADERS]:
            del request.headers[name]
        if (request.url.scheme, request.url.raw_host, request.url.port) != self._origin:
            raise KeyBoundElsewhere("The request leads to another host than the one the provider key was given for.")
        request.headers["User-Agent"] = "bulkhead"
        request.headers["Authorization"] = f"Bearer {self._api_key}"


def require_sendable(api_key: str) -> None:
    """Raise KeyMalformed for a key that cannot be sent in a header."""
    if not api_key or not api_key.isascii() or not api_key.isprintable() or " " in api_key:
        raise KeyMalformed("The provider key must be printable ASCII characters without spaces.")


def surely_unspent(error: ServiceError) -> bool:
    """Tell whether a request that failed with this cannot have cost anything.

    It was not sent, or was answered with a status that providers do not charge for. What was lost on the way, or came
    too late, may have been paid for.
    """
    if isinstance(error, ProviderUnavailable | ProviderRefused):
        return error.unspent
    return isinstance(error, AddressRefused | KeyBoundElsewhere)


def _failure(error: "OpenAIError") -> ServiceError:
    """Return our error for one of the OpenAI package's, with nothing in it but the status."""
    from openai import APIConnectionError, APIStatusError, APITimeoutError  # noqa: PLC0415 - imported by now

    if isinstance(error, APITimeoutError):
        return ProviderTimeout("The model provider did not answer in time.")
    if isinstance(error, APIConnectionError):
        cause = error.__cause__
        if isinstance(cause, ServiceError):
            return type(cause)(cause.detail)
        never_sent = isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout)
        sentence = "No connection to the model provider; check provider_base_url or try again."
        return ProviderUnavailable(sentence, unspent=never_sent)
    if not isinstance(error, APIStatusError):
        return ProviderRefused("The model provider's answer is not in the OpenAI protocol.")
    return _failure_by_status(error.status_code)


def _failure_by_status(status: int) -> ServiceError:
    if status in _OVERLOADED or status >= _SERVER_FAULT:
        return ProviderUnavailable(f"The model provider answered with status {status}; try again later.", unspent=True)
    if status in _KEY_REFUSED:
        sentence = f"The model provider refused the key (status {status}); enter a valid provider_key."
    else:
        sentence = f"The model provider refused the request (status {status}); check the model's name."
    return ProviderRefused(sentence, unspent=True)
