"""Read from PostgreSQL's own catalogue whether every wall around the tenants' rows stands.

The store refuses to start on any finding: a table without forced row security that is none of the registry's, a policy
that is not ours, a key that does not start with the tenant, a view (it would run with its owner's rights), a role that
owns the tables or may pass row security by.
"""

from typing import Final

import sqlalchemy as sa

from tenancy.stores import schema
from tenancy.stores.databases.migrate import VERSION_TABLES
from tenancy.stores.databases.store import Transaction

SHARED: Final = frozenset(schema.registry.tables) | frozenset(VERSION_TABLES.values())
"""Every table that spans tenants, in one place. None holds content."""

_POLICY: Final = "((tenant_id)::text = NULLIF(current_setting('bulkhead.tenant'::text, true), ''::text))"

_TABLES: Final = sa.text("""
SELECT c.relname AS name, c.relkind::text AS kind, c.relrowsecurity AND c.relforcerowsecurity AS forced
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1
""")
_POLICIES: Final = sa.text("""
SELECT tablename AS name, array_agg(format('%s %s %s %s %s', permissive, roles::text, cmd, qual, with_check)) AS found
FROM pg_policies WHERE schemaname = 'public' GROUP BY 1
""")
_KEYS: Final = sa.text("""
SELECT c.relname AS "table", k.relname AS key, a.attname AS first
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class k ON k.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
WHERE n.nspname = 'public' AND (i.indisunique OR i.indisprimary OR i.indisexclusion)
UNION ALL
SELECT c.relname, f.conname, CASE WHEN a.attname = b.attname THEN a.attname ELSE a.attname || ' to ' || b.attname END
FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1]
JOIN pg_attribute b ON b.attrelid = f.confrelid AND b.attnum = f.confkey[1]
WHERE n.nspname = 'public' AND f.contype = 'f' ORDER BY 1, 2
""")
_ROLE: Final = sa.text("""
SELECT current_user::text AS name, r.rolsuper OR r.rolbypassrls AS passes, EXISTS (
  SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND pg_has_role(c.relowner, 'MEMBER')
) AS owns
FROM pg_roles r WHERE r.rolname = current_user
""")


async def gaps(transaction: Transaction) -> list[str]:
    """Return every gap in the wall as a sentence's part; none when all of it stands for this connection's role."""
    return [
        *await _unwalled(transaction),
        *await _keys_without_tenant(transaction),
        *await _powers(transaction),
    ]


async def _unwalled(transaction: Transaction) -> list[str]:
    policies = {row.name: row.found for row in await transaction.execute(_POLICIES)}
    ours = [f"PERMISSIVE {{public}} ALL {_POLICY} {_POLICY}"]
    found = []
    for row in await transaction.execute(_TABLES):
        if row.kind not in {"r", "p"}:
            found.append(f"{row.name} is a view or a foreign table")
        elif row.name in SHARED:
            continue
        elif not row.forced:
            found.append(f"table {row.name} has no forced row security")
        elif policies.get(row.name) != ours:
            found.append(f"table {row.name} has other policies than ours")
    return found


async def _keys_without_tenant(transaction: Transaction) -> list[str]:
    return [
        f"key {row.key} of table {row.table} does not start with the tenant"
        for row in await transaction.execute(_KEYS)
        if row.table not in SHARED and row.first != "tenant_id"
    ]


async def _powers(transaction: Transaction) -> list[str]:
    role = (await transaction.execute(_ROLE)).one()
    found = []
    if role.passes:
        found.append(f"role {role.name} may pass row security by")
    if role.owns:
        found.append(f"role {role.name} owns tables")
    return found
