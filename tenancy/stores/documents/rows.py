"""What the rows of a document and its versions hold, sealed and opened."""

import json
from typing import Any, Final, final

import sqlalchemy as sa

from tenancy.ids import DocumentId, VersionId
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.stores.schema import documents, versions
from tenancy.stores.views import Document, DocumentStatus, LiveVersion, Outcome, Upload, outcome_of

_LIVE: Final = versions.alias("live")
Row = sa.Row[tuple[Any, ...]]


@final
class DocumentRows:
    """The rows of the tenant whose keys these are."""

    def __init__(self, keys: TenantKeys) -> None:
        """Seal and open with `keys`."""
        self._keys = keys

    def seal(self, version: VersionId, column: str, value: object) -> bytes:
        """Return a value as one column of one version keeps it."""
        return self._keys.seal(Purpose.RECORDS, "versions", version, column, json.dumps(value).encode())

    def _open(self, version: VersionId, column: str, sealed: bytes) -> dict[str, Any]:
        opened: dict[str, Any] = json.loads(self._keys.open(Purpose.RECORDS, "versions", version, column, sealed))
        return opened

    def upload(self, version: VersionId, sealed: bytes) -> Upload:
        """Open a version's column `body`."""
        return Upload(**self._open(version, "body", sealed))

    def outcome(self, version: VersionId, sealed: bytes | None) -> Outcome:
        """Open a version's column `outcome`; the empty one before there is any."""
        return Outcome() if sealed is None else outcome_of(self._open(version, "outcome", sealed))

    def content_mac(self, sha256: str) -> bytes:
        """Return what equal bytes of this tenant are found by."""
        return self._keys.mac(Purpose.CONTENT, "sha256", sha256)

    def external_mac(self, external_id: str | None) -> bytes | None:
        """Return what the caller's own id is found by; None for none."""
        return None if external_id is None else self._keys.mac(Purpose.CONTENT, "external", external_id)

    def select(self) -> sa.Select[tuple[Any, ...]]:
        """Return the query of whole documents, to which conditions may be added."""
        mine = documents.c.tenant_id == self._keys.tenant
        newest = sa.and_(versions.c.tenant_id == documents.c.tenant_id, versions.c.id == documents.c.latest_version)
        beside = sa.and_(
            _LIVE.c.tenant_id == documents.c.tenant_id,
            _LIVE.c.id == documents.c.live_version,
            _LIVE.c.id != documents.c.latest_version,
        )
        return (
            sa.select(
                documents, versions.c.body, versions.c.outcome,
                _LIVE.c.body.label("live_body"), _LIVE.c.outcome.label("live_outcome"),
            )
            .select_from(documents.join(versions, newest).outerjoin(_LIVE, beside))
            .where(mine)
        )  # fmt: skip

    def view(self, row: Row) -> Document:
        """Return the document that a row of `select` is."""
        version, document = VersionId(row.latest_version), DocumentId(row.id)
        live = None if row.live_version is None else VersionId(row.live_version)
        beside = None
        if live is not None and row.live_body is not None:
            upload, outcome = self.upload(live, row.live_body), self.outcome(live, row.live_outcome)
            beside = LiveVersion(document, live, upload, outcome)
        upload, outcome = self.upload(version, row.body), self.outcome(version, row.outcome)
        return Document(document, version, live, row.position, DocumentStatus(row.status), upload, outcome, beside)
