"""What PostgreSQL adds to a table: forced row security for a tenant's, bare grants for the registry's."""

from typing import Final

from alembic.operations import Operations

APP_ROLE: Final = "bulkhead_app"
POLICY: Final = "tenant_id = NULLIF(current_setting('bulkhead.tenant', true), '')"

_CREATE_ROLE: Final = f"""
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP_ROLE}') THEN
    CREATE ROLE {APP_ROLE} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL; -- another database of this server made it at the same moment
END $$
"""


def is_postgresql(op: Operations) -> bool:
    """Tell whether this database has roles and row security."""
    return op.get_bind().dialect.name == "postgresql"


def create_role(op: Operations) -> None:
    """Make the role that all data access runs under, unless the administrator has made it already."""
    if is_postgresql(op):
        op.execute(_CREATE_ROLE)
        op.execute(f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}")


def share(op: Operations, *tables: str, rights: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    """Let the application role use registry tables."""
    if is_postgresql(op):
        for table in tables:
            op.execute(f"GRANT {rights} ON {table} TO {APP_ROLE}")


def enclose(op: Operations, *tables: str, rights: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    """Show and take only the rows of the transaction's tenant, for the owner of the tables as well."""
    if is_postgresql(op):
        for table in tables:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY own_tenant ON {table} USING ({POLICY}) WITH CHECK ({POLICY})")
            op.execute(f"GRANT {rights} ON {table} TO {APP_ROLE}")
