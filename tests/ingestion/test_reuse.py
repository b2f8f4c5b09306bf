"""Equal bytes are read once, what was read is never shared, and a description that changes meanwhile is published."""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from ingestion.work import Result, Worked, work
from tenancy.ids import ClientId, TenantId
from tenancy.keys.tenant_keys import TenantKeys
from tenancy.scope import Caller
from tenancy.stores.records import Records
from tenancy.stores.schema import blocks, chunks, parts
from tenancy.tripwires.owners import Owner
from tests.app.http.deployment import Deployment, Member
from tests.ingestion.test_work import parser, state_of, uploaded

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def again(member: Member) -> str:
    """Upload the bytes of `uploaded` once more, for another document."""
    text = f"One sentence of {member.tenant}."
    return str((await member.upload("two.txt", text.encode(), {"external_id": "two"}))["id"])


async def worked(deployment: Deployment, member: Member) -> Worked | None:
    """Do the tenant's next job."""
    lane = await deployment.resources.foundation.lanes.mark(TenantId(member.tenant))
    return await work(deployment.resources.mint, lane, deployment.parser)


async def stages(member: Member, document: str) -> list[str]:
    """Return how a ready document came to be."""
    shown = await state_of(member, document)
    assert shown["status"] == "ready", shown
    return [stage["name"] for stage in shown["stages"]]


async def keys_of(deployment: Deployment, member: Member) -> TenantKeys:
    """Return the tenant's keys, as the service opens them."""
    return await deployment.resources.foundation.keyring.open(TenantId(member.tenant))


async def embedded(member: Member) -> int:
    """Return how many tokens of the tenant's were embedded."""
    items = (await member.http.get("/v1/usage")).json()["items"]
    return sum(item["embedding_tokens"] for item in items)


async def test_what_was_read_is_neither_parsed_nor_embedded_again(deployment: Deployment) -> None:
    member, first, _ = await uploaded(deployment)
    await deployment.drain(member)
    before, second = await embedded(member), await again(member)
    await deployment.drain(member)
    assert await stages(member, second) == ["reusing", "sealing", "publishing"]
    assert await embedded(member) == before > 0
    ids = [(await member.http.get(f"/v1/documents/{each}/chunks")).json()["items"][0]["id"] for each in (first, second)]
    assert len(set(ids)) == 2


async def matrix_of(deployment: Deployment, member: Member, document: str) -> tuple[list[int], list[float]]:
    """Return the terms that a document's one chunk is found by, with their weights."""
    keys = await keys_of(deployment, member)
    async with deployment.resources.foundation.store.tenant(keys.tenant, writes=False) as db:
        records = Records(db, keys, Caller("tests", ClientId(""), "tests", frozenset()))
        found = await records.documents.get(document)
        assert found.live_version is not None
        _, matrix = await records.published.open(found.id, found.live_version, await records.blocks.live())
    return matrix.ids.tolist(), matrix.weights.tolist()


async def test_the_words_of_a_name_are_those_of_its_own_document(deployment: Deployment) -> None:
    member = await deployment.administrator()
    text = b"<title>The pier</title><p>One sentence of a page.</p>"
    first = (await member.upload("crane.html", text))["id"]
    await deployment.drain(member)
    named_crane = await matrix_of(deployment, member, first)
    second = (await member.upload("lighthouse.html", text, {"external_id": "two"}))["id"]
    await deployment.drain(member)
    taken_over = await matrix_of(deployment, member, second)
    assert (await member.upload("lighthouse.html", text))["id"] == first
    renamed = await matrix_of(deployment, member, first)
    views = [await state_of(member, each) for each in (first, second)]
    assert views[0]["coverage"] == views[1]["coverage"]
    assert views[1]["coverage"] is not None
    for each in (first, second):
        assert (await member.http.delete(f"/v1/documents/{each}")).status_code == 204
    anew = (await member.upload("lighthouse.html", text))["id"]
    await deployment.drain(member)
    assert (await stages(member, anew))[0] == "parsing"
    assert await matrix_of(deployment, member, anew) == taken_over == renamed != named_crane


