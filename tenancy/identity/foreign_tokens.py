"""Tokens of tenants' own issuers: whose they claim to be, and whether they are.

Rules this module enforces:

* What a token says is only where to look, until its signature was checked with a key that the issuer itself publishes.
* The algorithm is the key's. `none`, HMAC and every header that brings or names a key (`jku`, `x5u`, `jwk`, `x5c`,
  `crit`) refuse the token.
* Issuer and audience are exactly equal; an audience is one. Subject, issue time and expiry are there and in force, with
  little leeway, and a token is accepted for an hour after its issue however long it lasts.
* Every failure is the same 401.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

import jwt

from tenancy.identity.binding import LONGEST
from tenancy.identity.issuer_keys import IssuerKey
from tenancy.ids import TenantId
from tenancy.tokens import LONGEST_SECONDS, TokenRefused

LEEWAY_SECONDS: Final = 30
_FORBIDDEN: Final = frozenset({"jku", "x5u", "jwk", "x5c", "crit", "b64"})
_REQUIRED: Final = ["iss", "aud", "sub", "iat", "exp"]
_MOST_CLAIMS: Final = 100
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})


@dataclass(frozen=True, slots=True)
class Shown:
    """What a token says of itself before anything was checked."""

    issuer: str
    audience: str
    kid: str
    texts: tuple[tuple[str, str], ...]
    """Every claim that is a text: one of them may name the organisation."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a checked token names, by (issuer, subject), and all that its issuer says of them."""

    tenant: TenantId
    issuer: str
    audience: str
    subject: str
    claims: Mapping[str, Any]


def shown(token: str) -> Shown | None:
    """Return what a token says of itself; None where it could not be a foreign issuer's."""
    try:
        decoded = jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return None
    header, claims = decoded["header"], decoded["payload"]
    kid, issuer, audience = header.get("kid"), claims.get("iss"), _one(claims.get("aud"))
    if not _well_headed(header) or not _text(kid) or not _text(issuer) or audience is None:
        return None
    if len(claims) > _MOST_CLAIMS:
        return None
    texts = tuple((name, value) for name, value in claims.items() if len(name) <= LONGEST and _text(value))
    return Shown(issuer, audience, kid, texts)


def checked(token: str, tenant: TenantId, said: Shown, key: IssuerKey) -> Person:
    """Return whom the token names if the issuer's `key` has signed it; TokenRefused otherwise."""
    try:
        claims = jwt.decode(
            token,
            key.key,
            algorithms=[key.algorithm],
            issuer=said.issuer,
            audience=said.audience,
            leeway=LEEWAY_SECONDS,
            options={"require": _REQUIRED},
        )
        subject = claims["sub"]
        late = time.time() - claims["iat"] > LONGEST_SECONDS + LEEWAY_SECONDS
        if late or not _text(subject) or _one(claims["aud"]) != said.audience:
            raise TokenRefused
        return Person(tenant, said.issuer, said.audience, subject, claims)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise TokenRefused from None


def _well_headed(header: Mapping[str, Any]) -> bool:
    kind = header.get("typ", "jwt")
    return isinstance(kind, str) and kind.lower() in _TYPES and _FORBIDDEN.isdisjoint(header)


def _one(audience: object) -> str | None:
    """Return the only audience of a token; None where there are several, or none."""
    if isinstance(audience, list) and len(audience) == 1:
        (audience,) = audience
    return audience if _text(audience) else None


def _text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= LONGEST
