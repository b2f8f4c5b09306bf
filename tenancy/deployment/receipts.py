"""Check the signature of an erasure's receipt, with nothing but the deployment's published keys."""

from collections.abc import Mapping
from typing import Any

import jwt


class Unverified(Exception):
    """The receipt is not signed by a key of the set."""


def verified_receipt(signature: str, key_set: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a receipt's JWS (RFC 7515) states, times in epoch seconds; `key_set` is a JWK set (RFC 7517)."""
    try:
        header = jwt.get_unverified_header(signature)
        if header.get("typ") != "bulkhead-receipt" or header.get("alg") != "EdDSA":
            raise Unverified
        keys = jwt.PyJWKSet.from_dict(dict(key_set))
        stated: dict[str, Any] = jwt.decode(signature, keys[str(header.get("kid"))].key, algorithms=["EdDSA"])
    except (jwt.PyJWTError, KeyError):
        raise Unverified from None
    return stated
