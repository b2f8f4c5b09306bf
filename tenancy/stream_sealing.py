"""Seal a byte stream in segments so that truncation, reordering and repetition are all detected.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015): one derived key per stream, a nonce made
of the segment's number and a last-segment flag. Memory use is one segment whatever the size of the file.
"""

import hmac
import secrets
from typing import Final, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tenancy.sealing import Place, PurposeKey, SealBroken

SEGMENT: Final = 256 * 1024
TAG: Final = 16
HEADER: Final = 69
_FORMAT: Final = b"\x02"
_INFO: Final = b"bulkhead sealed stream"


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


@final
class StreamSealer:
    """Turn plaintext segments into sealed ones; `header` goes first."""

    __slots__ = ("_aad", "_cipher", "_number", "header")

    def __init__(self, key: PurposeKey, place: Place) -> None:
        """Draw a salt and derive this stream's own key."""
        salt = secrets.token_bytes(32)
        derived = key.derive(salt, _INFO, 64)
        self.header = _FORMAT + key.version.to_bytes(4, "big") + salt + derived[32:]
        self._cipher = AESGCM(derived[:32])
        self._aad = place.encode()
        self._number = 0

    def seal(self, segment: bytes, *, last: bool) -> bytes:
        """Seal one segment: exactly SEGMENT bytes, the last one 0 to SEGMENT."""
        sealed = self._cipher.encrypt(_nonce(self._number, last=last), segment, self._aad)
        self._number += 1
        return sealed


@final
class StreamOpener:
    """Turn sealed segments back, in order; a missing end, a swap or a repeat raises SealBroken."""

    __slots__ = ("_aad", "_cipher", "_number")

    def __init__(self, key: PurposeKey, place: Place, header: bytes) -> None:
        """Check that `header` (69 bytes) commits to this key."""
        derived = key.derive(header[5:37], _INFO, 64)
        if not hmac.compare_digest(derived[32:], header[37:HEADER]):
            raise SealBroken("A stored file was sealed under another key.")
        self._cipher = AESGCM(derived[:32])
        self._aad = place.encode()
        self._number = 0

    def open(self, sealed: bytes, *, last: bool) -> bytes:
        """Open the next segment; `last` is what the reader sees, and the seal must agree."""
        try:
            segment = self._cipher.decrypt(_nonce(self._number, last=last), sealed, self._aad)
        except InvalidTag:
            raise SealBroken("A stored file is damaged, cut short or reordered.") from None
        self._number += 1
        return segment


def stream_version(header: bytes) -> int:
    """Return the key version that a stream's header names."""
    if len(header) != HEADER or header[:1] != _FORMAT:
        raise SealBroken("A stored file is not in a known sealed format.")
    return int.from_bytes(header[1:5], "big")
