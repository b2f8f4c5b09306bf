"""The signing keys of one plane: which one signs now, and for what those before it still vouch.

Rules this module enforces:

* One key signs. A rotation makes the next one, notes in the ledger the public half of the one before, and destroys its
  private half: from then on nobody signs with it, in whatever process.
* A retired key vouches for what was issued while it signed, and no longer than a token lasts. A rotation at once ends
  that for every key before it.
* The ledger is looked at before every use, so every process of the deployment changes keys with the same entry.
"""

import base64
import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tenancy.crypto.revocation_log import Ending, RevocationLog
from tenancy.keys.local import LocalKeys

TOKEN_SECONDS: Final = 3600
"""The longest that a token lasts."""
_ROTATED: Final = "signing.rotated"
_LEEWAY_SECONDS: Final = 5.0  # between the moment a process takes the key and the one at which another notes its end


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key; one that was retired vouches for what was issued until `retired_at`, and until `ends_at`."""

    x: str
    retired_at: float | None = None
    ends_at: float | None = None

    @property
    def kid(self) -> str:
        """The key's thumbprint (RFC 7638)."""
        thumbprint = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": self.x}, separators=(",", ":"))
        return _b64(hashlib.sha256(thumbprint.encode()).digest())

    @property
    def public(self) -> Ed25519PublicKey:
        """The key itself."""
        return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(self.x + "="))

    @property
    def overlapped(self) -> bool:
        """Whether the key was retired in peace: what it signed before is as good as it ever was."""
        return self.retired_at is not None and self.ends_at is not None and self.ends_at > self.retired_at

    def vouches(self, issued_at: float, now: float) -> bool:
        """Tell whether a token issued then may be believed now; both in epoch seconds."""
        if self.retired_at is None or self.ends_at is None:
            return True
        return issued_at <= self.retired_at + _LEEWAY_SECONDS and now < self.ends_at

    def jwk(self) -> dict[str, str]:
        """Return the key as a JWK (RFC 8037)."""
        return {"kty": "OKP", "crv": "Ed25519", "x": self.x, "kid": self.kid, "alg": "EdDSA", "use": "sig"}


def _retired(entries: Sequence[Ending]) -> list[VerifyingKey]:
    """Return the keys before the present one, oldest first."""
    keys: list[VerifyingKey] = []
    ends_at = float("inf")
    for entry in reversed(entries):
        ends_at = min(ends_at, float(entry.data["ends_at"]))  # what a later rotation ended at once
        keys.insert(0, VerifyingKey(entry.data["x"], entry.at, ends_at))
    return keys


@dataclass(frozen=True, slots=True)
class _Ring:
    """All keys as of one entry of the ledger; `issuer` is named by the first key that the plane ever had."""

    entry: Ending | None
    private: Ed25519PrivateKey
    current: VerifyingKey
    by_kid: Mapping[str, VerifyingKey]
    issuer: str


@final
class SigningKeys:
    """The signing keys of one plane of this deployment."""

    def __init__(
        self, keys: LocalKeys, ledger: RevocationLog, audience: str, clock: Callable[[], float] = time.time
    ) -> None:
        """Take the keys from the key folder; the first is made at the first start. `clock` is epoch seconds."""
        self._keys = keys
        self._ledger = ledger
        self._audience = audience
        self._clock = clock
        self._ring = self._read()

    def follow(self) -> bool:
        """Look for a rotation, of whatever process; True if the keys are others than before."""
        if self._ledger.latest("signing", self._audience) is self._ring.entry:
            return False
        self._ring = self._read()
        return True

    @property
    def private(self) -> Ed25519PrivateKey:
        """The key that signs."""
        return self._ring.private

    @property
    def kid(self) -> str:
        """The name of the key that signs."""
        return self._ring.current.kid

    @property
    def issuer(self) -> str:
        """The deployment's plane; the same before and after a rotation."""
        return self._ring.issuer

    def find(self, kid: str) -> VerifyingKey | None:
        """Return the key of that name, also a retired one; whether it vouches for a token is another question."""
        return self._ring.by_kid.get(kid)

    def published(self, *, lasting: bool) -> list[VerifyingKey]:
        """Return the key that signs and those that still vouch for tokens; with `lasting`, those that once did.

        What was retired at once is not among them.
        """
        now = self._clock()
        keys = self._ring.by_kid.values()
        return [key for key in keys if key.vouches(0.0, now) or (lasting and key.overlapped)]

    def rotate(self, by: str, reason: str, *, at_once: bool = False) -> str:
        """Have another key sign from now on and return its name; `at_once`, what was signed before is void."""
        self.follow()
        ring, number = self._ring, _number(self._ring.entry) + 1
        self._keys.secret(self._name(number))
        now = self._clock()
        data = {
            "x": ring.current.x, "next": str(number), "by": by, "reason": reason,
            "ends_at": repr(now if at_once else now + TOKEN_SECONDS + _LEEWAY_SECONDS),
        }  # fmt: skip
        self._ledger.append(_ROTATED, self._audience, "", **data)
        self.follow()
        return self.kid

    def _name(self, number: int) -> str:
        first = f"signing_{self._audience.replace('-', '_')}"
        return first if number == 1 else f"{first}_{number}"

    def _read(self) -> _Ring:
        entries = [entry for entry in self._ledger.entries(_ROTATED) if entry.subject == self._audience]
        entry = entries[-1] if entries else None
        number = _number(entry)
        secret = self._keys.secret(self._name(number), create=number == 1)
        for before in range(1, number):  # also what a process left that died between the ledger and this
            self._keys.destroy(f"deployment/{self._name(before)}")
        private = Ed25519PrivateKey.from_private_bytes(secret)
        current = VerifyingKey(_b64(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)))
        retired = _retired(entries)
        by_kid = {key.kid: key for key in [current, *reversed(retired)]}
        first = retired[0] if retired else current
        return _Ring(entry, private, current, by_kid, f"urn:bulkhead:{first.kid}")


def _number(entry: Ending | None) -> int:
    return 1 if entry is None else int(entry.data["next"])
