"""An identity provider on loopback that publishes its key and signs whatever it is told."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import OKPAlgorithm

from evals.launch.listening import Heard, Listener, Said

AUDIENCE: Final = "https://knowledge.example.com"
"""For whom its tokens are, unless they are for somebody else."""
CLAIM: Final = "org_id"
"""The claim in which it names its customer."""
_KID: Final = "first"
_SECONDS: Final = 600


@final
class Issuer:
    """A running provider; `running_issuer` answers."""

    def __init__(self) -> None:
        """Listen at once, with a key of its own."""
        self.listener = Listener(self._answer)
        self.url = self.listener.url
        self._key = Ed25519PrivateKey.generate()

    @property
    def public(self) -> bytes:
        """The 32 bytes of its public key, which everybody may know."""
        return self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def keys(self) -> str:
        """Where its keys are published."""
        return f"{self.url}/keys"

    def claims(self, organisation: str, **changed: object) -> dict[str, Any]:
        """Return what an honest token of a customer's person says, some of it changed; None takes a claim out."""
        now = int(time.time())
        said = {"iss": self.url, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + _SECONDS}
        said |= {CLAIM: organisation, "groups": ["evaluation"]}
        return {name: value for name, value in {**said, **changed}.items() if value is not None}

    def signed(self, claims: Mapping[str, Any], **headers: object) -> str:
        """Return a token that says this, signed by the provider."""
        return jwt.encode(dict(claims), self._key, algorithm="EdDSA", headers={"kid": _KID, **headers})

    def signed_by_all(self, claims: Mapping[str, Any]) -> str:
        """Return a token whose signature anybody can make: by a shared secret that is the public key."""
        return jwt.encode(dict(claims), self.public, algorithm="HS256", headers={"kid": _KID})

    def unsigned(self, claims: Mapping[str, Any]) -> str:
        """Return a token that says it has no signature, and has none."""
        return jwt.encode(dict(claims), "", algorithm="none", headers={"kid": _KID})

    def _answer(self, heard: Heard) -> Said:
        match heard.path:
            case "/.well-known/openid-configuration":
                return Said(json.dumps({"issuer": self.url, "jwks_uri": self.keys}).encode())
            case "/keys":
                jwk = OKPAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
                return Said(json.dumps({"keys": [{**jwk, "kid": _KID, "use": "sig", "alg": "EdDSA"}]}).encode())
            case _:
                return Said(b"{}", 404)


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    """Run a provider on loopback until the block ends."""
    issuer = Issuer()
    with issuer.listener.running():
        yield issuer
