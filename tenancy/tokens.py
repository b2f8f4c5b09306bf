"""Access tokens: Ed25519-signed JWTs (RFC 7519, RFC 8037) of the tenant plane and of the operator plane.

Rules this module enforces:

* One algorithm, named by us and never by the token; one key per plane, found by its thumbprint; header fields that
  point at keys elsewhere (`jku`, `x5u`, `jwk`, …) refuse the token.
* Issuer, audience, expiry, issue time and identity are all required and all checked.
* Every failure is the same 401, whatever the reason.
* A signature that was checked is remembered under the SHA-256 of the whole token, never under a part of it, and only
  what cannot change: the claims. Expiry is compared each time, and whether the client still may act is not known here.
"""

import base64
import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tenancy.errors import ServiceError
from tenancy.ids import new_id
from tenancy.keys.local import LocalKeys

LONGEST_SECONDS: Final = 3600
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
    """The verified content of a token."""

    subject: str
    tenant: str
    client: str
    roles: tuple[str, ...]
    expires_at: int


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@final
class TokenSigner:
    """Signs and verifies the tokens of one plane of this deployment."""

    def __init__(self, keys: LocalKeys, audience: str, *, clock: Callable[[], float] = time.time) -> None:
        """Take the plane's signing key from the key folder; it is made at the first start. `clock` is epoch seconds."""
        self.audience = audience
        self._clock = clock
        self._verified: OrderedDict[bytes, Claims] = OrderedDict()
        self._private = Ed25519PrivateKey.from_private_bytes(keys.secret(f"signing_{audience.replace('-', '_')}"))
        public = self._private.public_key()
        self._public = public
        self._x = _b64(public.public_bytes(Encoding.Raw, PublicFormat.Raw))
        thumbprint = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": self._x}, separators=(",", ":"))
        self.kid = _b64(hashlib.sha256(thumbprint.encode()).digest())
        # The issuer names the key's deployment: a token of another one fails here even if it were re-signed by mistake.
        self.issuer = f"urn:bulkhead:{self.kid}"

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the public keys as a JWK set (RFC 7517)."""
        key = {"kty": "OKP", "crv": "Ed25519", "x": self._x, "kid": self.kid, "alg": "EdDSA", "use": "sig"}
        return {"keys": [key]}

    def sign(self, subject: str, seconds: int, **claims: object) -> str:
        """Return a token for `subject`, valid for at most an hour."""
        now = int(self._clock())
        standard = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject,
            "jti": new_id("tok"),
            "iat": now,
            "exp": now + min(seconds, LONGEST_SECONDS),
        }
        return jwt.encode({**claims, **standard}, self._private, algorithm="EdDSA", headers={"kid": self.kid})

    def attest(self, statement: Mapping[str, object]) -> str:
        """Return a JWS (RFC 7515) over a statement that has no expiry, such as a receipt."""
        header = {"kid": self.kid, "typ": "bulkhead-receipt"}
        return jwt.encode({**statement, "iss": self.issuer}, self._private, algorithm="EdDSA", headers=header)

    def verify(self, token: str) -> Claims:
        """Return the claims of a valid token of this plane, or raise TokenRefused."""
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
            decoded = jwt.decode_complete(
                token,
                self._public,
                algorithms=["EdDSA"],
                audience=self.audience,
                issuer=self.issuer,
                options={"require": _REQUIRED, "strict_aud": True},
            )
            if decoded["header"] != {"alg": "EdDSA", "typ": "JWT", "kid": self.kid}:
                raise TokenRefused
            claims = decoded["payload"]
            if claims["exp"] - claims["iat"] > LONGEST_SECONDS:
                raise TokenRefused
            return Claims(
                str(claims["sub"]),
                str(claims.get("tid", "")),
                str(claims.get("cid", "")),
                tuple(str(role) for role in claims.get("roles", ())),
                claims["exp"],
            )
        except (jwt.PyJWTError, TypeError, ValueError):
            raise TokenRefused from None
