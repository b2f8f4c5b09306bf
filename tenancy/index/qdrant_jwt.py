"""The tokens a Qdrant server is asked with: one collection's points for two minutes, or management for seconds.

Rules this module enforces:

* Every token expires, and every token says what it opens: to Qdrant, a token without `access` is one for everything and
  a token without `exp` is one for ever. There is one function that signs, and it takes both.
* A token for points opens one collection with `prw`: points are read and written, snapshots cannot be taken.
* Management (making and deleting collections) is not a right that Qdrant gives for one collection; such a token opens
  everything, lives for seconds and is made in `Management` only.

Source: Qdrant, "Security: granular access control with JWT".
"""

import re
import time
from typing import Final, Literal, NewType, TypedDict, final

import jwt

from tenancy.errors import ServiceError

CollectionName = NewType("CollectionName", str)

POINTS_SECONDS: Final = 120
MANAGEMENT_SECONDS: Final = 15
_SHORTEST_KEY: Final = 32
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{7,119}")


class WeakServerKey(ServiceError):
    """The server's key is too short to sign with; the process must not start."""

    code = "weak_server_key"


class OneCollection(TypedDict):
    """The right to read and write the points of one collection."""

    collection: CollectionName
    access: Literal["prw"]


Access = tuple[OneCollection] | Literal["m"]
"""What a token opens: exactly one collection, or management."""


@final
class ServerKey:
    """The key that a Qdrant server checks tokens with (its `service.api_key`)."""

    __slots__ = ("_key",)

    def __init__(self, api_key: str) -> None:
        """Take the key; WeakServerKey if it could be guessed (RFC 7518 asks HS256 for 256 bits)."""
        if len(api_key.encode()) < _SHORTEST_KEY:
            raise WeakServerKey(
                "BULKHEAD_QDRANT_API_KEY has fewer than 32 characters. Make one with: openssl rand -hex 32"
            )
        self._key = api_key

    def __repr__(self) -> str:
        """Show nothing."""
        return "ServerKey(…)"

    def sign(self, access: Access, seconds: int) -> str:
        """Return a token for `access` that ends after `seconds`."""
        rights = access if access == "m" else [dict(right) for right in access]
        return jwt.encode({"access": rights, "exp": int(time.time()) + seconds}, self._key, algorithm="HS256")


def checked(name: str) -> CollectionName:
    """Return a collection's name, or raise ValueError for what could be read as anything else, such as a pattern."""
    if _NAME.fullmatch(name) is None:
        raise ValueError("not a collection's name")
    return CollectionName(name)


@final
class PointsTokens:
    """Gives the client of one collection a fresh token for each request."""

    __slots__ = ("_access", "_key")

    def __init__(self, key: ServerKey, collection: CollectionName) -> None:
        """Bind to the one collection."""
        self._key = key
        self._access: tuple[OneCollection] = ({"collection": checked(collection), "access": "prw"},)

    def __call__(self) -> str:
        """Return a token."""
        return self._key.sign(self._access, POINTS_SECONDS)


@final
class ManagementTokens:
    """Gives the one client that makes and deletes collections a fresh token for each request."""

    __slots__ = ("_key",)

    def __init__(self, key: ServerKey) -> None:
        """Sign with the server's key."""
        self._key = key

    def __call__(self) -> str:
        """Return a token."""
        return self._key.sign("m", MANAGEMENT_SECONDS)
