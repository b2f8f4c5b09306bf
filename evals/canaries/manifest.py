"""The record of what a run planted where, which a report names by its digest.

It holds no value: whoever has the run's seed derives them again, and a manifest left lying about is not itself a leak.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from evals.canaries.derive import Canary, CanaryKit

FORMAT: Final = "canary-manifest/1"


@dataclass(frozen=True, slots=True)
class Planting:
    """One canary in its place: whose it is, and in which document of theirs (as the run names both)."""

    canary: Canary
    tenant: str
    document: str


def manifest(kit: CanaryKit, plantings: Iterable[Planting]) -> bytes:
    """Write the manifest: canonical JSON, the same bytes whatever the order of planting."""
    rows = [
        {
            "canary": one.canary.id,
            "form": one.canary.form,
            "place": one.canary.place,
            "tenant": one.tenant,
            "document": one.document,
            "value_sha256": sha256(one.canary.value.encode()).hexdigest(),
        }
        for one in plantings
    ]
    rows.sort(key=lambda row: (row["tenant"], row["document"], row["canary"]))
    content = {"format": FORMAT, "kit": kit.fingerprint, "planted": rows}
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def manifest_digest(content: bytes) -> str:
    """Return the SHA-256 of a manifest, in hex."""
    return sha256(content).hexdigest()
