"""Check what a deployment has signed about itself, with nothing but its published keys."""

from collections.abc import Mapping
from typing import Any, Final

import jwt

RECEIPT: Final = "bulkhead-receipt"
"""The type of an erasure's receipt."""


class Unverified(Exception):
    """It is not signed by a key of the set, or as something else."""


def attested(signature: str, key_set: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return what a JWS (RFC 7515) of the type `kind` states; `key_set` is a JWK set (RFC 7517)."""
    try:
        header = jwt.get_unverified_header(signature)
        if header.get("typ") != kind or header.get("alg") != "EdDSA":
            raise Unverified
        keys = jwt.PyJWKSet.from_dict(dict(key_set))
        stated: dict[str, Any] = jwt.decode(signature, keys[str(header.get("kid"))].key, algorithms=["EdDSA"])
    except (jwt.PyJWTError, KeyError):
        raise Unverified from None
    return stated


def verified_receipt(signature: str, key_set: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an erasure's receipt states, times in epoch seconds."""
    return attested(signature, key_set, RECEIPT)
