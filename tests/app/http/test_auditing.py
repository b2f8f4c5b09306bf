"""A tenant's auditors read who did what, and have the trail checked."""

import sqlite3
from contextlib import closing

import pytest

from tests.app.http.deployment import Deployment, masked

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_auditor_reads_who_did_what_from_where_and_for_what_purpose(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    auditor = await deployment.member(admin, "auditor")
    uploaded = await admin.http.post("/v1/documents", files={"file": ("a.txt", b"The tide tables of Plumtide.")})
    newest = (await auditor.http.get("/v1/audit", params={"limit": 1})).json()["items"][0]
    assert (newest["action"], newest["resource"], newest["outcome"]) == (
        "document.uploaded", uploaded.json()["id"], "done",
    )  # fmt: skip
    assert newest["actor"] == f"client:{admin.credentials['client_id']}"
    assert newest["request_id"] == uploaded.headers["x-request-id"]
    assert set(newest) == {"at", "actor", "action", "resource", "outcome", "purpose", "address", "request_id"}


async def test_the_trail_is_read_page_by_page_to_its_beginning(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    for number in range(3):
        await admin.upload(f"{number}.txt", f"Page {number}.".encode())
    actions, cursor = list[str](), None
    while True:
        page = (await admin.http.get("/v1/audit", params={"limit": 2, **({"cursor": cursor} if cursor else {})})).json()
        actions += [item["action"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert actions == ["document.uploaded"] * 3 + ["token.issued", "enrolment.used", "tenant.created"]
    newest = (await admin.http.get("/v1/audit", params={"limit": 3})).json()["items"]
    assert [item["action"] for item in newest] == ["audit.read"] * 3  # each page of the walk was written down


async def test_L17_a_cursor_of_the_audit_is_good_for_this_list_of_this_tenant_only(deployment: Deployment) -> None:
    mine, theirs = await deployment.administrator(), await deployment.administrator()
    for number in range(2):
        await mine.upload(f"{number}.txt", f"Page {number}.".encode())
    own = (await mine.http.get("/v1/audit", params={"limit": 1})).json()["next_cursor"]
    of_documents = (await mine.http.get("/v1/documents", params={"limit": 1})).json()["next_cursor"]
    made_up = masked(await mine.http.get("/v1/audit", params={"cursor": "00" * (len(own) // 2)}))
    assert made_up[0] == 422
    assert masked(await theirs.http.get("/v1/audit", params={"cursor": own})) == made_up
    assert masked(await mine.http.get("/v1/audit", params={"cursor": of_documents})) == made_up
    assert (await mine.http.get("/v1/audit", params={"cursor": own})).status_code == 200


async def test_an_entry_that_was_edited_or_cut_off_in_the_database_is_reported(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    await admin.upload("a.txt", b"The tide tables.")
    whole = (await admin.http.get("/v1/audit/verify")).json()
    assert (whole["intact"], whole["entries"]) == (True, 4)
    records = deployment.resources.settings.data_dir / "tenants" / admin.tenant / "records.db"
    with closing(sqlite3.connect(records)) as db, db:
        db.execute("DELETE FROM audit WHERE seq = 5")
    cut = (await admin.http.get("/v1/audit/verify")).json()
    assert (cut["intact"], cut["entries"]) == (False, 4)
