"""Open connections to a Qdrant server and say in our words what goes wrong on them."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

import httpx
from qdrant_client import AsyncQdrantClient
from qdrant_client.auth.bearer_auth import BearerAuth
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from tenancy.errors import Unavailable
from tenancy.index.collection import CollectionLost

Tokens = Callable[[], str]
"""Gives a fresh token for each request."""

Connect = Callable[[Tokens], AsyncQdrantClient]
"""Opens a client that shows those tokens."""

_TIMEOUT_SECONDS: Final = 20


def connecting(url: str) -> Connect:
    """Return what opens clients for the server at `url`; nothing is sent before the first call."""
    context = ssl.create_default_context() if url.startswith("https:") else None

    def connect(tokens: Tokens) -> AsyncQdrantClient:
        return AsyncQdrantClient(
            url=url,
            check_compatibility=False,  # it would ask from a thread of its own, whenever a tenant wakes
            timeout=_TIMEOUT_SECONDS,
            auth=BearerAuth(tokens),
            limits=httpx.Limits(max_connections=8, max_keepalive_connections=2),
            trust_env=False,  # no proxy from the environment sees these requests
            verify=True if context is None else context,
        )

    return connect


@contextmanager
def reaching() -> Iterator[None]:
    """Turn the client's errors into CollectionLost or Unavailable, without the server's words, which may quote data."""
    try:
        yield
    except UnexpectedResponse as error:
        if error.status_code == HTTPStatus.NOT_FOUND:
            raise CollectionLost from None
        raise Unavailable("index", f"The index server refused a request with status {error.status_code}.") from None
    except ResourceExhaustedResponse:
        raise Unavailable("index", "The index server takes no more requests just now.") from None
    except (ResponseHandlingException, httpx.HTTPError):
        raise Unavailable("index", "The index server does not answer.") from None
