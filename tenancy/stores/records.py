"""One short transaction on one tenant's records, everything in it sealed on the way in and opened on the way out."""

from typing import final

from tenancy.anomalies.activity import Activity
from tenancy.anomalies.alerts import Alerts
from tenancy.auditing.interactions import Interactions
from tenancy.deployment.deletions import Deletions
from tenancy.keys.tenant_keys import TenantKeys
from tenancy.metering.usage import TenantUsage
from tenancy.scope import Caller
from tenancy.stores.audit import AuditTrail
from tenancy.stores.chunks import Chunks
from tenancy.stores.clients import Clients
from tenancy.stores.columns import Columns
from tenancy.stores.databases.store import Transaction
from tenancy.stores.documents import Documents
from tenancy.stores.documents.blocks import Blocks
from tenancy.stores.documents.parts import ChunkParts
from tenancy.stores.documents.published import PublishedVersions
from tenancy.stores.jobs import Jobs
from tenancy.stores.profiles import Profiles
from tenancy.stores.replays import Replays
from tenancy.stores.settings import TenantSettings


@final
class Records:
    """What `compartment.begin()` and `compartment.snapshot()` give: the tenant's tables and nobody else's."""

    __slots__ = (
        "activity", "alerts", "audit", "blocks", "chunks", "clients", "columns", "documents", "interactions", "jobs",
        "parts", "profiles", "published", "replays", "settings", "usage",
    )  # fmt: skip

    def __init__(self, db: Transaction, keys: TenantKeys, caller: Caller, deletions: Deletions | None = None) -> None:
        """Bind every table to the open transaction and to the tenant whose keys these are.

        Without the place where `deletions` are noted no document can be deleted.
        """
        self.activity = Activity(db, keys)
        self.alerts = Alerts(db, keys)
        self.documents = Documents(db, keys, deletions)
        self.blocks = Blocks(db, keys)
        self.chunks = Chunks(db, keys)
        self.clients = Clients(db, keys)
        self.columns = Columns(db, keys)
        self.jobs = Jobs(db, keys)
        self.audit = AuditTrail(db, keys, caller)
        self.interactions = Interactions(db, keys)
        self.parts = ChunkParts(db, keys)
        self.profiles = Profiles(db, keys, caller)
        self.published = PublishedVersions(db, keys)
        self.replays = Replays(db, keys)
        self.settings = TenantSettings(db, keys)
        self.usage = TenantUsage(db, keys)
