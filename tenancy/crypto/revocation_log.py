"""What this deployment has ended, kept with the keys so that a restored backup revives nothing.

Rules this module enforces:

* Append only, one JSON line an entry, each with a MAC over its content and the MAC before it: an edited, removed or
  reordered line refuses to load. The newest MAC stands in a second file: a cut is noticed at the next start as well.
* Written and synced before the ended thing is answered as ended; read again whenever the file has grown.
* A long log is replaced by a checkpoint of what readers ask for and a log that follows it. The renaming of the
  checkpoint alone decides which is in force: whoever dies before leaves the log before, whoever dies after it the new
  one. Nothing is appended to a log while the one before exists, whose removal is what tells readers.
"""

import dataclasses
import fcntl
import hashlib
import hmac
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, final

import structlog

from tenancy.crypto.anchor_archive import AnchorArchive
from tenancy.crypto.revocation_checkpoint import Checkpoint, Stamp
from tenancy.crypto.revocation_state import HEAD, Ending, RevocationLogBroken, RevocationState
from tenancy.deployment.durable import replace, sync_folder
from tenancy.errors import Unavailable

__all__ = ["Ending", "RevocationLog", "RevocationLogBroken"]

MOST_LINES: Final = 4096
"""A log this long is checkpointed, unless what must be kept is longer still; reading it takes some 50 ms."""
_log = structlog.get_logger()


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except OSError as error:  # whether anything was ended cannot be told now, so nobody is let in
        raise Unavailable("keys", f"The revocation log cannot be reached: {error.strerror}.") from error


def _cut() -> RevocationLogBroken:
    return RevocationLogBroken("The revocation log has been cut. Put the newest copy of the key folder back.")


