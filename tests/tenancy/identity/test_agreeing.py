"""An issuer is in force exactly if its tenant has proposed it and the operator has named the same one."""

import shutil

import pytest
import sqlalchemy as sa

from tenancy.identity.agreeing import IssuerNotProposed, IssuerTaken, standing_of
from tenancy.identity.binding import SETTINGS, Binding, OwnIssuer, RoleMapping
from tenancy.models.egress import AddressRefused
from tenancy.stores.audit import AuditEntry
from tenancy.stores.schema import lookups, settings
from tenancy.stores.views import DocumentStatus
from tenancy.tokens import TokenRefused
from tenancy.values.roles import Role
from tests.standins.issuer import Issuer, issuer
from tests.tenancy.building import House, Resident, house, upload
from tests.tenancy.identity.agreed import agree, confirm, enter, other, propose, wished

pytestmark = pytest.mark.shows("identity.own-issuer")

__all__ = ["issuer"]


async def _audit(home: House, one: Resident) -> list[AuditEntry]:
    async with (await home.enter(one)).snapshot() as records:
        return (await records.audit.page(20))[0]


async def test_an_issuer_that_both_have_named_lets_its_people_in(home: House, a: Resident, issuer: Issuer) -> None:
    await agree(home, a, issuer, "org-a")
    opened = await enter(home, issuer.token(org_id="org-a", groups=["staff", "unknown"]))
    assert opened.card().id == a.id
    assert opened.caller.roles == {Role.USER}
    entries = [(entry.action, entry.actor, entry.purpose) for entry in await _audit(home, a)]
    assert entries[:2] == [
        ("issuer.confirmed", "operator:test-operator", "a test"),
        ("issuer.proposed", f"client:{a.client}", "administration"),
    ]


@pytest.mark.shows("identity.issuer-approval")
async def test_an_issuer_that_is_only_proposed_opens_nothing_and_is_asked_nothing(
    home: House, a: Resident, issuer: Issuer
) -> None:
    assert await propose(home, a, wished(issuer, "org-a")) == "proposed"
    with pytest.raises(TokenRefused):
        await enter(home, issuer.token(org_id="org-a", groups=["heads"]))
    assert issuer.asked == []


async def test_an_operator_alone_brings_nothing_into_force(home: House, a: Resident, issuer: Issuer) -> None:
    with pytest.raises(IssuerNotProposed):
        await confirm(home, a, wished(issuer, "org-a").binding)
    with pytest.raises(TokenRefused):
        await enter(home, issuer.token(org_id="org-a"))


@pytest.mark.parametrize(
    "changed", [{"issuer": "https://x.example"}, {"audience": "x"}, {"claim": "org"}, {"value": "org-b"}]
)
async def test_an_operator_who_names_another_binding_confirms_nothing(
    home: House, a: Resident, issuer: Issuer, changed: dict[str, str]
) -> None:
    own = wished(issuer, "org-a")
    await propose(home, a, own)
    with pytest.raises(IssuerNotProposed) as refused:
        await confirm(home, a, other(own.binding, **changed))
    assert issuer.url not in refused.value.detail
    with pytest.raises(TokenRefused):
        await enter(home, issuer.token(org_id="org-a"))


async def test_another_proposal_ends_the_one_before_at_once_and_the_first_needs_confirming_again(
    home: House, a: Resident, issuer: Issuer
) -> None:
    own = await agree(home, a, issuer, "org-a")
    token = issuer.token(org_id="org-a", groups=["staff"])
    assert (await enter(home, token)).card().id == a.id
    assert await propose(home, a, wished(issuer, "org-z")) == "proposed"
    for each in (token, issuer.token(org_id="org-z", groups=["staff"])):
        with pytest.raises(TokenRefused):
            await enter(home, each)
    assert await propose(home, a, own) == "proposed"
    with pytest.raises(TokenRefused):
        await enter(home, token)
    assert await confirm(home, a, own.binding) == "confirmed"
    assert (await enter(home, token)).card().id == a.id


async def test_roles_change_without_the_operator_and_from_the_next_request_on(
    home: House, a: Resident, issuer: Issuer
) -> None:
    await agree(home, a, issuer, "org-a")
    token = issuer.token(org_id="org-a", groups=["staff"])
    roles = {"staff": frozenset({Role.AUDITOR})}
    assert await propose(home, a, wished(issuer, "org-a", roles)) == "confirmed"
    assert (await enter(home, token)).caller.roles == {Role.AUDITOR}
    assert (await _audit(home, a))[0].action == "issuer.mapped"


async def test_two_tenants_cannot_hold_the_same_organisation_and_who_proposes_learns_nothing(
    home: House, a: Resident, b: Resident, issuer: Issuer
) -> None:
    own = await agree(home, a, issuer, "org-a")
    assert await propose(home, b, own) == await propose(home, b, wished(issuer, "nobody's")) == "proposed"
    await propose(home, b, own)
    with pytest.raises(IssuerTaken):
        await confirm(home, b, own.binding)
    token = issuer.token(org_id="org-a", groups=["staff"])
    assert (await enter(home, token)).card().id == a.id
    await (await home.enter(a)).issuer.withdraw()
    assert await confirm(home, b, own.binding) == "confirmed"
    assert (await enter(home, token)).card().id == b.id


