"""A stage raised over a real server, used, and cleaned up."""

import pytest

from evals.canaries.derive import World
from evals.launch.sink import running_sink
from evals.stage.populate import NotPossible
from evals.stage.raising import Wish, raised
from evals.stage.stage import Stage
from evals.target.operation import Caller
from evals.target.session import Refused, Session
from evals.target.wire import Wire
from tests.evals.conftest import staged
from tests.evals.service import OPERATIONS, serving, tiny_service, tiny_target


async def test_four_tenants_hold_twins_and_know_their_own_ids(stage: Stage) -> None:
    assert [tenant.name for tenant in stage.tenants] == ["alpha", "beta", "gamma", "delta"]
    for tenant in stage.tenants:
        assert [one.key for one in tenant.documents] == [one.key for one in stage.tenants[0].documents]
        assert set(tenant.ids["document"]) == {one.document_id for one in tenant.documents}
        assert len(tenant.ids["tenant"]) == 1


async def test_what_a_tenant_sees_of_its_own_is_its_own_and_nothing_else(stage: Stage) -> None:
    alpha, beta = stage.tenants[:2]
    reply = await alpha.session.must("get", document_id=alpha.documents[0].document_id)
    shown = stage.look(reply, alpha)
    assert {match.canary.id for match in shown.own} == {one.id for one in alpha.documents[0].canaries}
    assert not shown.leaks
    assert not shown.unplanted
    assert stage.look(reply, beta).leaks


async def test_an_echo_of_what_was_said_is_no_sighting_but_anything_beside_it_is(stage: Stage) -> None:
    alpha, beta = stage.tenants[:2]
    one, other = beta.canaries[:2]
    raw = f"You asked about {one.value}. {other.value}".encode()
    assert {match.canary.id for match in stage.look(raw, alpha, [one.value]).foreign} == {other.id}
    an_id = beta.ids["document"][0]
    assert [seen.id for seen in stage.look(an_id.encode(), alpha).foreign_ids] == [an_id]
    assert not stage.look(an_id.encode(), alpha, [f"/documents/{an_id}"]).leaks


async def test_an_id_that_a_leak_showed_a_tenant_as_its_own_is_still_anothers(stage: Stage) -> None:
    alpha, beta = stage.tenants[:2]
    an_id = beta.ids["document"][0]
    alpha.own("document", [an_id])
    assert [seen.id for seen in stage.look(an_id.encode(), alpha).foreign_ids] == [an_id]
    alpha.put_in.append(an_id)  # a name that is the id of each one's own thing is nobody else's
    assert not stage.look(an_id.encode(), alpha).leaks


async def test_a_secret_that_was_never_planted_is_told_as_such(stage: Stage) -> None:
    alpha = stage.tenants[0]
    twin = stage.props.kit.twin("alpha", "staff-handbook", alpha.canaries[0].form, 0)
    shown = stage.look(twin.sentence.encode(), alpha)
    assert [match.canary.id for match in shown.unplanted] == [twin.id]
    assert not shown.leaks


async def test_a_view_changes_when_something_does_and_only_then(stage: Stage) -> None:
    alpha, beta = stage.tenants[:2]
    before = await stage.view(alpha)
    await stage.disposable(beta)
    assert await stage.view(alpha) == before
    await stage.disposable(alpha)
    assert await stage.view(alpha) != before


async def test_a_fresh_tenant_has_documents_of_its_own_or_none(stage: Stage) -> None:
    full = await stage.fresh_tenant("epsilon")
    assert [one.key for one in full.documents] == [one.key for one in stage.tenants[0].documents]
    assert (await stage.fresh_tenant("zeta", plans=())).documents == []
    with pytest.raises(NotPossible):
        await stage.fresh_tenant("epsilon")


async def test_a_victim_moves_between_two_worlds_that_are_equal_in_names_and_lengths(stage: Stage) -> None:
    worlds = await stage.second_world()
    await worlds.enter(World.PLANTED)
    secrets = worlds.victim.canaries
    await worlds.enter(World.DECOY)
    decoys = worlds.victim.canaries
    assert [len(one.value) for one in secrets] == [len(one.value) for one in decoys]
    assert {one.value for one in secrets}.isdisjoint({one.value for one in decoys})
    listed = (await worlds.victim.session.must("list")).every("document_id")
    assert sorted(map(str, listed)) == sorted(one.document_id for one in worlds.victim.documents)


async def test_a_family_draws_the_same_whichever_others_ran_before_it(stage: Stage) -> None:
    stage.begin("A3")
    drawn = [stage.never_existed("doc_0123456789ab"), *(attacker.name for attacker, _ in stage.pairs())]
    stage.begin("A1")
    stage.pairs()
    stage.begin("A3")
    assert drawn == [stage.never_existed("doc_0123456789ab"), *(attacker.name for attacker, _ in stage.pairs())]


async def test_everything_that_was_made_is_ended_and_nothing_else() -> None:
    app = tiny_service()
    async with serving(app) as url, Wire(tiny_target(url)) as wire:
        spec = tiny_target(url)
        operator = Session(wire, spec, "operator", caller=Caller.OPERATOR, values=spec.operator)
        stranger = Session(wire, spec, "stranger", values={"name": "stranger"})
        stranger.values["token"] = (await operator.must("tenant_create", name="stranger")).given("token")
        await stranger.must("ingest", name="mine.txt", content="mine")
        async with staged(app) as stage:
            sessions = [tenant.session for tenant in stage.tenants]
            assert [(await session.call("list")).status for session in sessions] == [200] * 4
        assert [one.status for one in stage.wire.log if one.phase == "cleanup"] == [204] * 4
        assert len((await stranger.must("list")).every("document_id")) == 1


async def test_what_cannot_be_cleaned_up_is_told() -> None:
    operations = {name: one for name, one in OPERATIONS.items() if name not in {"delete", "tenant_delete"}}
    async with serving(tiny_service()) as url, Wire(tiny_target(url, operations=operations)) as wire:
        spec, left = tiny_target(url, operations=operations), list[str]()
        with running_sink() as sink:
            async with raised(spec, wire, Wish("s", "r", 1), sink, None, left):
                pass
    assert len(left) == 4


async def test_tenants_made_before_a_failure_are_ended_too() -> None:
    operations = {**OPERATIONS, "ingest": {**OPERATIONS["ingest"], "path": "/nowhere"}}
    async with serving(tiny_service()) as url, Wire(tiny_target(url, operations=operations)) as wire:
        spec, left = tiny_target(url, operations=operations), list[str]()
        with running_sink() as sink, pytest.raises(Refused, match="ingest as alpha"):
            async with raised(spec, wire, Wish("s", "r", 1), sink, None, left):
                pass
        ended = [one for one in wire.log if one.route == "DELETE /tenants/{tenant_id}"]
    assert [one.status for one in ended] == [204] * 4
    assert left == []


async def test_an_id_that_the_caller_has_too_is_nobodys_secret(stage: Stage) -> None:
    alpha, beta = stage.tenants[:2]
    for tenant in (alpha, beta):
        tenant.own("profile", ["default-profile"])
    assert not stage.look(b"profile: default-profile", alpha).leaks
    beta.own("profile", ["profile-of-beta"])
    assert stage.look(b"profile: profile-of-beta", alpha).leaks
