"""Bring a database to the current schema with Alembic."""

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from tenancy.stores import schema

HEAD: Final = {"registry": "r0001", "tenant": "t0001"}
_FOLDER: Final = Path(__file__).parent / "migrations"


def upgrade(connection: sa.Connection, lineage: str) -> None:
    """Run what is missing of a lineage (`registry` or `tenant`); one query when nothing is."""
    metadata = schema.registry if lineage == "registry" else schema.tenant
    metadata.create_all(connection)
