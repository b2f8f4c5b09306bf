"""A rotation knows every column that is sealed under the data key."""

import sqlalchemy as sa

from tenancy.ids import TenantId
from tenancy.keys.tenant_keys import Family, Purpose, TenantKeys
from tenancy.rotation.sealed import NOT_DATA, SEALED, beginning
from tenancy.stores import schema


def test_L41_every_column_of_bytes_is_sealed_anew_or_named_as_no_sealed_data() -> None:
    """A column added later that is in neither list would be lost with the old key: it fails here first."""
    ours = {f"{each.table.name}.{each.column}" for each in SEALED}
    of_bytes = {
        f"{table.name}.{column.name}"
        for table in schema.tenant.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.LargeBinary)
    }
    assert ours | NOT_DATA == of_bytes
    assert not ours & NOT_DATA
    assert len(SEALED) == len(ours)


def test_what_a_sealed_value_is_told_by_is_what_sealing_writes() -> None:
    for version in (1, 2, 70_000):
        keys = TenantKeys(
            TenantId("ten_1"), {(family, version): bytes(32) for family in Family}, dict.fromkeys(Family, version)
        )
        assert keys.seal(Purpose.RECORDS, "t", "r", "c", b"").startswith(beginning(version))
