"""The one way out to an address that a tenant can influence (provider, OIDC issuer, webhook).

Rules:
- https only, unless the operator named the host; no user name or password in the address;
- every address the host resolves to must be admitted (`addresses.py`), and the connection goes to one of those very
  addresses: there is no second look-up that could answer otherwise. TLS still verifies the name;
- no redirect is followed, no proxy or other setting is taken from the environment;
- an answer is bounded in time and bytes, and is not compressed, so that the bound holds for what it unpacks to.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import ClassVar, Final, final

import httpcore2
import httpx2

from tenancy.errors import ServiceError
from tenancy.models.addresses import Address, AllowList, literal, spelled_as_number

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns all addresses of a host, as text; raises OSError if it has none."""

RequestHook = Callable[[httpx2.Request], Awaitable[None]]
"""Sees a request before it is sent and may change its headers."""


class AddressRefused(ServiceError):
    """The address is one that this service does not connect to."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "address_refused"
    title: ClassVar[str] = "The address may not be reached from here"


class ResponseRefused(ServiceError):
    """The other side answered with something that is not read: a redirect, too many bytes, a compressed body."""

    status: ClassVar[int] = 502
    code: ClassVar[str] = "response_refused"
    title: ClassVar[str] = "The remote service's response was refused"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long and how much: seconds to connect, seconds for the whole exchange, bytes of a response body."""

    connect: float = 5.0
    total: float = 120.0
    body: int = 16 * 1024 * 1024


async def resolve(host: str, port: int) -> Sequence[str]:
    """Return every address of `host` that the system knows, without duplicates. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@final
class EgressGuard:
    """Checks outbound addresses and builds clients that cannot reach any other."""

    def __init__(
        self, allow: Iterable[str] = (), *, resolver: Resolver = resolve, tls: ssl.SSLContext | None = None
    ) -> None:
        """Take the operator's allow list (hosts, addresses, networks). Raises AllowListMalformed."""
        self._allow: Final = AllowList.parse(allow)
        self._resolver: Final = resolver
        self._tls: Final = tls or httpx2.create_ssl_context(trust_env=False)

    def check(self, url: str) -> httpx2.URL:
        """Return `url` parsed if its form is allowed; nothing is resolved yet. Raises AddressRefused."""
        try:
            parsed = httpx2.URL(url)
        except httpx2.InvalidURL:
            raise AddressRefused("This is not a URL.") from None
        if parsed.scheme not in {"http", "https"} or not parsed.host:
            raise AddressRefused("The address must be an https:// URL with a host.")
        if parsed.userinfo:
            raise AddressRefused("The address must not contain a user name or password.")
        if parsed.scheme == "http" and not self._allow.names_host(parsed.host):
            raise AddressRefused("The address must start with https://, unless the operator has allowed its host.")
        address = literal(parsed.host)
        if address is None and spelled_as_number(parsed.host):
            raise AddressRefused("A numeric address must be written as four decimal numbers.")
        if address is not None:
            self._require(parsed.host, [address])
        return parsed

    async def addresses(self, host: str, port: int) -> Sequence[Address]:
        """Resolve `host` once and return what it stands for. Raises AddressRefused, OSError."""
        known = literal(host)
        # A scope such as %eth0 stays with its address: link-local ones have it, and they are refused anyhow.
        found = [known] if known is not None else [ip_address(text) for text in await self._resolver(host, port)]
        self._require(host, found)
        return found

    def client(self, bounds: Bounds, *, before: RequestHook | None = None) -> httpx2.AsyncClient:
        """Return a client whose every connection is checked; the caller closes it. `before` sees each request."""
        return httpx2.AsyncClient(
            transport=_GuardedTransport(self, bounds, self._tls),
            timeout=httpx2.Timeout(bounds.total, connect=bounds.connect),
            event_hooks={"request": [before] if before else []},
            follow_redirects=False,
            trust_env=False,
        )

    def _require(self, host: str, addresses: Sequence[Address]) -> None:
        if not self._allow.admits(host, addresses):
            raise AddressRefused(
                "The address leads to a private, local or reserved network; the operator can allow its host."
            )


