"""Seal values so that they open only under their own key and in their own place.

Rules this module enforces:

* AES-256-GCM only. Every sealed value has a key of its own, derived by HKDF-SHA256 (RFC 5869) from a purpose key and a
  random 256-bit salt, so no nonce is ever counted or remembered (a restored machine image cannot repeat one).
* Every sealed value carries a 32-byte commitment to its key, from the same derivation. A wrong key and a damaged value
  are told apart, and one ciphertext cannot be made to open under two keys.
* The associated data is the value's place: tenant, table, row and column, each with its length. A ciphertext that was
  moved anywhere else does not open.
* Every failure is an error. Nothing falls back to plaintext and nothing partial is returned.
"""

import hashlib
import hmac
import secrets
from typing import Final, NamedTuple, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tenancy.errors import ServiceError

KEY_BYTES: Final = 32
_FORMAT: Final = b"\x01"
_SALT: Final = slice(5, 37)
_COMMITMENT: Final = slice(37, 69)
HEADER_BYTES: Final = 69
# The key is used for exactly one message, so a fixed nonce repeats nothing.
_NONCE: Final = bytes(12)


class SealBroken(ServiceError):
    """A sealed value did not open: it is damaged, was moved, or belongs to another key."""

    status = 500
    code = "seal_broken"
    title = "A stored value failed its integrity check"


class Place(NamedTuple):
    """Where a sealed value lives; part of what it is sealed with."""

    tenant: str
    table: str
    row: str
    column: str

    def encode(self) -> bytes:
        """Return an unambiguous encoding: each part behind its own length."""
        return framed(*self)


@final
class PurposeKey:
    """One purpose's key in one version; never printed, compared, copied or pickled."""

    __slots__ = ("_key", "version")

    def __init__(self, key: bytes, version: int) -> None:
        """Hold 32 bytes of key and the version that sealed values name."""
        if len(key) != KEY_BYTES:
            raise SealBroken("A key has the wrong length.")
        self._key = key
        self.version = version

    def __repr__(self) -> str:
        """Show the version only."""
        return f"PurposeKey(version={self.version})"

    def __reduce__(self) -> str:
        """Refuse to leave the process."""
        raise TypeError("keys cannot be pickled or copied")

    def derive(self, salt: bytes, info: bytes, length: int) -> bytes:
        """Return `length` bytes of HKDF-SHA256 over this key."""
        return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(self._key)

    def mac(self, *fields: bytes | str) -> bytes:
        """Return HMAC-SHA256 (32 bytes) over the framed fields."""
        return hmac.digest(self._key, framed(*fields), hashlib.sha256)


def framed(*fields: bytes | str) -> bytes:
    """Concatenate fields, each behind its length in 8 bytes, so that no two lists encode alike."""
    out = bytearray()
    for field in fields:
        raw = field.encode() if isinstance(field, str) else field
        out += len(raw).to_bytes(8, "big")
        out += raw
    return bytes(out)


def seal(key: PurposeKey, place: Place, plaintext: bytes) -> bytes:
    """Seal `plaintext` for `place`: format, key version, salt, commitment, ciphertext with tag (85 bytes more)."""
    salt = secrets.token_bytes(32)
    derived = key.derive(salt, b"bulkhead sealed value", 64)
    body = AESGCM(derived[:32]).encrypt(_NONCE, plaintext, place.encode())
    return _FORMAT + key.version.to_bytes(4, "big") + salt + derived[32:] + body


def sealed_version(sealed: bytes) -> int:
    """Return the key version a sealed value names; raise SealBroken when it cannot be one."""
    if len(sealed) < HEADER_BYTES + 16 or sealed[:1] != _FORMAT:
        raise SealBroken("A stored value is not in a known sealed format.")
    return int.from_bytes(sealed[1:5], "big")


def unseal(key: PurposeKey, place: Place, sealed: bytes) -> bytes:
    """Return the plaintext of `sealed`, or raise SealBroken; there is no third way."""
    if sealed_version(sealed) != key.version:
        raise SealBroken("A stored value names another key version.")
    derived = key.derive(sealed[_SALT], b"bulkhead sealed value", 64)
    if not hmac.compare_digest(derived[32:], sealed[_COMMITMENT]):
        raise SealBroken("A stored value was sealed under another key.")
    try:
        return AESGCM(derived[:32]).decrypt(_NONCE, sealed[HEADER_BYTES:], place.encode())
    except InvalidTag:
        raise SealBroken("A stored value is damaged or was moved.") from None
