"""Send requests to a target, and to nothing else: capped in rate, recorded, redirects not followed."""

import ssl
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Final, Self, final

import httpx

from evals.target.openapi import Surface
from evals.target.operation import Request
from evals.target.pacing import Pacer
from evals.target.spec import TargetSpec, WrongTarget

_CONNECTIONS: Final = 64
_KEPT: Final = 32  # as many as a crowd asks with; each one kept is looked at before every request
_IDLE_SECONDS: Final = 2.0
"""How long a connection is kept idle: many servers close theirs after 5 s, and a request that meets that is lost."""


class Unreachable(Exception):
    """The target did not answer; the message says to what."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One request that went out: in which phase of the run, as whom, where to, and what status came back (0: none)."""

    phase: str
    principal: str
    base: str
    method: str
    path: str
    route: str
    status: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers in order with names in lower case, a body, and the seconds from sending to the last byte."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float
    route: str


@cache
def _tls() -> ssl.SSLContext:
    """Read the certificate authorities once a process: it takes longer than a hundred requests."""
    return httpx.create_ssl_context(trust_env=False)


@final
class Wire:
    """The connection to one target; an asynchronous context manager."""

    def __init__(self, spec: TargetSpec, *, foreign_hosts_allowed: bool = False) -> None:
        """Refuse, with WrongTarget, hosts that are not this machine, unless whoever runs this says they own them."""
        foreign = sorted(set(spec.foreign_hosts()))
        if foreign and not foreign_hosts_allowed:
            raise WrongTarget(
                f"{', '.join(foreign)} is not this machine. Attack only what is yours: --i-own-this-target says it is."
            )
        self.phase = "stage"
        """What the run is busy with: `stage`, or the family that probes. Set by who runs the families."""
        self.log: list[Sent] = []
        self.surface = Surface(())
        self._bases = spec.bases
        self._pacer = Pacer(spec.rate)
        self._timeout = spec.timeout
        self._stack = AsyncExitStack()
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        limits = httpx.Limits(
            max_connections=_CONNECTIONS, max_keepalive_connections=_KEPT, keepalive_expiry=_IDLE_SECONDS
        )
        client = httpx.AsyncClient(
            verify=_tls(), timeout=self._timeout, limits=limits, trust_env=False, follow_redirects=False
        )
        self._client = await self._stack.enter_async_context(client)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def send(self, request: Request, *, principal: str, credentials: Mapping[str, str]) -> Answer:
        """Send one request and read the whole answer; raises Unreachable."""
        route = self.surface.name_of(request.base, request.method, request.path)
        await self._pacer.turn()
        status = 0
        try:
            started = time.perf_counter()
            answer = await self._open().send(self._built(request, credentials))
            seconds = time.perf_counter() - started
            status = answer.status_code
        except httpx.RequestError as error:  # also an answer that cannot be decoded
            raise Unreachable(f"{route} as {principal}: {type(error).__name__} {error}") from error
        finally:
            self.log.append(Sent(self.phase, principal, request.base, request.method, request.path, route, status))
        headers = tuple((name.lower(), value) for name, value in answer.headers.multi_items())
        return Answer(status, headers, answer.content, seconds, route)

    def url(self, request: Request) -> str:
        """Return where a request goes, with its query."""
        url = httpx.URL(self._bases[request.base] + request.path)
        return str(url.copy_merge_params(dict(request.query)) if request.query else url)

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            raise RuntimeError("the wire is not open: use it as a context manager")
        return self._client

    def _built(self, request: Request, credentials: Mapping[str, str]) -> httpx.Request:
        """Credentials go last, so that no template can replace them."""
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _lower(credentials)}
        given = {**headers, **credentials}
        if request.cookies:
            given["Cookie"] = "; ".join(f"{name}={value}" for name, value in request.cookies.items())
        encoded = [(name.encode("latin-1", "replace"), value.encode("utf-8")) for name, value in given.items()]
        return self._open().build_request(
            request.method,
            self._bases[request.base] + request.path,
            headers=encoded,
            params=dict(request.query) or None,
            json=request.json,
            data=None if request.form is None else dict(request.form),
            files=[(field, (name, content, kind)) for field, name, content, kind in request.files] or None,
            content=request.content,
        )


def _lower(headers: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name.lower() for name in headers)
