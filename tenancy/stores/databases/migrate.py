"""Bring a database to the current schema with Alembic.

There are two lineages, `registry` and `tenant`: a tenant's SQLite file has the second only, PostgreSQL both. Revisions
go forward only; the way back is a backup. A revision is handed its operations as an argument, never Alembic's
module-wide proxy: two files may migrate at once.

A new SQLite file is not taken through every revision: a process runs them once, in memory, and gives each new file what
came of it. A tenant's takes 2 processor milliseconds instead of 50.
"""

import sqlite3
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from tenancy.errors import ServiceError

if TYPE_CHECKING:
    from alembic.runtime.migration import RevisionStep
    from alembic.script import ScriptDirectory

HEAD: Final = {"registry": "r0008", "tenant": "t0016"}
VERSION_TABLES: Final = {lineage: f"alembic_{lineage}" for lineage in HEAD}
FOLDER: Final = Path(__file__).parent / "migrations"


class SchemaUnknown(ServiceError):
    """The database was last migrated by a version of this software that this one does not know."""

    status = 503
    code = "schema_unknown"
    title = "The records have a schema that this version does not know"


def pending(connection: sa.Connection, lineage: str) -> bool:
    """Tell whether a lineage is not at its newest revision: two small queries."""
    return _revision(connection, lineage) != HEAD[lineage]


def _revision(connection: sa.Connection, lineage: str) -> str | None:
    table = VERSION_TABLES[lineage]
    if not sa.inspect(connection).has_table(table):
        return None
    return connection.execute(sa.select(sa.column("version_num")).select_from(sa.table(table))).scalar_one_or_none()


def upgrade(connection: sa.Connection, lineage: str) -> None:
    """Run what is missing of a lineage inside the caller's transaction; SchemaUnknown for a revision not known here."""
    found = _revision(connection, lineage)
    if found == HEAD[lineage]:
        return
    if connection.dialect.name == "sqlite" and not sa.inspect(connection).get_table_names():
        for statement in _statements_of_new(lineage):
            connection.exec_driver_sql(statement)
        return
    _run_revisions(connection, lineage, found)


@cache
def _statements_of_new(lineage: str) -> tuple[str, ...]:
    """Return the statements that make a new SQLite file, its first rows included, as the revisions make it."""
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        _run_revisions(connection, lineage, None)
        dumped = tuple(_sqlite_of(connection).iterdump())
    engine.dispose()
    return dumped[1:-1]  # the transaction is the caller's


def _sqlite_of(connection: sa.Connection) -> sqlite3.Connection:
    """Return the driver's connection."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError("This is no SQLite database.")
    return driver


def _run_revisions(connection: sa.Connection, lineage: str, found: str | None) -> None:
    # Alembic takes a tenth of a second to import, and most openings find nothing to do.
    from alembic.operations import Operations  # noqa: PLC0415 - see above
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - see above

    script = _scripts(lineage)
    if found is not None and found not in {revision.revision for revision in script.walk_revisions()}:
        raise SchemaUnknown(
            f"The {lineage} records are at revision {found}, which this version does not know. Start the version that "
            "wrote them, or a newer one; nothing was changed."
        )

    def steps(revision: str | tuple[str, ...], _context: MigrationContext) -> "list[RevisionStep]":
        return script._upgrade_revs("head", revision)  # type: ignore[arg-type]  # noqa: SLF001 - what Alembic's own command calls

    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLES[lineage], "fn": steps})
    context.run_migrations(op=Operations(context))


def _scripts(lineage: str) -> "ScriptDirectory":
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see `upgrade`

    return ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER / "versions" / lineage)])