@final
class RevocationLog:
    """The revocation log in the key folder."""

    def __init__(self, path: Path, key: bytes, *, most: int = MOST_LINES) -> None:
        """Open or create the log at `path`, authenticated under the deployment's `key`, of at most some `most` lines.

        Its other files stand beside it: `.head`, `.checkpoint`, `.anchors`, and `.1.jsonl` after the first checkpoint.
        """
        self._path = path
        self._head = path.with_suffix(".head")
        self._standing = path.with_suffix(".checkpoint")
        self._archive = AnchorArchive(path.with_suffix(".anchors"))
        self._key = key
        self._most = most
        self._reading = threading.RLock()
        self._state = RevocationState()
        self._checkpoint = Checkpoint()
        self._stamp: Stamp | None = None
        self._entries = 0
        self._last = b""
        self._at = path, 0  # one value, so that it may be looked at without the lock
        self._awaited = b""
        self._begin()

    def _begin(self) -> None:
        if not self._head.exists() and not self._standing.exists():
            self._path.touch(mode=0o600, exist_ok=True)
        while True:
            # Read before the entries: another process may append meanwhile, and writes the head last.
            self._awaited = self._head.read_bytes() if self._head.exists() else b""
            try:
                self._load()
            except FileNotFoundError:
                raise _cut() from None
            if not self._awaited:
                break
            if not self._replaced():
                raise _cut()
        if self._is_long():
            with self._reading, _reached(), self._locked():
                self._shorten()

    def append(self, kind: str, subject: str, tenant: str, **data: str) -> Ending:
        """Record an ending durably before anyone is told of it."""
        entry = Ending(kind, subject, tenant, time.time(), data)
        self.extend([entry])
        return entry

    def extend(self, entries: Sequence[Ending]) -> None:
        """Record several at the price of one; of several that nobody was told of, a process that dies may keep some."""
        with self._reading, _reached(), self._locked() as file:
            file.truncate(self._at[1])  # half a line of a process that died while writing: nobody was told of it
            file.seek(0, os.SEEK_END)
            mac = self._last
            for entry in entries:
                body = entry.line()
                mac = self._mac(mac, body)
                file.write(mac + b" " + body + b"\n")
            file.flush()
            os.fsync(file.fileno())
            self._read()
            replace(self._head, mac)
            self._shorten()

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        """Hold the lock of the log in force, everything in it read; nobody else appends or replaces it meanwhile."""
        while True:
            self._follow()
            try:
                file = self._at[0].open("r+b")
            except FileNotFoundError:
                if self._replaced():
                    continue
                raise
            with file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if self._replaced():  # while this process waited, or by one that died before it removed the log before
                    self._load()
                    continue
                self._follow()
                if self._checkpoint.number:
                    self._log_of(self._checkpoint.number - 1).unlink(missing_ok=True)
                yield file
                return

    def _log_of(self, number: int) -> Path:
        return self._path.with_suffix(f".{number}{self._path.suffix}") if number else self._path

    def _replaced(self) -> bool:
        """Tell whether there is another checkpoint than the one that was read."""
        try:
            return Stamp.of(self._standing.stat()) != self._stamp
        except FileNotFoundError:
            return self._stamp is not None

    def refresh(self) -> None:
        """Read what other processes of this deployment have appended; cheap when nothing was."""
        log, offset = self._at
        with _reached():
            with suppress(FileNotFoundError):
                if log.stat().st_size == offset:
                    return
            with self._reading:
                self._follow()

    def _follow(self) -> None:
        log, offset = self._at
        try:
            size = log.stat().st_size
            if size > offset:
                self._read()
        except FileNotFoundError:
            if not self._replaced():
                raise
            self._load()
        else:
            if size < offset:
                if not self._replaced():
                    raise _cut()
                self._load()

    def _load(self) -> None:
        """Take the checkpoint in force, and what follows it."""
        while True:
            self._take_checkpoint()
            try:
                self._read()
                followed = self._is_followed()
            except FileNotFoundError:
                if self._replaced():
                    continue
                raise
            if followed and not self._replaced():
                raise RevocationLogBroken("The checkpoint of the revocation log is older than the log.")
            if not self._replaced():
                return

    def _is_followed(self) -> bool:
        """Tell whether something stands in the log of a later checkpoint."""
        logs = self._path.parent.glob(f"{self._path.stem}.*{self._path.suffix}")
        later = (log for log in logs if int(log.stem.rpartition(".")[2]) > self._checkpoint.number)
        return any(log.stat().st_size for log in later)

    def _take_checkpoint(self) -> None:
        found, stamp = Checkpoint(), None
        with suppress(FileNotFoundError), self._standing.open("rb") as file:
            found, stamp = Checkpoint.parse(file.read(), self._key), Stamp.of(os.fstat(file.fileno()))
        if found.number == self._checkpoint.number and found.last == self._checkpoint.last:
            self._stamp = stamp
            return
        if (found.entries, found.last) == (self._entries, self._last):
            self._state.heads.clear()  # of the very entries that were read here: what is known stays
        elif found.entries > self._entries:
            self._state = RevocationState(found.kept.splitlines())
        else:
            raise RevocationLogBroken("An older checkpoint was put in the place of the revocation log's.")
        self._archive.require(found.archived)
        self._entries, self._last = found.entries, found.last
        self._checkpoint, self._stamp = dataclasses.replace(found, kept=b""), stamp
        self._at = self._log_of(found.number), 0
        self._passed(found.last)

    def _read(self) -> None:
        """Read the log from where it was read to."""
        log, offset = self._at
        try:
            with log.open("rb") as file:
                file.seek(offset)
                for line in file:
                    if not line.endswith(b"\n"):
                        break  # another process is writing this line now; the next refresh reads it whole
                    self._take(line)
                    offset += len(line)
        finally:
            self._at = log, offset

    def _take(self, line: bytes) -> None:
        mac, _, body = line[:-1].partition(b" ")
        if not hmac.compare_digest(mac, self._mac(self._last, body)):
            raise RevocationLogBroken("The revocation log has been edited.")
        self._state.take(Ending.parse(body))
        self._last = mac
        self._entries += 1
        self._passed(mac)

    def _passed(self, mac: bytes) -> None:
        if mac == self._awaited:
            self._awaited = b""

    def _mac(self, before: bytes, body: bytes) -> bytes:
        return hmac.digest(self._key, before + body, hashlib.sha256).hex().encode()

    def _is_long(self) -> bool:
        return self._entries - self._checkpoint.entries >= max(self._most, len(self._state))

    def _shorten(self) -> None:
        """Put a checkpoint in the place of a long log, under its lock; one that cannot be written waits."""
        if not self._is_long():
            return
        try:
            self._write_checkpoint()
        except OSError as error:
            _log.warning("revocation_log.not_checkpointed", error=type(error).__name__)

    def _write_checkpoint(self) -> None:
        before, number = self._at[0], self._checkpoint.number + 1
        archived, slices = self._archive.add(self._checkpoint.archived, self._state.heads, self._checkpoint.slices)
        kept = b"\n".join(self._state.kept())
        replace(self._log_of(number), b"")
        replace(self._head, self._last)  # the newest may be of a process that died before it came to this
        sync_folder(self._path.parent)
        found = Checkpoint(number, self._entries, self._last, archived, slices, kept)
        replace(self._standing, found.content(self._key))
        sync_folder(self._path.parent)
        self._load()
        before.unlink()

    def latest(self, noun: str, subject: str) -> Ending | None:
        """Return the newest entry about a subject, such as noun `tenant` or `client`."""
        self.refresh()
        return self._state.latest(noun, subject)

    def newest(self, noun: str) -> list[Ending]:
        """Return the newest entry about each subject of a noun."""
        self.refresh()
        return self._state.newest(noun)

    def tenants(self) -> frozenset[str]:
        """Return every tenant that an entry is about."""
        self.refresh()
        return self._state.tenants()

    def entries(self, kind: str) -> list[Ending]:
        """Return every entry of a kind that is kept whole, oldest first; KeyError for another."""
        self.refresh()
        return self._state.entries(kind)

    def heads(self, trail: str) -> list[tuple[int, bytes]]:
        """Return number and digest of every head that was anchored of a trail, oldest first."""
        self.refresh()
        with self._reading:
            newest, since = self._checkpoint.slices.get(trail), bytes(self._state.heads.get(trail, b""))
        with _reached():
            return list(HEAD.iter_unpack(self._archive.read(newest) + since))