@final
class _CheckedBackend(httpcore2.AsyncNetworkBackend):
    """Opens connections to checked addresses only; the check and the connection share one look-up."""

    def __init__(self, guard: EgressGuard) -> None:
        self._guard = guard
        self._dialler = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore2's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._guard.addresses(host, port)
        except TimeoutError:
            raise httpcore2.ConnectTimeout("name not resolved in time") from None
        except OSError:
            raise httpcore2.ConnectError("name not resolved") from None
        failure: httpcore2.ConnectError | httpcore2.ConnectTimeout = httpcore2.ConnectError("no address")
        for address in addresses:
            try:
                return await self._dialler.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        await self._dialler.sleep(seconds)


@final
class _GuardedTransport(httpx2.AsyncBaseTransport):
    """Sends requests over checked connections and refuses answers that are not plain, bounded and final."""

    def __init__(self, guard: EgressGuard, bounds: Bounds, tls: ssl.SSLContext) -> None:
        self._guard = guard
        self._bounds = bounds
        self._pool = httpcore2.AsyncConnectionPool(ssl_context=tls, network_backend=_CheckedBackend(guard))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = self._guard.check(str(request.url))
        request.headers["Accept-Encoding"] = "identity"
        deadline = asyncio.get_running_loop().time() + self._bounds.total
        target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        with _translated():
            async with asyncio.timeout_at(deadline):
                answer = await self._pool.handle_async_request(
                    httpcore2.Request(
                        request.method,
                        target,
                        headers=request.headers.raw,
                        content=request.stream,
                        extensions=request.extensions,
                    )
                )
        body = _BoundedBody(answer, deadline, self._bounds.body)
        response = httpx2.Response(answer.status, headers=answer.headers, stream=body, extensions=answer.extensions)
        refusal = _refusal(response, self._bounds.body)
        if refusal is not None:
            await response.aclose()
            raise refusal
        return response

    async def aclose(self) -> None:
        await self._pool.aclose()


def _refusal(response: httpx2.Response, largest: int) -> ResponseRefused | None:
    """Return why a response must not be read, as far as its status and headers tell."""
    if 300 <= response.status_code < 400:  # noqa: PLR2004 - the class of redirects, RFC 9110
        return ResponseRefused("The remote service answered with a redirect; give the final address instead.")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        return ResponseRefused("The remote service compressed its response although it was asked not to.")
    announced = response.headers.get("Content-Length", "0")
    if announced.isdecimal() and int(announced) > largest:
        return _too_large(largest)
    return None


def _too_large(largest: int) -> ResponseRefused:
    return ResponseRefused(f"The remote service's response is larger than {largest:,} bytes.")


@final
class _BoundedBody(httpx2.AsyncByteStream):
    """A response body that ends with an error at its byte limit or its deadline."""

    def __init__(self, answer: httpcore2.Response, deadline: float, largest: int) -> None:
        self._answer = answer
        self._deadline = deadline
        self._largest = largest

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = self._answer.aiter_stream()
        read = 0
        while True:
            with _translated():
                # Around each read, not around the loop: what the reader does in between must not be cancelled.
                async with asyncio.timeout_at(self._deadline):
                    part = await anext(parts, None)
            if part is None:
                return
            read += len(part)
            if read > self._largest:
                raise _too_large(self._largest)
            yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Raise httpx2's errors for httpcore2's and for a passed deadline; their texts name no host."""
    try:
        yield
    except httpcore2.ConnectTimeout:
        raise httpx2.ConnectTimeout("no connection in time") from None
    except (TimeoutError, httpcore2.TimeoutException):
        raise httpx2.ReadTimeout("no answer in time") from None
    except httpcore2.ConnectError:
        raise httpx2.ConnectError("no connection") from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError):
        raise httpx2.RemoteProtocolError("the connection broke off") from None