async def test_an_ended_tenants_left_look_up_does_not_hold_its_organisation(
    home: House, a: Resident, b: Resident, issuer: Issuer
) -> None:
    own = await agree(home, a, issuer, "org-a")
    home.foundation.ledger.append("issuer.ended", a.id, a.id)  # and the process died before the look-up went
    await propose(home, b, own)
    assert await confirm(home, b, own.binding) == "confirmed"
    assert (await enter(home, issuer.token(org_id="org-a"))).card().id == b.id


@pytest.mark.parametrize("by", ["tenant", "operator"])
async def test_L07_an_issuer_that_either_ends_is_refused_on_the_next_request_and_its_peoples_jobs_do_not_run(
    home: House, a: Resident, issuer: Issuer, by: str
) -> None:
    await agree(home, a, issuer, "org-a")
    token = issuer.token(org_id="org-a", groups=["keepers"])
    document = await upload(await enter(home, token), "a.txt", "text")
    if by == "tenant":
        await (await home.enter(a)).issuer.withdraw()
    else:
        assert (await (await home.custody(a.id)).end_issuer()).state == "ended"
    with pytest.raises(TokenRefused):
        await enter(home, token)
    assert await home.drain() == 0
    async with (await home.enter(a)).snapshot() as records:
        found = await records.documents.get(document.id)
    assert found.status is DocumentStatus.FAILED
    assert (await _audit(home, a))[0].action == "issuer.ended"


async def test_a_job_of_a_person_whose_issuer_stands_runs(home: House, a: Resident, issuer: Issuer) -> None:
    await agree(home, a, issuer, "org-a")
    await upload(await enter(home, issuer.token(org_id="org-a", groups=["keepers"])), "a.txt", "text")
    assert await home.drain() == 1
    assert f"person:{issuer.url} ada through" in (await _audit(home, a))[0].actor


async def test_ending_what_was_not_there_ends_nothing(home: House, a: Resident) -> None:
    await (await home.enter(a)).issuer.withdraw()
    assert standing_of(home.foundation.ledger, a.id).state == "none"
    assert (await (await home.custody(a.id)).end_issuer()).state == "none"


@pytest.mark.parametrize("address", ["https://10.0.0.1", "http://issuer.example", "https://169.254.169.254", "x"])
async def test_L50_an_issuer_that_lies_inside_is_not_even_proposed(home: House, a: Resident, address: str) -> None:
    compartment = await home.enter(a)
    with pytest.raises(AddressRefused):
        await compartment.issuer.propose(OwnIssuer(Binding(address, "a", "org_id", "org-a"), RoleMapping()))
    async with compartment.snapshot() as records:
        assert await records.settings.get(SETTINGS) == {}


@pytest.mark.shows("identity.issuer-approval")
async def test_L47_rows_put_into_the_database_by_hand_bring_no_issuer_into_force(
    home: House, a: Resident, issuer: Issuer
) -> None:
    own = wished(issuer, "org-a")
    token = issuer.token(org_id="org-a", groups=["heads"])
    await home.execute(None, lookups.insert().values(key=own.binding.lookup(), tenant_id=a.id))
    with pytest.raises(TokenRefused):
        await enter(home, token)
    await propose(home, a, own)
    await home.execute(None, lookups.insert().values(key=own.binding.lookup(), tenant_id=a.id))
    with pytest.raises(TokenRefused):
        await enter(home, token)
    assert issuer.asked == []


async def test_L47_a_look_up_led_to_another_tenant_opens_neither(
    home: House, a: Resident, b: Resident, issuer: Issuer
) -> None:
    own = await agree(home, a, issuer, "org-a")
    await agree(home, b, issuer, "org-b")
    await home.execute(None, sa.update(lookups).where(lookups.c.key == own.binding.lookup()).values(tenant_id=b.id))
    with pytest.raises(TokenRefused):
        await enter(home, issuer.token(org_id="org-a", groups=["heads"]))


async def test_L47_an_earlier_binding_or_mapping_put_back_is_not_in_force(
    home: House, a: Resident, issuer: Issuer
) -> None:
    await agree(home, a, issuer, "org-a")
    token = issuer.token(org_id="org-a", groups=["staff"])
    mine = sa.and_(settings.c.tenant_id == a.id, settings.c.name == SETTINGS)
    async with home.foundation.store.tenant(a.id, writes=False) as db:
        before = (await db.execute(sa.select(settings.c.body).where(mine))).scalar_one()
    await propose(home, a, wished(issuer, "org-a", {"staff": frozenset()}))
    assert (await enter(home, token)).caller.roles == frozenset()
    await home.execute(a.id, sa.update(settings).where(mine).values(body=before))
    with pytest.raises(TokenRefused):
        await enter(home, token)


@pytest.mark.shows("identity.issuer-approval")
async def test_L46_an_issuer_that_was_ended_stays_ended_when_a_backup_is_put_back(
    home: House, a: Resident, issuer: Issuer
) -> None:
    own = await agree(home, a, issuer, "org-a")
    token = issuer.token(org_id="org-a", groups=["staff"])
    assert (await enter(home, token)).card().id == a.id
    await home.foundation.store.close()
    backup = home.data.with_name("backup")
    shutil.copytree(home.data, backup)
    await (await home.enter(a)).issuer.withdraw()
    await home.foundation.store.close()
    shutil.rmtree(home.data)
    backup.rename(home.data)
    async with house(home.data.parent) as again:
        with pytest.raises(TokenRefused):
            await enter(again, token)
        assert standing_of(again.foundation.ledger, a.id).state == "ended"
        assert await propose(again, a, own) == "proposed"
        assert await confirm(again, a, own.binding) == "confirmed"
        assert (await enter(again, token)).card().id == a.id
