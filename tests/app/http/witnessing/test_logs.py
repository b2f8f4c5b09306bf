"""A tenant's auditors read its interaction log: as much of it as its mode lets them, and nobody else does."""

from typing import Any

import pytest

from app.admin.plane import create_admin_app
from tests.app.http.deployment import Deployment, Member, masked

pytestmark = pytest.mark.asyncio(loop_scope="session")

_QUESTION = "When was the quay rebuilt after the storm?"
_TEXT = b"The quay was rebuilt in 1931 after the storm. The crane lifts forty tonnes."


async def asking(deployment: Deployment, mode: str | None) -> Member:
    """Return the administrator of a tenant with a document, who has searched and asked in that mode."""
    admin = await deployment.administrator()
    await admin.upload("quay-report.txt", _TEXT)
    await deployment.drain(admin)
    if mode is not None:
        assert (await admin.http.patch("/v1/settings", json={"log_mode": mode})).status_code == 200
    await admin.search(_QUESTION)
    answer = await admin.http.post("/v1/ask", json={"question": _QUESTION}, headers={"X-App": "desk"})
    assert "1931" in answer.json()["answer"]
    return admin


async def logs(member: Member, **wanted: object) -> dict[str, Any]:
    """Return a page of the log."""
    answer = await member.http.get("/v1/logs", params={name: str(value) for name, value in wanted.items()})
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def test_a_full_log_holds_question_answer_and_sources(deployment: Deployment) -> None:
    admin = await asking(deployment, "full")
    asked, searched = (await logs(admin))["items"]
    assert (asked["kind"], asked["mode"], asked["app"], asked["question"]) == ("ask", "full", "desk", _QUESTION)
    assert "1931" in asked["answer"]
    (source,) = asked["sources"]
    assert (source["document_name"], source["quote"] in _TEXT.decode()) == ("quay-report.txt", True)
    assert (asked["refused"], asked["profile"], asked["model"]) == (
        False,
        {"name": "default", "version": 1},
        "extractive",
    )
    assert asked["usage"]["embedding_tokens"] > 0
    assert (searched["kind"], searched["question"], searched["answer"]) == ("search", _QUESTION, None)
    assert (await admin.http.get(f"/v1/logs/{asked['id']}")).json() == asked
    entries = (await admin.http.get("/v1/audit", params={"limit": 10})).json()["items"]
    (entry,) = [one for one in entries if one["action"] == "question.asked"]
    assert (entry["resource"], entry["request_id"]) == (asked["id"], asked["request_id"])


async def test_without_a_choice_no_word_is_kept(deployment: Deployment) -> None:
    asked, searched = (await logs(await asking(deployment, None)))["items"]
    for one in (asked, searched):
        assert (one["mode"], one["question"], one["answer"]) == ("metadata", None, None)
        assert one["sources"]
        assert {(each["document_name"], each["quote"]) for each in one["sources"]} == {(None, None)}


async def test_off_keeps_nothing(deployment: Deployment) -> None:
    assert (await logs(await asking(deployment, "off")))["items"] == []


async def test_pages_and_times_narrow_and_a_reading_is_audited(deployment: Deployment) -> None:
    admin = await asking(deployment, "full")
    first = await logs(admin, limit=1)
    second = await logs(admin, limit=1, cursor=first["next_cursor"])
    both = first["items"] + second["items"]
    assert ([one["kind"] for one in both], second["next_cursor"]) == (["ask", "search"], None)
    at = both[0]["at"]
    assert len((await logs(admin, **{"from": both[1]["at"], "to": "2100-01-01T00:00:00Z"}))["items"]) == 2
    assert (await logs(admin, **{"from": "2100-01-01T00:00:00Z"}))["items"] == []
    assert (await logs(admin, to="2000-01-01T00:00:00Z"))["items"] == []
    assert (await admin.http.get("/v1/logs", params={"from": at.removesuffix("Z")})).status_code == 422
    await admin.http.get(f"/v1/logs/{both[0]['id']}")
    (newest,) = (await admin.http.get("/v1/audit", params={"limit": 1})).json()["items"]
    assert (newest["action"], newest["resource"]) == ("log.read", both[0]["id"])


async def test_L17_a_cursor_of_the_log_is_good_for_this_list_of_this_tenant_only(deployment: Deployment) -> None:
    mine, theirs = await asking(deployment, "full"), await asking(deployment, "full")
    cursor = (await logs(mine, limit=1))["next_cursor"]
    made_up = masked(await theirs.http.get("/v1/logs", params={"cursor": "00" * (len(cursor) // 2)}))
    assert made_up[0] == 422
    assert masked(await theirs.http.get("/v1/logs", params={"cursor": cursor})) == made_up
    assert masked(await mine.http.get("/v1/audit", params={"cursor": cursor}))[0] == 422


@pytest.mark.shows("logs.readers")
async def test_L49_an_auditor_reads_what_users_and_operators_cannot(deployment: Deployment) -> None:
    admin = await asking(deployment, "full")
    log = (await logs(admin))["items"][0]["id"]
    auditor = await deployment.member(admin, "auditor")
    assert (await auditor.http.get(f"/v1/logs/{log}")).json()["question"] == _QUESTION
    assert (await auditor.http.post("/v1/search", json={"query": "quay"})).status_code == 403
    for role in ("user", "power"):
        member = await deployment.member(admin, role)
        assert {(await member.http.get(f"/v1/logs{path}")).status_code for path in ("", f"/{log}")} == {403}
    token = deployment.resources.foundation.operator_tokens.sign("somebody", 600)
    assert (await deployment.client(token).get("/v1/logs")).status_code == 401
    paths = {getattr(route, "path", "") for route in create_admin_app(deployment.resources, hurry=lambda: None).routes}
    assert paths
    assert not [path for path in paths if "log" in path]


@pytest.mark.shows("logs.retention")
async def test_L23_L40_no_word_of_a_full_log_rests_in_the_clear(deployment: Deployment) -> None:
    admin = await asking(deployment, "full")
    folder = deployment.resources.settings.data_dir / "tenants" / admin.tenant
    held = b"".join(path.read_bytes() for path in folder.iterdir())
    assert held
    for words in (_QUESTION, "quay-report.txt", "rebuilt in 1931"):
        assert words.encode() not in held


@pytest.mark.parametrize("change", [{"log_mode": "loud"}, {"log_retention_days": 0}, {"log_retention_days": 3651}])
async def test_a_wrong_choice_is_refused(deployment: Deployment, change: dict[str, object]) -> None:
    admin = await deployment.administrator()
    assert (await admin.http.patch("/v1/settings", json=change)).status_code == 422


async def test_a_choice_reads_back_and_null_is_the_usual(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    changed = (await admin.http.patch("/v1/settings", json={"log_mode": "full", "log_retention_days": 7})).json()
    assert (changed["log_mode"], changed["log_retention_days"]) == ("full", 7)
    changed = (await admin.http.patch("/v1/settings", json={"log_retention_days": None})).json()
    assert (changed["log_mode"], changed["log_retention_days"]) == ("full", 30)
    (newest,) = (await admin.http.get("/v1/audit", params={"limit": 1})).json()["items"]
    assert (newest["action"], newest["resource"], newest["outcome"]) == ("settings.changed", "log days: 30", "done")
