"""A tenant's documents and their versions, as sealed rows."""

from tenancy.stores.documents.counters import Stored
from tenancy.stores.documents.listing import Criteria
from tenancy.stores.documents.store import Documents, DuplicateContent, ExternalIdTaken, deletion_mac

__all__ = ["Criteria", "Documents", "DuplicateContent", "ExternalIdTaken", "Stored", "deletion_mac"]
