"""Access tokens: Ed25519-signed JWTs (RFC 7519, RFC 8037) of the tenant plane and of the operator plane.

Rules this module enforces:

* One algorithm, named by us and never by the token; keys of its own for each plane, found by their thumbprints; header
  fields that point at keys elsewhere (`jku`, `x5u`, `jwk`, …) refuse the token.
* One key signs; one that was retired is believed only for what it signed before (tenancy.identity.signing_keys).
* Issuer, audience, expiry, issue time and identity are all required and all checked.
* Every failure is the same 401, whatever the reason.
* A signature that was checked is remembered under the SHA-256 of the whole token, never under a part of it, and only
  what cannot change: the claims. Expiry is compared each time, and whether the client still may act is not known here.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, final

import jwt

from tenancy.crypto.revocation_log import RevocationLog
from tenancy.deployment.receipts import RECEIPT
from tenancy.errors import ServiceError
from tenancy.identity.signing_keys import TOKEN_SECONDS, SigningKeys
from tenancy.ids import new_id
from tenancy.keys.local import LocalKeys

LONGEST_SECONDS: Final = TOKEN_SECONDS
REMEMBERED: Final = 1024  # tokens whose signatures need no second check; the least recently used is forgotten
TENANT_AUDIENCE: Final = "bulkhead"
OPERATOR_AUDIENCE: Final = "bulkhead-operator"
_REQUIRED: Final = ["iss", "aud", "sub", "iat", "exp", "jti"]


class TokenRefused(ServiceError):
    """There is no valid token; the answer never says why not."""

    status = 401
    code = "invalid_token"
    title = "A valid token is required"

    def __init__(self) -> None:
        """Take no argument: the reason stays here."""
        super().__init__(
            "The request carries no valid access token. Get one from POST /v1/token.",
            headers={"WWW-Authenticate": 'Bearer realm="bulkhead"'},
        )


@dataclass(frozen=True, slots=True)
class Claims:
    """The verified content of a token; `token` is its own id."""

    subject: str
    tenant: str
    client: str
    roles: tuple[str, ...]
    expires_at: int
    token: str


@final
class TokenSigner:
    """Signs and verifies the tokens of one plane of this deployment."""

    def __init__(
        self, keys: LocalKeys, ledger: RevocationLog, audience: str, *, clock: Callable[[], float] = time.time
    ) -> None:
        """Sign with the plane's keys in the key folder, as the ledger beside them says. `clock` is epoch seconds."""
        self.audience = audience
        self._clock = clock
        self._verified: OrderedDict[bytes, Claims] = OrderedDict()
        self._keys = SigningKeys(keys, ledger, audience, clock)

    @property
    def kid(self) -> str:
        """The name of the key that signs now."""
        return self._keys.kid

    @property
    def issuer(self) -> str:
        """The issuer names the deployment: a token of another one fails here even if it were re-signed by mistake."""
        return self._keys.issuer

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the public keys as a JWK set (RFC 7517); operators' also those by which old receipts are checked."""
        self._follow()
        return {"keys": [key.jwk() for key in self._keys.published(lasting=self.audience == OPERATOR_AUDIENCE)]}

    def rotate(self, by: str, reason: str, *, at_once: bool = False) -> str:
        """Sign with another key from now on; `at_once`, no token from before is believed any more."""
        return self._keys.rotate(by, reason, at_once=at_once)

    def _follow(self) -> None:
        if self._keys.follow():
            self._verified.clear()

    def sign(self, subject: str, seconds: int, **claims: object) -> str:
        """Return a token for `subject`, valid for at most an hour."""
        self._follow()
        now = int(self._clock())
        standard = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject,
            "jti": new_id("tok"),
            "iat": now,
            "exp": now + min(seconds, LONGEST_SECONDS),
        }
        return jwt.encode({**claims, **standard}, self._keys.private, algorithm="EdDSA", headers={"kid": self.kid})

    def attest(self, statement: Mapping[str, object], kind: str = RECEIPT) -> str:
        """Return a JWS (RFC 7515) of the type `kind` over a statement that has no expiry, such as a receipt."""
        self._follow()
        header = {"kid": self.kid, "typ": kind}
        return jwt.encode({**statement, "iss": self.issuer}, self._keys.private, algorithm="EdDSA", headers=header)

    def verify(self, token: str) -> Claims:
        """Return the claims of a valid token of this plane, or raise TokenRefused."""
        self._follow()
        digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        claims = self._verified.get(digest)
        if claims is None:
            claims = self._verified[digest] = self._checked(token)
            if len(self._verified) > REMEMBERED:
                self._verified.popitem(last=False)
        else:
            self._verified.move_to_end(digest)
        if claims.expires_at <= self._clock():
            del self._verified[digest]
            raise TokenRefused
        return claims

    def _checked(self, token: str) -> Claims:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = self._keys.find(kid) if isinstance(kid, str) else None
            if key is None:
                raise TokenRefused
            decoded = jwt.decode_complete(
                token,
                key.public,
                algorithms=["EdDSA"],
                audience=self.audience,
                issuer=self.issuer,
                options={"require": _REQUIRED, "strict_aud": True},
            )
            if decoded["header"] != {"alg": "EdDSA", "typ": "JWT", "kid": kid}:
                raise TokenRefused
            claims = decoded["payload"]
            if claims["exp"] - claims["iat"] > LONGEST_SECONDS or not key.vouches(claims["iat"], self._clock()):
                raise TokenRefused
            return Claims(
                str(claims["sub"]),
                str(claims.get("tid", "")),
                str(claims.get("cid", "")),
                tuple(str(role) for role in claims.get("roles", ())),
                claims["exp"],
                str(claims["jti"]),
            )
        except (jwt.PyJWTError, TypeError, ValueError):
            raise TokenRefused from None