async def test_a_source_that_is_not_ready_is_not_waited_for(deployment: Deployment) -> None:
    member, _, lane = await uploaded(deployment)
    second = ""

    async def meanwhile() -> None:
        nonlocal second
        second = await again(member)
        await worked(deployment, member)

    await work(deployment.resources.mint, lane, parser(meanwhile))
    assert await stages(member, second) == ["parsing", "embedding", "sealing", "publishing"]


@pytest.mark.parametrize("harm", ["chunks", "blocks", "parts"])
async def test_a_damaged_source_is_not_taken_over(deployment: Deployment, harm: str) -> None:
    member, _, _ = await uploaded(deployment)
    await deployment.drain(member)
    table: Any = {"chunks": chunks, "blocks": blocks, "parts": parts}[harm]
    async with deployment.resources.foundation.store.tenant(TenantId(member.tenant), writes=True) as db:
        await db.execute(sa.update(table).values(body=b"\1" * 200))
    second = await again(member)
    await deployment.drain(member)
    assert (await stages(member, second))[0] == "parsing"


async def make_old(deployment: Deployment, member: Member, document: str) -> None:
    """Have a ready document look as an earlier release left it: without generation and title."""
    keys = await keys_of(deployment, member)
    async with deployment.resources.foundation.store.tenant(keys.tenant, writes=True) as db:
        records = Records(db, keys, Caller("tests", ClientId(""), "tests", frozenset()))
        found = await records.documents.get(document)
        assert found.outcome.generation > 0
        older = replace(found.outcome, generation=0, title=None)
        await records.documents.finish(found.id, found.version, older, found.status)


async def test_what_an_earlier_generation_read_is_read_anew(deployment: Deployment) -> None:
    member, first, _ = await uploaded(deployment)
    await deployment.drain(member)
    await make_old(deployment, member, first)
    second = await again(member)
    await deployment.drain(member)
    assert (await stages(member, second))[0] == "parsing"


async def test_what_an_earlier_generation_read_keeps_its_terms_under_another_name(deployment: Deployment) -> None:
    member, document, _ = await uploaded(deployment)
    await deployment.drain(member)
    await make_old(deployment, member, document)
    before = await matrix_of(deployment, member, document)
    await member.upload("lighthouse.txt", f"One sentence of {member.tenant}.".encode())
    assert await matrix_of(deployment, member, document) == before
    (hit,) = await member.search("sentence")
    assert hit["document_name"] == "lighthouse.txt"


async def test_a_description_that_changes_while_it_is_read_is_published(deployment: Deployment) -> None:
    member, document, lane = await uploaded(deployment)

    async def describe() -> None:
        body = {"metadata": {"dept": "south"}, "external_id": "one"}
        assert (await member.http.patch(f"/v1/documents/{document}", json=body)).status_code == 200

    done = await work(deployment.resources.mint, lane, parser(describe))
    assert done is not None
    assert done.result is Result.READY
    (hit,) = await member.search("something was read", filter={"dept": "south", "external_id": "one"})
    assert hit["document_id"] == document
    assert (await stages(member, document)).count("publishing") == 1


async def test_L49_a_foreign_tripwire_in_a_description_rings_and_came_in_with_the_document(
    deployment: Deployment,
) -> None:
    member, document, _ = await uploaded(deployment)
    await deployment.drain(member)
    other = await deployment.administrator()
    tripwires = deployment.resources.foundation.tripwires
    token = await tripwires.owners.issue(Owner(TenantId(other.tenant), "a vault"))
    answer = await member.http.patch(f"/v1/documents/{document}", json={"metadata": {"note": str(token)}})
    assert answer.status_code == 200
    (alarm,) = [each for each in await tripwires.alarms.page(20) if each.seen_by == member.tenant]
    assert (alarm.owner, alarm.place, alarm.blocked) == (other.tenant, "a vault", False)
    keys = await keys_of(deployment, member)
    async with deployment.resources.foundation.store.tenant(keys.tenant, writes=False) as db:
        records = Records(db, keys, Caller("tests", ClientId(""), "tests", frozenset()))
        assert len(await records.documents.arrived((await records.documents.get(document)).id)) == 1
