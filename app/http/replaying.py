"""Do a request with an `Idempotency-Key` once: the same request again gets the answer that was kept."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.auth import InvalidHeader
from app.http.bodies import Body
from tenancy.compartment import Compartment

_LONGEST_KEY: Final = 255
_KEPT_HEADERS: Final = ("content-type", "location")
HEADER: Final[dict[str, Any]] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "The same key with the same request gives the same answer and does the work once.",
            "schema": {"type": "string", "maxLength": _LONGEST_KEY},
        }
    ]
}
"""The part of an OpenAPI operation that documents the header."""
REPLAYED: Final = {"Idempotency-Replayed": "true"}
"""What an answer carries that was given before."""


def fingerprint(request: Request, *parts: object) -> str:
    """Return a digest of what makes a request this one: method, path and `parts`."""
    whole = orjson.dumps([request.method, request.url.path, *parts], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(whole).hexdigest()


def content_of(body: Body) -> dict[str, object]:
    """Return the fields of a body that were sent."""
    return body.model_dump(mode="json", exclude_unset=True)


async def once(
    request: Request, compartment: Compartment, digest: str, work: Callable[[], Awaitable[Response]]
) -> Response:
    """Return the answer of `work`, or the one kept from the same request under the same key.

    Raises IdempotencyConflict when the key was used for a request with another `digest`, or is still being worked on.
    A request that fails gives its key back.
    """
    key = key_of(request)
    if key is None:
        return await work()
    client = compartment.caller.client
    async with compartment.begin() as records:
        kept = await records.replays.begin(client, key, digest)
    if kept is not None:
        return _restored(kept)
    response = None
    try:
        response = await work()
    finally:
        if response is None:
            async with compartment.begin() as records:
                await records.replays.forget(client, key)
    async with compartment.begin() as records:
        await records.replays.keep(client, key, _kept(response))
    return response


def key_of(request: Request) -> str | None:
    """Return the request's idempotency key, None without one; InvalidHeader for one that cannot be used."""
    given = request.headers.getlist("idempotency-key")
    if not given:
        return None
    key = given[0]
    if len(given) > 1 or not 1 <= len(key) <= _LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise InvalidHeader(f"Idempotency-Key is one value of 1 to {_LONGEST_KEY} printable ASCII characters.")
    return key


def _kept(response: Response) -> dict[str, object]:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return {"status": response.status_code, "headers": headers, "body": bytes(response.body).decode()}


def _restored(kept: dict[str, Any]) -> Response:
    return Response(kept["body"].encode(), kept["status"], {**kept["headers"], **REPLAYED})
