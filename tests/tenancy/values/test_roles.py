"""A role is one line, which says what it may do."""

from app.auth import ADMINISTRATOR, ANY_MEMBER, ASKER, AUDITOR, CHOOSER, KEEPER, LOOKER
from tenancy.values.roles import Right, Role, alternatives, roles_with


def test_a_role_is_its_name_and_has_its_rights() -> None:
    assert [Role(name).rights for name in ("user", "auditor")] == [frozenset({Right.ASK}), frozenset({Right.AUDIT})]
    assert Role.ADMIN.rights == frozenset(Right)
    assert [role for role in Role if role.governs] == [Role.ADMIN, Role.AUDITOR]
    assert all(role.rights for role in Role)


def test_every_permission_is_held_by_the_roles_with_its_right() -> None:
    assert ANY_MEMBER.roles == LOOKER.roles == frozenset(Role)
    held = {each: roles_with(each) for each in Right}
    assert [each.roles for each in (ASKER, KEEPER, CHOOSER, ADMINISTRATOR, AUDITOR)] == [
        held[Right.ASK],
        held[Right.KEEP_DOCUMENTS],
        held[Right.CHOOSE_PROFILE],
        held[Right.ADMINISTER],
        held[Right.AUDIT],
    ]


def test_roles_are_offered_in_their_order() -> None:
    assert alternatives(frozenset({Role.ADMIN, Role.POWER})) == "`power` or `admin`"
    assert alternatives(frozenset({Role.AUDITOR})) == "`auditor`"
