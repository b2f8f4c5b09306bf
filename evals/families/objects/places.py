"""Where services have let a caller name a tenant, read from their code and their advisories."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a request: header, query, cookie, body or path, and its name there."""

    kind: str
    name: str

    @property
    def label(self) -> str:
        """As coverage names it: `header:X-Tenant-Id`."""
        return f"{self.kind}:{self.name}"


def _all(kind: str, *names: str) -> tuple[Place, ...]:
    return tuple(Place(kind, name) for name in names)


COMMON: Final = (
    *_all("header", "X-Tenant-Id", "X-Tenant"),
    *_all("query", "tenant_id", "tenant"),
    *_all("cookie", "tenant_id", "tenant"),
    *_all("body", "tenant_id", "tenant"),
    *_all("path", "/{tenant}"),
)
"""The places tried even when there is little time."""

PLACES: Final = (
    *COMMON,
    *_all("header", "X-Org-Id", "X-Organization-Id", "X-Workspace-Id", "X-Namespace", "X-Collection", "X-Account-Id"),
    *_all("header", "X-User-Id", "X-Forwarded-User", "X-Original-User", "X-Impersonate", "X-Scope-OrgID", "Tenant"),
    *_all("query", "org_id", "workspace", "workspace_id", "namespace", "collection", "user_id", "owner"),
    *_all("cookie", "org_id", "workspace", "namespace"),
    *_all("body", "org_id", "workspace_id", "namespace", "collection", "user_id", "owner"),
    *_all("body", "filter.tenant_id", "filter.tenant", "filter.collection", "metadata.tenant_id"),
    *_all("path", "/tenants/{tenant}", "/v1/tenants/{tenant}", "/api/{tenant}"),
)
