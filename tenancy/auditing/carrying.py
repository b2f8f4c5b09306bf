"""Give a tenant its whole audit to carry away, with signed checkpoints that say how far it was found to be genuine.

Rules this module enforces:

* An entry goes out only when it is proven to follow the one before it under the retention key, and every head that is
  kept beside the keys lies on the way. Where that ends, so does the file: unsigned, and saying after which entry.
* What is signed names the tenant, the number of entries, their hash, and the head that the service's own check shows.
* No transaction outlives a part: a slow reader holds nothing open, and who was suspended meanwhile is given no more.
"""

import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

from tenancy.auditing.lines import begun, chained, line, opening
from tenancy.ids import TenantId
from tenancy.stores.audit import START, AuditEntry, AuditTrail, Head

EVERY: Final = 500
"""Entries between two checkpoints; so many are read at once."""
View = Callable[[AuditEntry], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose trail it is, how it is read and shown, the heads kept beside the keys, and what signs.

    The heads are older than whatever `reading` opens.
    """

    tenant: TenantId
    reading: Callable[[], AbstractAsyncContextManager[AuditTrail]]
    anchored: Sequence[Head]
    view: View
    sign: Callable[[Mapping[str, object]], str]


@dataclass(frozen=True, slots=True)
class _Place:
    """How far the file goes: the trail's head there, and the hash that its reader computes."""

    head: Head
    hashed: str


async def carried(origin: Origin, every: int = EVERY) -> AsyncGenerator[bytes, None]:
    """Yield the file, a checkpoint at the end of each part; what stands against it is raised before the first."""
    async with origin.reading() as trail:
        end = await trail.end()
    kept = {head.seq: head for head in origin.anchored}
    part = opening(origin.tenant)
    at = _Place(START, begun(part))
    while True:
        async with origin.reading() as trail:
            found = await trail.stretch(at.head, min(every, end.seq - at.head.seq))
        whole = found.whole and (len(found.entries) == min(every, end.seq - at.head.seq))
        for head, entry in found.entries:
            if kept.get(head.seq, head) != head:
                whole = False
                break
            at, told = _entry(origin, at, head, entry)
            part += told
        last = at.head.seq == end.seq
        if last:
            whole = whole and at.head == end and max(kept, default=0) <= end.seq
        yield part + (_signed(origin, at, last=last) if whole else line({"kind": "broken", "after": at.head.seq}))
        if last or not whole:
            return
        part = b""


def _entry(origin: Origin, at: _Place, head: Head, entry: AuditEntry) -> tuple[_Place, bytes]:
    shown = {"kind": "entry", "seq": head.seq, **origin.view(entry)}
    hashed = chained(at.hashed, shown)
    return _Place(head, hashed), line({**shown, "hash": hashed})


def _signed(origin: Origin, at: _Place, *, last: bool) -> bytes:
    stated = {
        "tenant": origin.tenant, "seq": at.head.seq, "hash": at.hashed, "head": at.head.digest.hex(),
        "at": time.time(), "last": last,
    }  # fmt: skip
    return line({"kind": "end" if last else "checkpoint", "jws": origin.sign(stated)})
