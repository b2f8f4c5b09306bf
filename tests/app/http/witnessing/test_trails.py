"""A tenant's auditors carry its audit away over HTTP, and check it with public keys alone."""

import json
import sqlite3
from contextlib import closing

import httpx
import pytest

from tenancy.auditing.checking import Carried, NotGenuine, check
from tests.app.http.deployment import Deployment, Member

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def exported(member: Member) -> httpx.Response:
    """Return a member's export of the audit."""
    answer = await member.http.get("/v1/audit/export")
    assert answer.status_code == 200, answer.text
    return answer


async def checked(deployment: Deployment, answer: httpx.Response) -> Carried:
    """Check an export as somebody does who has the file and the published keys."""
    keys = (await deployment.client().get("/.well-known/attestation-keys.json")).json()
    return check(answer.content.splitlines(keepends=True), keys)


async def test_an_auditor_carries_away_what_it_reads_and_the_service_signs_what_it_checks(
    deployment: Deployment,
) -> None:
    admin = await deployment.administrator()
    auditor = await deployment.member(admin, "auditor")
    await admin.search("harbour")
    verdict = (await auditor.http.get("/v1/audit/verify")).json()
    read = (await auditor.http.get("/v1/audit", params={"limit": 1})).json()["items"][0]
    answer = await exported(auditor)
    assert answer.headers["content-type"] == "application/jsonl"
    assert answer.headers["content-disposition"] == f'attachment; filename="{admin.tenant}.audit.jsonl"'
    found = await checked(deployment, answer)
    assert (found.tenant, found.entries) == (admin.tenant, verdict["entries"] + 2)  # the check itself, the page
    told = [json.loads(line) for line in answer.text.splitlines()]
    assert [each["seq"] for each in told if each["kind"] == "entry"] == list(range(1, found.entries + 1))
    (last,) = [each for each in told if each.get("seq") == verdict["entries"] + 1]
    assert {name: last[name] for name in read} == read
    after = (await auditor.http.get("/v1/audit/verify")).json()
    assert after["entries"] == found.entries + 1  # what was signed stays what it was
    (newest, *_) = (await auditor.http.get("/v1/audit", params={"limit": 2})).json()["items"][1:]
    assert (newest["action"], newest["request_id"]) == ("audit.exported", answer.headers["x-request-id"])


@pytest.mark.shows("audit.exports")
async def test_L11_L16_an_export_of_the_audit_holds_nothing_of_another_tenant(deployment: Deployment) -> None:
    mine, theirs = await deployment.administrator(), await deployment.twin("umber-gull-31")
    answer = await exported(mine)
    for foreign in (theirs.admin.tenant, theirs.document["id"], theirs.admin.credentials["client_id"], theirs.secret):
        assert foreign not in answer.text
        assert (await mine.http.get("/v1/audit/export", params={"tenant": foreign})).text.count(foreign) == 0
    assert theirs.document["id"] in (await exported(theirs.admin)).text


async def test_an_entry_edited_in_the_database_ends_the_export_unsigned(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    await admin.search("harbour")
    assert (await checked(deployment, await exported(admin))).entries == 4
    records = deployment.resources.settings.data_dir / "tenants" / admin.tenant / "records.db"
    with closing(sqlite3.connect(records)) as db, db:
        db.execute("UPDATE audit SET body = (SELECT body FROM audit WHERE seq = 1) WHERE seq = 3")
    with pytest.raises(NotGenuine, match="damaged after entry 2"):
        await checked(deployment, await exported(admin))


async def test_the_keys_of_attestation_are_public_and_are_those_of_receipts(deployment: Deployment) -> None:
    answer = await deployment.client().get("/.well-known/attestation-keys.json")
    assert answer.json() == deployment.resources.foundation.operator_tokens.jwks()
    assert all(set(key) == {"kty", "crv", "x", "kid", "alg", "use"} for key in answer.json()["keys"])
