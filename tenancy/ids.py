"""Opaque identifiers, typed by prefix and random beyond guessing."""

import secrets
from typing import NewType

TenantId = NewType("TenantId", str)
DocumentId = NewType("DocumentId", str)
VersionId = NewType("VersionId", str)
ChunkId = NewType("ChunkId", str)
ClientId = NewType("ClientId", str)
JobId = NewType("JobId", str)
LaneRef = NewType("LaneRef", str)
BlobRef = NewType("BlobRef", str)
ErasureId = NewType("ErasureId", str)

# Crockford's alphabet in lower case: no vowels to spell words with, no look-alikes.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 24  # 120 random bits


def new_id(prefix: str) -> str:
    """Return `prefix_` followed by 120 random bits; ids carry neither time, order nor checksum."""
    bits = secrets.randbits(5 * _LENGTH)
    return f"{prefix}_" + "".join(_ALPHABET[(bits >> shift) & 31] for shift in range(0, 5 * _LENGTH, 5))


def well_formed(value: str, prefix: str) -> bool:
    """Tell whether `value` could be an id of this kind; a malformed one is answered like an absent one."""
    head, _, tail = value.partition("_")
    return head == prefix and len(tail) == _LENGTH and all(letter in _ALPHABET for letter in tail)


def reads_like_an_id(value: str) -> bool:
    """Tell whether `value` has the form of an id of any kind."""
    return well_formed(value, value.partition("_")[0])
