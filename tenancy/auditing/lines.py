"""The form in which a tenant carries its audit away: JSON lines, each hashed together with all before it.

Rules this module enforces:

* A line has one form only (sorted keys, no spaces, ASCII): what a person reads is, byte for byte, what was hashed.
* The first line names the tenant, and every hash covers it. No key is needed to compute one.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

FORMAT: Final = 1
LONGEST: Final = 1 << 16
"""Bytes of a line at most, its end included."""
STATEMENT: Final = "bulkhead-audit"
"""The type of what is signed over a trail."""


def line(value: Mapping[str, object]) -> bytes:
    """Return a value as the one line that it can be."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii") + b"\n"


def parsed(raw: bytes) -> dict[str, Any]:
    """Return the value of a line; ValueError for whatever is not the one line of an object."""
    if len(raw) > LONGEST:
        raise ValueError("The line is too long.")
    try:
        value = json.loads(raw.decode("ascii"))
    except RecursionError:
        raise ValueError("The line is nested too deeply.") from None
    if not isinstance(value, dict) or line(value) != raw:
        raise ValueError("The line is not in its one form.")
    return value


def opening(tenant: str) -> bytes:
    """Return the first line of a tenant's trail."""
    return line({"kind": "trail", "format": FORMAT, "tenant": tenant})


def begun(first: bytes) -> str:
    """Return the hash that stands before the first entry's, in hexadecimal."""
    return hashlib.sha256(first).hexdigest()


def chained(before: str, entry: Mapping[str, object]) -> str:
    """Return an entry's hash: SHA-256 of the hash before, a line feed, and the entry's line without a hash."""
    return hashlib.sha256(before.encode() + b"\n" + line(entry)).hexdigest()
