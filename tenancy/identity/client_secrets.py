"""Until when a client's secrets work, as the ledger beside the keys has it.

Rules this module enforces:

* At most two secrets of a client work: the newest, and for a while the one before. Another rotation ends the older.
* A secret works where the client's row and the newest entry of the ledger both say so. So no row put into the database
  prolongs one, and no backup put back brings one back that has ended or ends one that has not.
* A rotation keeps no secret longer than the ledger had it, and none that it had as ended.
"""

import asyncio
import math
from functools import partial
from typing import TYPE_CHECKING, Final

from tenancy.crypto.revocation_log import Ending
from tenancy.ids import TenantId
from tenancy.stores.clients import NewClient
from tenancy.stores.records import Records

if TYPE_CHECKING:
    from tenancy.foundation import Foundation

LONGEST_OVERLAP: Final = 7 * 24 * 3600
"""For how many seconds a secret may work beside the one that replaces it."""


def ends_at(last: Ending | None, digest: str) -> float:
    """Return until when (epoch seconds) the secret of that digest works, by the client's last rotation if it had one.

    Infinity for one without an end, 0 for one that has ended.
    """
    if last is None or last.data["digest"] == digest:
        return math.inf
    return float(last.data["until"]) if last.data.get("earlier") == digest else 0.0


async def replace_secret(on: "Foundation", tenant: TenantId, records: Records, client: str, overlap: int) -> NewClient:
    """Give a client another secret; the one before, if it works, does so for `overlap` more seconds at most.

    Raises NotFound for an absent client and ClientRevoked for an ended one.
    """
    before, now = await records.clients.newest_digest(client), on.clock()
    until = min(now + overlap, ends_at(on.ledger.latest("secret", client), before))
    made = await records.clients.rotate(client, until if until > now else None)
    said, noted = client, {"digest": records.clients.secret_digest(client, made.secret)}
    if made.earlier_until is not None:
        said = f"{client}: overlap {round(until - now)} s"
        noted |= {"earlier": before, "until": repr(until)}
    await records.audit.add("client.rotated", said)
    # Before the commit, as long as no other rotation can come between: the ledger's last is the row's.
    await asyncio.to_thread(partial(on.ledger.append, "secret.rotated", client, tenant, **noted))
    return made
