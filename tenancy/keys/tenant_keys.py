"""One tenant's opened keys, derived by purpose.

Rules this module enforces:

* A purpose has its own key, derived by HKDF from the key of its family; no key serves two purposes.
* Families: `data` is versioned and rotates; `match` stays for the tenant's life, because equal values must keep
  matching; `retention` outlives the tenant, because the law's records do.
* A version that was destroyed or never existed opens nothing.
"""

import hmac
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, final

from tenancy.ids import TenantId
from tenancy.sealing import Place, PurposeKey, SealBroken, seal, sealed_version, unseal
from tenancy.stream_sealing import StreamOpener, StreamSealer, stream_version


class Family(StrEnum):
    """The three independent keys of a tenant."""

    DATA = "data"
    MATCH = "match"
    RETENTION = "retention"


class Purpose(StrEnum):
    """What a derived key may be used for."""

    RECORDS = "records"
    BLOBS = "blobs"
    GRANTS = "grants"
    JOBS = "jobs"
    CONTENT = "content"
    TERMS = "terms"
    FILTERS = "filters"
    ROTATION = "rotation"
    AUDIT = "audit"
    CHAIN = "chain"
    LOGS = "logs"


_PURPOSES: Final = {
    Family.DATA: {Purpose.RECORDS, Purpose.BLOBS, Purpose.JOBS},
    Family.MATCH: {Purpose.GRANTS, Purpose.CONTENT, Purpose.TERMS, Purpose.FILTERS, Purpose.ROTATION},
    Family.RETENTION: {Purpose.AUDIT, Purpose.CHAIN, Purpose.LOGS},
}
_FAMILY: Final = {purpose: family for family, purposes in _PURPOSES.items() for purpose in purposes}


@final
class TenantKeys:
    """The keys of one tenant while its lease lasts."""

    __slots__ = ("_active", "_derived", "_matching", "_roots", "tenant")

    def __init__(
        self, tenant: TenantId, roots: Mapping[tuple[Family, int], bytes], active: Mapping[Family, int]
    ) -> None:
        """Take the opened family keys by version and, for each family, the version that seals."""
        self.tenant = tenant
        self._roots = dict(roots)
        self._active = dict(active)
        self._derived: dict[tuple[Purpose, int], PurposeKey] = {}
        self._matching: dict[Purpose, bytes] = {}

    def __repr__(self) -> str:
        """Show nothing."""
        return "TenantKeys(…)"

    def __reduce__(self) -> str:
        """Refuse to leave the process."""
        raise TypeError("keys cannot be pickled or copied")

    def _key(self, purpose: Purpose, version: int | None = None) -> PurposeKey:
        family = _FAMILY[purpose]
        number = self._active[family] if version is None else version
        key = self._derived.get((purpose, number))
        if key is None:
            root = self._roots.get((family, number))
            if root is None:
                raise SealBroken("A stored value names a key version that no longer exists.")
            info = f"bulkhead {family} {purpose}".encode()
            key = PurposeKey(PurposeKey(root, number).derive(self.tenant.encode(), info, 32), number)
            self._derived[purpose, number] = key
        return key

    def sealing(self, family: Family) -> int:
        """Return the version of a family's key that seals."""
        return self._active[family]

    def seal(self, purpose: Purpose, table: str, row: str, column: str, plaintext: bytes) -> bytes:
        """Seal for one place of this tenant under the active version."""
        return seal(self._key(purpose), Place(self.tenant, table, row, column), plaintext)

    def open(self, purpose: Purpose, table: str, row: str, column: str, sealed: bytes) -> bytes:
        """Open what was sealed for exactly this place, under the version it names; else SealBroken."""
        key = self._key(purpose, sealed_version(sealed))
        return unseal(key, Place(self.tenant, table, row, column), sealed)

    def stream_sealer(self, blob: str) -> StreamSealer:
        """Begin a sealed stream for the blob of that name."""
        return StreamSealer(self._key(Purpose.BLOBS), Place(self.tenant, "blobs", blob, "content"))

    def stream_opener(self, blob: str, header: bytes) -> StreamOpener:
        """Begin to open the sealed stream of that name."""
        key = self._key(Purpose.BLOBS, stream_version(header))
        return StreamOpener(key, Place(self.tenant, "blobs", blob, "content"), header)

    def mac(self, purpose: Purpose, *fields: bytes | str) -> bytes:
        """Return a 32-byte MAC under a purpose whose family does not rotate."""
        return self._key(purpose).mac(self.tenant, *fields)

    def genuine(self, mac: bytes, purpose: Purpose, *fields: bytes | str) -> bool:
        """Tell, in constant time, whether `mac` is this tenant's over `fields`."""
        return hmac.compare_digest(mac, self.mac(purpose, *fields))

    def matching(self, purpose: Purpose) -> bytes:
        """Return the 32-byte key that turns equal values into equal opaque tokens."""
        key = self._matching.get(purpose)
        if key is None:
            key = self._matching[purpose] = self._key(purpose).mac("matching", purpose)
        return key
