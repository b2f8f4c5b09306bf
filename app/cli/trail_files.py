"""Check an audit that a tenant has carried away, without any deployment."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.cli.outcome import WRONG_USE, fail
from tenancy.auditing.checking import Carried, NotGenuine, check
from tenancy.auditing.lines import LONGEST


def key_set_in(path: Path) -> Mapping[str, Any]:
    """Return the key set in a file; end with a sentence where there is none."""
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        fail(f"{path} is no set of keys: GET /.well-known/attestation-keys.json gives one.", WRONG_USE)
    return found


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(LONGEST + 1):
            yield line


def verdict_on(path: Path, keys: Path, since: Path | None) -> Mapping[str, object]:
    """Return whether a file is genuine, what it holds if it is, and otherwise where and why it is not."""
    key_set, now = key_set_in(keys), path
    try:
        earlier = None
        if since is not None:
            now = since
            earlier, now = check(_lines(since), key_set), path
        return {"file": str(path), "intact": True, **_told(check(_lines(path), key_set, earlier))}
    except NotGenuine as found:
        return {"file": str(now), "intact": False, "line": found.line, "detail": found.says}


def _told(carried: Carried) -> Mapping[str, object]:
    made_at = datetime.fromtimestamp(carried.made_at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {
        "tenant": carried.tenant, "entries": carried.entries, "made_at": made_at, "hash": carried.hash,
        "head": carried.head, "checkpoints": carried.checkpoints, "issuer": carried.issuer,
    }  # fmt: skip
