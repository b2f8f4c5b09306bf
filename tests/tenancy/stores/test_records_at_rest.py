"""What lies in the database's own bytes and in its backups: no text, no name, no vector of any tenant's."""

import base64
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from tenancy.ids import ClientId, new_id
from tenancy.stores import schema
from tenancy.stores.views import DocumentStatus, Failure, Outcome
from tenancy.values.roles import Role
from tests.tenancy.stores.cluster import Cluster, Database
from tests.tenancy.stores.rooms import CALLER, Room

_WORDS = ("Marzipan-Kolibri", "Quittung-Zebra.txt", "Wacholder-Umlaut-ä", "provider-key-of-alder", "Nimbus-Crawler")
_HEADER = b"position"
"""A word of the schema, in the clear in every kind of store: proof that the bytes looked at are the right ones."""


async def _fill(room: Room) -> list[bytes]:
    """Give the tenant one thing of each kind; return every form in which it must not rest."""
    text, name, meta, key, client = _WORDS
    document = await room.add(name, metadata={"note": meta}, external_id=f"{name}-external")
    await room.publish(document, (text, f"{text} again"))
    failed = await room.add(f"second {name}")
    async with room.begin() as records:
        why = Failure("parse", "broken", f"{meta} is broken", retryable=False)
        await records.documents.finish(failed.id, failed.version, Outcome(failure=why), DocumentStatus.FAILED)
        await records.jobs.add(document, CALLER)
        await records.clients.add(ClientId(new_id("cli")), client, frozenset({Role.USER}), f"{client} purpose")
        await records.settings.put("provider", {"provider_key": key})
        await records.profiles.put("default", {"system": meta})
        await records.profiles.put(client.lower(), {"system": meta})
        await records.replays.begin("cli_1", "k", "r")
        await records.replays.keep("cli_1", "k", {"answer": text})
        await records.audit.add("document.deleted", name)
    vectors = np.random.default_rng(5).normal(size=(3, 8)).astype(np.float32)  # as Room.sealed draws them
    forms = [vectors[0].tobytes()[:16], vectors[0].astype(np.float16).tobytes()[:12]]
    for word in (*_WORDS, client.lower()):
        plain = word.encode()
        wide = [word.encode(coding) for coding in ("utf-16-le", "utf-16-be")]
        forms += [plain, *wide, base64.b64encode(plain)[:-4], plain.hex().encode()]
    return [*forms, document.upload.sha256.encode(), bytes.fromhex(document.upload.sha256)]


def _found(held: bytes, forms: list[bytes]) -> list[bytes]:
    """Return the forms that occur, as they are or as a dump writes binary columns."""
    lowered = held.lower()
    return [form for form in forms if form in held or form.hex().encode() in lowered]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=False)
async def test_L40_no_text_name_or_vector_is_in_the_bytes_of_sqlite_files(a: Room, folder: Path) -> None:
    forms = await _fill(a)
    held = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert _HEADER in held
    assert _found(held, forms) == []
    assert _found(held + forms[0] + forms[3], forms) == [forms[0], forms[3]]  # the search itself finds


@pytest.mark.shows("postgres.dump")
@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=False)
async def test_L40_no_text_name_or_vector_is_in_a_dump_of_postgresql(
    a: Room, postgres: Cluster, database: Database
) -> None:
    forms = await _fill(a)
    held = postgres.dump(database)
    assert a.tenant.encode() in held
    assert _found(held, forms) == []
    assert _found(held + forms[0].hex().encode(), forms) == [forms[0]]


async def test_L40_equal_content_of_two_tenants_has_no_equal_bytes(a: Room, b: Room) -> None:
    for room in (a, b):
        document = await room.add("same.txt", sha256="ab" * 32, external_id="same")
        await room.publish(document)
    for table in schema.tenant.sorted_tables:
        for column in table.c:
            if isinstance(column.type, sa.LargeBinary):
                mine, theirs = [await _values(room, table, column) for room in (a, b)]
                assert mine.isdisjoint(theirs), (table.name, column.name)


async def _values(room: Room, table: sa.Table, column: sa.Column[bytes]) -> set[object]:
    rows = await room.tamper(sa.select(column).where(table.c.tenant_id == room.tenant))
    return {value for (value,) in rows if value}
