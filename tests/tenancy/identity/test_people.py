"""Who somebody is, and what somebody may do, follows from issuer and subject and from the tenant's own mapping."""

from typing import Final

import pytest

from tenancy.values.roles import Role
from tests.standins.issuer import Issuer, issuer, running_issuer
from tests.tenancy.building import House, Resident
from tests.tenancy.identity.agreed import agree, enter

pytestmark = pytest.mark.shows("identity.own-issuer")

__all__ = ["issuer"]

_GROUPS: Final[dict[str, tuple[object, set[Role]]]] = {
    "one as text": ("staff", {Role.USER}),
    "several": (["staff", "keepers"], {Role.USER, Role.POWER}),
    "names of roles": (["admin", "power", "operator", "user"], set()),
    "nothing": (None, set()),
    "numbers and lists": ([7, ["heads"], {"heads": True}, None], set()),
    "an object": ({"heads": True}, set()),
    "two in one text": ("staff heads", set()),
}


async def test_a_claims_values_give_the_roles_that_the_tenant_mapped_and_no_others(
    home: House, a: Resident, issuer: Issuer
) -> None:
    await agree(home, a, issuer, "org-a")
    for case, (groups, roles) in _GROUPS.items():
        token = issuer.token(org_id="org-a", groups=groups, roles=["admin"], scope="admin", role="operator")
        assert (await enter(home, token)).caller.roles == roles, case


async def test_L09_who_somebody_is_are_issuer_and_subject_and_never_an_address(
    home: House, a: Resident, issuer: Issuer
) -> None:
    await agree(home, a, issuer, "org-a")

    async def who(**claims: object) -> tuple[str, str]:
        caller = (await enter(home, issuer.signed({"org_id": "org-a", **claims}))).caller
        return caller.actor, caller.client

    ada = await who(sub="ada", email="ada@a.example")
    assert ada[0] == f"person:{issuer.url} ada"
    assert await who(sub="ada", email="new@a.example", name="Eve", jti="other") == ada
    eve = await who(sub="eve", email="ada@a.example")
    assert eve[0] != ada[0]
    assert eve[1] != ada[1]
    assert await who(sub="ADA") not in (ada, eve)
    with running_issuer() as second:
        await agree(home, a, second, "org-a")
        caller = (await enter(home, second.token(org_id="org-a", sub="ada", email="ada@a.example"))).caller
        assert (caller.actor == ada[0], caller.client == ada[1]) == (False, False)
