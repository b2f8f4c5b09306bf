"""The columns of a version's tables as sealed blocks, for what is counted and added up.

A version without any has no table, or was published before columns were kept: it is asked as text.
"""

import asyncio
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Final, final

import numpy as np
import orjson
import sqlalchemy as sa
from numpy.typing import NDArray

from tenancy.ids import VersionId
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.sealing import SealBroken
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import columns
from tenancy.values.columns import ColumnKind, ColumnTable, TableColumn

_BLOCK_BYTES: Final = 1 << 20
_LENGTH_BYTES: Final = 8
_QUICK: Final = 1  # of zlib's levels
_WRONG_SIZE: Final = "The columns of a version have the wrong size."
_Array = NDArray[Any]


def pack_columns(tables: Sequence[ColumnTable]) -> bytes:
    """Return tables as bytes: the length of all, that of a description in JSON, the description, texts and arrays."""
    parts: list[bytes] = []
    described = [_described(table, parts) for table in tables]
    head = orjson.dumps(described)
    body = b"".join((len(head).to_bytes(_LENGTH_BYTES, "little"), head, *parts))
    return len(body).to_bytes(_LENGTH_BYTES, "little") + body


def _described(table: ColumnTable, parts: list[bytes]) -> dict[str, Any]:
    parts += (_bytes(table.starts, "<u4"), _bytes(table.ordinals, "<u4"))
    found = []
    for column in table.columns:
        texts = "\n".join(column.texts).encode()
        width = "<u1" if len(column.texts) <= 1 << 8 else "<u2" if len(column.texts) <= 1 << 16 else "<u4"
        parts += (texts, _bytes(column.codes, width), _bytes(column.figures, "<i8"), _bytes(column.unit_codes, "<u1"))
        found.append([
            column.name, column.kind, column.scale, column.units, len(texts), width, len(column.figures),
            len(column.unit_codes),
        ])  # fmt: skip
    return {"sheet": table.sheet, "caption": table.caption, "rows": len(table), "columns": found}


def _bytes(array: _Array, kind: str) -> bytes:
    return np.ascontiguousarray(array, kind).tobytes()


def unpack_columns(raw: bytes) -> tuple[ColumnTable, ...]:
    """Return what `pack_columns` took; SealBroken when the sizes do not add up."""
    if int.from_bytes(raw[:_LENGTH_BYTES], "little") != len(raw) - _LENGTH_BYTES:
        raise SealBroken(_WRONG_SIZE)
    reader = _Reader(raw)
    described = orjson.loads(reader.take(int.from_bytes(reader.take(_LENGTH_BYTES), "little")))
    tables = tuple(_table(reader, each) for each in described)
    if reader.at != len(raw):
        raise SealBroken(_WRONG_SIZE)
    return tables


@final
class _Reader:
    """Takes one part after another from packed columns."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self.at = _LENGTH_BYTES

    def take(self, length: int) -> bytes:
        part = self._raw[self.at : self.at + length]
        if len(part) != length:
            raise SealBroken(_WRONG_SIZE)
        self.at += length
        return part

    def array(self, kind: str, length: int) -> _Array:
        dtype = np.dtype(kind)
        return np.frombuffer(self.take(length * dtype.itemsize), dtype)


def _table(reader: _Reader, described: dict[str, Any]) -> ColumnTable:
    rows = described["rows"]
    starts, ordinals = reader.array("<u4", rows), reader.array("<u4", rows)
    found = tuple(_column(reader, rows, *fields) for fields in described["columns"])
    return ColumnTable(described["sheet"], described["caption"], found, starts, ordinals)


def _column(  # noqa: PLR0913, PLR0917 - the fields of a description, in their order
    reader: _Reader, rows: int, name: str, kind: str, scale: int, units: list[str], texts: int, width: str,
    figures: int, unit_codes: int,
) -> TableColumn:  # fmt: skip
    words = tuple(reader.take(texts).decode().split("\n"))
    codes = reader.array(width, rows).astype(np.uint32)
    numbers = reader.array("<i8", figures)
    return TableColumn(
        name, ColumnKind(kind), words, codes, numbers, scale, tuple(units), reader.array("<u1", unit_codes)
    )


def seal_columns(keys: TenantKeys, version: VersionId, tables: Sequence[ColumnTable]) -> tuple[bytes, ...]:
    """Seal a version's tables in blocks, none for no table. CPU only: call it in a thread."""
    if not tables:
        return ()
    raw = pack_columns(tables)
    return tuple(
        keys.seal(Purpose.RECORDS, "columns", f"{version}.{ordinal}", "body", zlib.compress(part, _QUICK))
        for ordinal, part in enumerate(_cut(raw))
    )


def open_columns(keys: TenantKeys, version: VersionId, blocks: Sequence[tuple[int, bytes]]) -> tuple[ColumnTable, ...]:
    """Return the tables that a version's blocks hold, each with its ordinal; SealBroken for any other blocks."""
    opened = (keys.open(Purpose.RECORDS, "columns", f"{version}.{ordinal}", "body", body) for ordinal, body in blocks)
    return unpack_columns(b"".join(map(zlib.decompress, opened)))


def _cut(raw: bytes) -> Iterator[bytes]:
    return (raw[start : start + _BLOCK_BYTES] for start in range(0, len(raw), _BLOCK_BYTES))


@final
class Columns:
    """The columns of the tables of the tenant whose transaction this is."""

    def __init__(self, db: Transaction, keys: TenantKeys) -> None:
        """Bind to an open transaction."""
        self._db = db
        self._keys = keys

    async def open(self, version: VersionId) -> tuple[ColumnTable, ...]:
        """Return a version's tables, none where none were kept; SealBroken where a block is missing or damaged."""
        mine = sa.and_(columns.c.tenant_id == self._keys.tenant, columns.c.version_id == version)
        query = sa.select(columns.c.ordinal, columns.c.body).where(mine).order_by(columns.c.ordinal)
        blocks = [(row.ordinal, row.body) for row in await self._db.execute(query)]
        return await asyncio.to_thread(open_columns, self._keys, version, blocks) if blocks else ()
