"""Make a tenant's export: find out for whom, write it into the audit, seal while reading, write down what was made.

Rules this module enforces:

* The audit says to whom an export goes before its first byte does, and the hash of its manifest after its last.
* A tenant has one export under way in a process, and a process a bounded number: a slow reader holds up itself.
* Nothing is kept: an export goes out as it is read, so there is nothing of it to destroy with the tenant.
"""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from datetime import UTC, datetime

from tenancy.compartment import Compartment
from tenancy.exports.archive import Archive
from tenancy.exports.contents import Source, entries
from tenancy.exports.places import Places
from tenancy.exports.recipients import NoRecipient, read_recipient, recipient_in
from tenancy.exports.sealing import sealed

Note = Callable[[str, str], Awaitable[None]]


async def export_of(compartment: Compartment, places: Places, given: str | None) -> AsyncGenerator[bytes, None]:
    """Yield the tenant's export, made out to the recipient `given`, else to the one among its settings."""

    async def note(action: str, resource: str) -> None:
        async with compartment.begin() as records:
            await records.audit.add(action, resource)

    source = Source(compartment.card(), compartment.snapshot, compartment.blobs)
    async with aclosing(exported(source, places, note, given)) as parts:
        async for part in parts:
            yield part


async def exported(source: Source, places: Places, note: Note, given: str | None = None) -> AsyncGenerator[bytes, None]:
    """Yield an export of what `source` reads; raises before the first part what stands against making it."""
    recipient = None if given is None else read_recipient(given)
    with places.taken(source.card.id):
        async with source.snapshot() as records:
            recipient = recipient or await recipient_in(records.settings)
        if recipient is None:
            raise NoRecipient("An administrator of the tenant gives it with PATCH /v1/settings, as export_recipient.")
        await note("export.begun", recipient)
        now = time.time()
        about = {"tenant": source.card.id, "made_at": datetime.fromtimestamp(now, UTC).isoformat()}
        archive = Archive({**about, "recipient": recipient}, now)
        async with aclosing(sealed(archive.write(entries(source)), recipient)) as parts:
            async for part in parts:
                yield part
        await note("export.finished", archive.digest)
