"""What every compartment of a process stands on, built once by `app/` and handed to the mint."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tenancy.anomalies.post import Post
from tenancy.anomalies.tally import Tally
from tenancy.auditing.accesses import Accesses
from tenancy.auditing.operations import Operations
from tenancy.crypto.revocation_log import RevocationLog
from tenancy.deployment.anchors import Anchors
from tenancy.deployment.deletions import Deletions
from tenancy.exports.places import Places
from tenancy.identity.issuer_keys import IssuerKeys
from tenancy.index.pool import AwakePool
from tenancy.index.strays import Strays, no_strays
from tenancy.keys.keyring import Keyring
from tenancy.keys.local import LocalKeys
from tenancy.limits.brake import Brakes
from tenancy.limits.counters import Counters, in_memory
from tenancy.metering.catalogue import Catalogue
from tenancy.metering.tariff import Tariff
from tenancy.metering.together import Together
from tenancy.models.chats import ChatPool
from tenancy.models.encoders.catalogue import Encoders
from tenancy.models.offers.offers import Offers
from tenancy.models.sharing.turns import EmbeddingTurns
from tenancy.queue.lanes import Lanes
from tenancy.queue.notices import Notices
from tenancy.stores.blobs import BlobFolder
from tenancy.stores.databases.store import Store
from tenancy.tokens import TokenSigner
from tenancy.tripwires.watch import Tripwires


@dataclass(frozen=True, slots=True)
class Foundation:
    """Stores, keys and models of a deployment; from above this package only a compartment reaches them."""

    store: Store
    provider: LocalKeys
    keyring: Keyring
    ledger: RevocationLog
    anchors: Anchors
    operations: Operations
    deletions: Deletions
    tenant_tokens: TokenSigner
    operator_tokens: TokenSigner
    blobs: BlobFolder
    pool: AwakePool
    embedders: Encoders
    chats: ChatPool
    offers: Offers
    issuers: IssuerKeys
    post: Post
    lanes: Lanes
    tripwires: Tripwires
    embedding: EmbeddingTurns = field(default_factory=EmbeddingTurns)
    accesses: Accesses = field(default_factory=Accesses)
    tally: Tally = field(default_factory=Tally)
    brakes: Brakes = field(default_factory=Brakes)
    counters: Counters = field(default_factory=in_memory)
    notices: Notices = field(default_factory=Notices)
    exports: Places = field(default_factory=Places)
    strays: Sequence[Strays] = field(default_factory=no_strays)
    together: Together = field(default_factory=Together)
    prices: Catalogue = field(default_factory=Catalogue.load)
    tariff: Tariff = field(default_factory=Tariff.load)
    clock: Callable[[], float] = time.time
    """Epoch seconds, by which a client and its secrets end."""
