"""A manifest is compared with what is there, and ends nothing."""

import pytest

from tenancy.custody import RowChanged
from tenancy.deployment.applying import Act, Plan, Surprise, Wanted, compare, take
from tenancy.erasure import pending_erasures, request_erasure, run_erasure
from tenancy.stores.schema import tenants
from tests.tenancy.building import OPERATOR, House, Resident


async def _apply(home: House, *wanted: Wanted) -> Plan:
    plan = await compare(home.foundation, wanted)
    for step in plan.changes():
        await take(home.mint, home.foundation, OPERATOR, step, "a manifest applied")
    return plan


async def test_applied_twice_the_second_time_changes_nothing(home: House) -> None:
    wanted = Wanted("Acme", "free", {"burst": 7}), Wanted("Birch")
    assert [step.act for step in (await _apply(home, *wanted)).steps] == [Act.CREATE] * 2
    again = await _apply(home, *wanted)
    assert ([step.act for step in again.steps], again.changes()) == ([Act.KEEP] * 2, [])


async def test_what_is_left_out_is_left_as_it_is_and_what_is_said_is_exact(home: House) -> None:
    await _apply(home, Wanted("Acme", "free", {"burst": 7, "documents": 5}))
    assert (await _apply(home, Wanted("Acme"))).changes() == []
    await _apply(home, Wanted("Acme", limits={"documents": 6}))
    (step,) = (await compare(home.foundation, [Wanted("Acme", "free", {"documents": 6})])).steps
    assert step.act is Act.KEEP
    (step,) = (await compare(home.foundation, [Wanted("Acme", limits={})])).steps
    assert step.says == ("limits.documents: 6 -> the plan's",)


async def test_a_change_is_audited_with_its_reason(home: House, a: Resident) -> None:
    await _apply(home, Wanted("Alder & Sons", "free"))
    async with (await home.enter(a)).snapshot() as records:
        entries, _ = await records.audit.page(1)
    assert (entries[0].action, entries[0].purpose) == ("tenant.changed", "a manifest applied")


async def test_tenants_that_are_not_named_are_told_and_left_alone(home: House, a: Resident, b: Resident) -> None:
    plan = await _apply(home, Wanted("Alder & Sons"))
    assert plan.left_alone == ("Birch & Sons",)
    for one in (a, b):
        assert (await home.enter(one)).card().status == "active"


@pytest.mark.usefixtures("a")
async def test_L03_a_name_that_reads_like_a_tenants_is_a_surprise_and_not_a_tenant(home: House) -> None:
    with pytest.raises(Surprise, match="Alder & Sons") as surprise:
        await compare(home.foundation, [Wanted("New"), Wanted("ALDER SONS")])
    assert surprise.value.at == 1


async def test_a_tenant_that_is_being_erased_is_a_surprise_and_its_name_is_free_afterwards(
    home: House, a: Resident
) -> None:
    await request_erasure(home.mint, home.foundation, OPERATOR, a.id, "over")
    with pytest.raises(Surprise, match="being erased"):
        await compare(home.foundation, [Wanted("Alder & Sons")])
    for erasure in await pending_erasures(home.foundation):
        await run_erasure(home.foundation, erasure)
    plan = await compare(home.foundation, [Wanted("Alder & Sons")])
    assert [step.act for step in plan.steps] == [Act.CREATE]
    assert plan.left_alone == ()


async def test_L47_a_row_that_was_edited_outside_the_service_is_not_signed_anew(home: House, a: Resident) -> None:
    await home.execute(None, tenants.update().where(tenants.c.id == a.id).values(plan="free"))
    with pytest.raises(RowChanged):
        await _apply(home, Wanted("Alder & Sons", "dedicated"))
