"""The roles that a tenant may give, and what each of them may do.

A new role is one line here. Whatever asks for a permission asks for a right, and whatever lists roles lists these.
"""

from collections.abc import Collection
from enum import Enum, StrEnum, auto
from typing import Self


class Right(Enum):
    """What a role may allow. Whoever has any role may read what concerns itself."""

    ASK = auto()
    """Put questions and searches to the tenant's documents."""
    ASK_AT_LENGTH = auto()
    """Put long questions."""
    KEEP_DOCUMENTS = auto()
    """Put documents in, look them up, read them, take them out."""
    CHOOSE_PROFILE = auto()
    """Choose a profile to be answered in: read and preview all of them."""
    ADMINISTER = auto()
    """Give and end access; decide how answers are phrased and which provider writes them."""
    AUDIT = auto()
    """Read who did what."""


class Role(StrEnum):
    """What a tenant may let one of its clients do."""

    USER = "user", Right.ASK
    POWER = "power", Right.ASK, Right.ASK_AT_LENGTH, Right.KEEP_DOCUMENTS, Right.CHOOSE_PROFILE
    ADMIN = "admin", *Right
    AUDITOR = "auditor", Right.AUDIT

    rights: frozenset[Right]

    def __new__(cls, name: str, *rights: Right) -> Self:
        """Make a role of its name and what it may do."""
        role = str.__new__(cls, name)
        role._value_ = name
        role.rights = frozenset(rights)
        return role

    @property
    def governs(self) -> bool:
        """Whether the role looks after the tenant, be it that it changes something or only watches."""
        return not self.rights.isdisjoint({Right.ADMINISTER, Right.AUDIT})


def roles_with(right: Right) -> frozenset[Role]:
    """Return every role that has a right."""
    return frozenset(role for role in Role if right in role.rights)


def alternatives(roles: Collection[Role]) -> str:
    """Return roles as a sentence offers them, in the order they are defined in: `power` or `admin`."""
    return " or ".join(f"`{role}`" for role in Role if role in roles)
