"""Cursors of lists: a position that only the tenant's key can write, good for one list of that tenant."""

from typing import Final, final

from tenancy.errors import Invalid
from tenancy.keys.tenant_keys import Purpose, TenantKeys

_MAC_BYTES: Final = 16


class InvalidCursor(Invalid):
    """A cursor is malformed or was given to somebody else."""

    code = "invalid_cursor"


@final
class Cursors:
    """The cursors of one list; another tenant's, and another list's, are answered like made-up ones."""

    def __init__(self, keys: TenantKeys, name: str) -> None:
        """Bind to the tenant whose keys these are and to the list of that name."""
        self._keys = keys
        self._name = name

    def write(self, position: int) -> str:
        """Return the cursor that stands for a position."""
        raw = position.to_bytes(8, "big")
        return (raw + self._keys.mac(Purpose.CONTENT, "cursor", self._name, raw)[:_MAC_BYTES]).hex()

    def read(self, cursor: str) -> int:
        """Return the position that a cursor stands for; InvalidCursor if this list did not give it out."""
        try:
            raw = bytes.fromhex(cursor)
        except ValueError:
            raw = b""
        if len(raw) != 8 + _MAC_BYTES or raw != bytes.fromhex(self.write(int.from_bytes(raw[:8], "big"))):
            raise InvalidCursor("The cursor is not one that this list gave out.")
        return int.from_bytes(raw[:8], "big")
