"""What this deployment has ended, kept with the keys so that a restored backup revives nothing.

Rules this module enforces:

* Append only, one JSON line an entry, each with a MAC over its content and the MAC before it: an edited, removed or
  reordered line refuses to load. The newest MAC stands in a second file: a cut is noticed at the next start as well.
* Written and synced before the ended thing is answered as ended; read again whenever the file has grown.
"""

import fcntl
import hashlib
import hmac
import json
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import final

from tenancy.deployment.durable import replace
from tenancy.errors import ServiceError, Unavailable


class RevocationLogBroken(ServiceError):
    """The revocation log was edited or cut; the process must not trust its data."""

    code = "ledger_broken"


@dataclass(frozen=True, slots=True)
class Ending:
    """One entry: `kind` such as `tenant.erased`, `subject` an id, `tenant` whose it is."""

    kind: str
    subject: str
    tenant: str
    at: float
    data: dict[str, str]


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except OSError as error:  # whether anything was ended cannot be told now, so nobody is let in
        raise Unavailable("keys", f"The revocation log cannot be reached: {error.strerror}.") from error


@final
class RevocationLog:
    """The revocation log in the key folder."""

    def __init__(self, path: Path, key: bytes) -> None:
        """Open or create the log at `path`, authenticated under the deployment's `key`."""
        self._path = path
        self._head = path.with_suffix(".head")
        self._key = key
        self._reading = threading.RLock()
        self._offset = 0
        self._last = b""
        self._kinds: defaultdict[str, list[Ending]] = defaultdict(list)
        self._latest: dict[tuple[str, str], Ending] = {}
        # Read before the entries: another process may append meanwhile, and writes the head last.
        self._awaited = self._head.read_bytes() if self._head.exists() else b""
        path.touch(mode=0o600, exist_ok=True)
        self.refresh()
        if self._awaited:
            raise RevocationLogBroken("The revocation log has been cut. Put the newest copy of the key folder back.")

    def append(self, kind: str, subject: str, tenant: str, **data: str) -> Ending:
        """Record an ending durably before anyone is told of it."""
        entry = Ending(kind, subject, tenant, time.time(), data)
        body = json.dumps([kind, subject, tenant, entry.at, data], separators=(",", ":"))
        with self._reading, _reached(), self._path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.refresh()
            file.truncate(self._offset)  # half a line of a process that died while writing: nobody was told of it
            mac = hmac.digest(self._key, self._last + body.encode(), hashlib.sha256).hex()
            file.seek(0, os.SEEK_END)
            file.write(f"{mac} {body}\n".encode())
            file.flush()
            os.fsync(file.fileno())
            self.refresh()
            replace(self._head, mac.encode())
        return entry

    def refresh(self) -> None:
        """Read what other processes of this deployment have appended; cheap when nothing was."""
        with self._reading, _reached():
            size = self._path.stat().st_size
            if size == self._offset:
                return
            if size < self._offset:
                raise RevocationLogBroken("The revocation log has been cut.")
            with self._path.open("rb") as file:
                file.seek(self._offset)
                for line in file:
                    self._take(line)

    def _take(self, line: bytes) -> None:
        if not line.endswith(b"\n"):
            return  # another process is writing this line now; the next refresh reads it whole
        mac, _, body = line[:-1].partition(b" ")
        expected = hmac.digest(self._key, self._last + body, hashlib.sha256).hex().encode()
        if not hmac.compare_digest(mac, expected):
            raise RevocationLogBroken("The revocation log has been edited.")
        kind, subject, tenant, at, data = json.loads(body)
        entry = Ending(kind, subject, tenant, at, data)
        self._kinds[kind].append(entry)
        self._latest[kind.split(".")[0], subject] = entry
        self._last = mac
        self._awaited = b"" if mac == self._awaited else self._awaited
        self._offset += len(line)

    def latest(self, noun: str, subject: str) -> Ending | None:
        """Return the newest entry about a subject, such as noun `tenant` or `client`."""
        self.refresh()
        return self._latest.get((noun, subject))

    def tenants(self) -> frozenset[str]:
        """Return every tenant that an entry is about."""
        self.refresh()
        return frozenset(entry.tenant for entry in self._latest.values())

    def entries(self, kind: str) -> list[Ending]:
        """Return every entry of a kind, oldest first."""
        self.refresh()
        return list(self._kinds.get(kind, ()))
