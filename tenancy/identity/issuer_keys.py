"""The public keys of tenants' own issuers: fetched through the guarded egress client, kept for a while.

Rules this module enforces:

* What an issuer is asked for is bounded in time and bytes; an address that a tenant may not reach is never asked, nor a
  redirect followed. The discovery document must name the issuer it was asked of.
* The algorithm comes from the key, never from a token: RSA of 2,048 bits or more, P-256, P-384 or Ed25519, and nothing
  symmetric. A private key that an issuer published by mistake is none.
* Keys are kept by tenant and issuer, so nothing that one tenant's issuer publishes is ever used for another tenant.
* They are renewed after `FRESH_SECONDS` and gone after `GONE_SECONDS`. A `kid` that is not there asks the issuer once
  more; whatever came of a question, the next waits `PAUSE_SECONDS`, so that no flood of tokens reaches an issuer.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, final

import httpx2
import jwt
import orjson
import structlog
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from tenancy.errors import ServiceError
from tenancy.ids import TenantId
from tenancy.models.egress import AddressRefused, Bounds, EgressGuard

FRESH_SECONDS: Final = 600.0
GONE_SECONDS: Final = 3600.0
PAUSE_SECONDS: Final = 30.0
BOUNDS: Final = Bounds(connect=3.0, total=5.0, body=256 * 1024)
_MOST_KEYS: Final = 100
_MOST_ISSUERS: Final = 1024
_SMALLEST_RSA: Final = 2048
_RSA: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_DISCOVERY: Final = "/.well-known/openid-configuration"
_OK: Final = 200
_HTTPS: Final = 443
_log = structlog.get_logger()

PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey


class _Unusable(ValueError):
    """What an issuer answered cannot be used."""


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A public key and the one algorithm that it checks."""

    key: PublicKey
    algorithm: str


def read_keys(document: object) -> dict[str, IssuerKey]:
    """Return the usable keys of a JWK set (RFC 7517) by `kid`; the others are passed over."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise _Unusable("no JWK set")
    found: dict[str, IssuerKey] = {}
    for one in listed[:_MOST_KEYS]:
        kid = one.get("kid") if isinstance(one, dict) else None
        key = _usable(one) if isinstance(kid, str) and kid else None
        if key is not None:
            found.setdefault(str(kid), key)
    return found


def _usable(jwk: Mapping[str, Any]) -> IssuerKey | None:
    """Return a JWK as a key for signatures, or None."""
    named = jwk.get("alg")
    if jwk.get("kty") not in {"RSA", "EC", "OKP"} or jwk.get("use", "sig") != "sig":
        return None
    if named is not None and named not in {*_RSA, "ES256", "ES384", "EdDSA"}:
        return None
    try:
        key = jwt.PyJWK(dict(jwk)).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    algorithms = _algorithms(key)
    if not algorithms or (named or algorithms[0]) not in algorithms:
        return None
    return IssuerKey(key, named or algorithms[0])


def _algorithms(key: object) -> tuple[str, ...]:
    """Return the algorithms that a public key may check, the usual one first; none for every other kind of key."""
    match key:
        case RSAPublicKey() if key.key_size >= _SMALLEST_RSA:
            return _RSA
        case EllipticCurvePublicKey(curve=SECP256R1()):
            return ("ES256",)
        case EllipticCurvePublicKey(curve=SECP384R1()):
            return ("ES384",)
        case Ed25519PublicKey():
            return ("EdDSA",)
        case _:
            return ()


async def fetch_keys(guard: EgressGuard, issuer: str) -> dict[str, IssuerKey]:
    """Return the keys that an issuer publishes now (OpenID Connect Discovery 1.0, section 4).

    Raises AddressRefused, ResponseRefused, httpx2.HTTPError, ValueError.
    """
    async with guard.client(BOUNDS) as client:
        discovered = await _json(client, issuer.rstrip("/") + _DISCOVERY)
        if not isinstance(discovered, dict) or discovered.get("issuer") != issuer:
            raise _Unusable("the discovery document is another issuer's")
        address = discovered.get("jwks_uri")
        if not isinstance(address, str):
            raise _Unusable("the discovery document names no keys")
        return read_keys(await _json(client, address))


async def _json(client: httpx2.AsyncClient, address: str) -> object:
    answer = await client.get(address, headers={"Accept": "application/json"})
    if answer.status_code != _OK:
        raise _Unusable(f"status {answer.status_code}")
    document: object = orjson.loads(answer.content)
    return document


@final
class _Kept:
    """What is known of one issuer for one tenant; times by a clock in seconds."""

    def __init__(self) -> None:
        self.keys: dict[str, IssuerKey] = {}
        self.fetched_at = self.asked_at = float("-inf")
        self.asking = asyncio.Lock()

    def find(self, kid: str, now: float, within: float) -> IssuerKey | None:
        return self.keys.get(kid) if now - self.fetched_at < within else None


@final
class IssuerKeys:
    """The keys of the issuers that this process has met lately; the least recently used is forgotten."""

    def __init__(self, guard: EgressGuard, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Reach issuers through `guard` only."""
        self._guard = guard
        self._clock = clock
        self._kept: OrderedDict[tuple[TenantId, str], _Kept] = OrderedDict()

    async def admit(self, issuer: str) -> None:
        """Refuse an issuer that is never asked. Raises AddressRefused for its form or for what its name stands for now.

        A name that nobody knows yet passes; each connection looks again.
        """
        url = self._guard.check(issuer)
        if url.query or url.fragment:
            raise AddressRefused("An issuer's address has neither a query nor a fragment.")
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(BOUNDS.connect):
                await self._guard.addresses(url.host, url.port or _HTTPS)

    async def find(self, tenant: TenantId, issuer: str, kid: str) -> IssuerKey | None:
        """Return an issuer's key for one tenant's tokens, or None: it has no such key, or cannot be asked now."""
        kept = self._of(tenant, issuer)
        now = self._clock()
        key = kept.find(kid, now, FRESH_SECONDS)
        if key is not None:
            return key
        key = kept.find(kid, now, GONE_SECONDS)
        if key is not None and kept.asking.locked():
            return key  # somebody else asks already; this one can go on
        async with kept.asking:
            if self._clock() - kept.asked_at >= PAUSE_SECONDS:
                await self._ask(kept, tenant, issuer)
        return kept.find(kid, self._clock(), GONE_SECONDS)

    def forget(self, tenant: TenantId) -> None:
        """Forget what was fetched for a tenant."""
        for holder in [each for each in self._kept if each[0] == tenant]:
            del self._kept[holder]

    def _of(self, tenant: TenantId, issuer: str) -> _Kept:
        kept = self._kept.setdefault((tenant, issuer), _Kept())
        self._kept.move_to_end((tenant, issuer))
        if len(self._kept) > _MOST_ISSUERS:
            self._kept.popitem(last=False)
        return kept

    async def _ask(self, kept: _Kept, tenant: TenantId, issuer: str) -> None:
        kept.asked_at = self._clock()
        try:
            kept.keys = await fetch_keys(self._guard, issuer)
        except (ServiceError, httpx2.HTTPError, OSError, ValueError) as error:
            _log.warning("issuer.not_reached", tenant=tenant, error=type(error).__name__)
        else:
            kept.fetched_at = kept.asked_at
