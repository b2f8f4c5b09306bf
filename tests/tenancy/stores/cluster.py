"""A PostgreSQL server of the tests' own, reached by a Unix socket, and databases in it."""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from tests.services import requires

OWNER = "bulkhead_owner"
_LONGEST_PLACE = 60  # a socket's path must be short


@dataclass(frozen=True, slots=True)
class Database:
    """One database with its URLs."""

    name: str
    socket: Path

    def url(self, user: str) -> str:
        return f"postgresql://{user}@/{self.name}?host={self.socket}"

    @property
    def owner(self) -> str:
        """The URL of the owner of its tables, who is no superuser."""
        return self.url(OWNER)

    @property
    def superuser(self) -> str:
        """The URL of somebody whom no row security binds."""
        return self.url("postgres")

    async def execute(self, *statements: sa.Executable | str, user: str = "postgres") -> list[tuple[object, ...]]:
        """Run statements in one transaction, as the superuser if nobody else is named; return the rows of the last."""
        address = self.url(user).replace("postgresql://", "postgresql+asyncpg://")
        engine = create_async_engine(address, poolclass=NullPool)
        found: list[tuple[object, ...]] = []
        try:
            async with engine.begin() as connection:
                for statement in statements:
                    made = sa.text(statement) if isinstance(statement, str) else statement
                    found = rows_of(await connection.execute(made))
        finally:
            await engine.dispose()
        return found


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server."""

    folder: Path

    def create(self) -> Database:
        """Create an empty database that the owner owns."""
        made = Database(f"test_{secrets.token_hex(6)}", self.folder)
        self.run(f"CREATE DATABASE {made.name} OWNER {OWNER}")
        return made

    def copy(self, template: Database) -> Database:
        """Create a database that holds what `template` holds; nobody may be connected to that one."""
        made = Database(f"test_{secrets.token_hex(6)}", self.folder)
        self.run(f"CREATE DATABASE {made.name} OWNER {OWNER} TEMPLATE {template.name}")
        return made

    def drop(self, database: Database) -> None:
        """Remove a database, whoever is connected to it."""
        self.run(f"DROP DATABASE {database.name} WITH (FORCE)")

    def run(self, statement: str) -> None:
        """Run a statement as the superuser, outside any test's database."""
        program = str(requires("initdb").resolve().with_name("psql"))
        command = [program, "--no-psqlrc", "--quiet", "--host", str(self.folder), "--username", "postgres", "--command"]
        subprocess.run([*command, statement], check=True)

    def dump(self, database: Database) -> bytes:
        """Return what a backup of the database holds, superuser's view."""
        program = requires("initdb").resolve().with_name("pg_dump")
        command = [str(program), "--host", str(self.folder), "--username", "postgres", database.name]
        return subprocess.run(command, check=True, capture_output=True).stdout

    def stop(self) -> None:
        """Stop the server and wait until it has."""
        _run([str(requires("pg_ctl")), "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop"])

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = (
            f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off -c max_connections=60"
        )
        log = str(self.folder / "log")
        _run([str(requires("pg_ctl")), "-D", str(self.folder / "data"), "-l", log, "-o", options, "-w", "start"])


def rows_of(result: sa.CursorResult[*tuple[Any, ...]]) -> list[tuple[object, ...]]:
    """Return a statement's rows; none where it gives none."""
    return [tuple(row) for row in result] if result.returns_rows else []


def _run(command: Sequence[str]) -> None:
    """Run one of PostgreSQL's programs; they refuse root, so root runs them as the package's own user."""
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*as_user, *command], check=True, stdout=subprocess.DEVNULL, cwd="/")


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Run a server that trusts its socket, in a folder of its own."""
    initdb = requires("initdb")
    place = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="bulkhead-pg-", dir=place if len(place) <= _LONGEST_PLACE else "/tmp"))  # noqa: S108 - it has a name of its own
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        _run([str(initdb), "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8"])
        running = Cluster(folder)
        try:
            running.start()
            running.run(f"CREATE ROLE {OWNER} LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS")
            yield running
        finally:
            if (folder / "data" / "postmaster.pid").exists():  # also where starting it was interrupted
                running.stop()
    finally:
        shutil.rmtree(folder)
