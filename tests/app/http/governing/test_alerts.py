"""What is unusual about a tenant is told to its own auditors and its webhook, and slows down itself alone."""

import json
import time
from typing import Any

import pytest
import sqlalchemy as sa

from app.admin.plane import create_admin_app
from tenancy.anomalies.activity import hour_of
from tenancy.anomalies.delivering import deliver
from tenancy.anomalies.hours import Kind
from tenancy.anomalies.scan import scan
from tenancy.ids import TenantId
from tenancy.stores.schema import activity
from tests.app.http.deployment import Deployment, Member, masked
from tests.app.http.governing.test_quotas import refused
from tests.standins.webhook_receiver import running_receiver
from tests.tenancy.anomalies.alerting.raising import at

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.shows("anomalies.alerts")]

_SECRET = "a secret of letters and spaces".replace(" ", "-")


async def alerts(member: Member, **wanted: object) -> dict[str, Any]:
    """Return a page of the list."""
    answer = await member.http.get("/v1/alerts", params={name: str(value) for name, value in wanted.items()})
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def test_an_alert_is_listed_with_what_was_seen_and_what_is_usual(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    for _ in range(3):
        await admin.search("harbour")
    alert = await deployment.alert(admin)
    (listed,) = (await alerts(admin))["items"]
    assert listed.pop("seen") >= 3
    hour, made = listed.pop("hour"), listed.pop("created_at")
    assert hour.endswith(":00:00.000Z")
    assert made >= hour
    assert listed == {
        "id": alert, "kind": "spike", "signal": "requests", "expected": 0.25, "gross": False, "throttled_until": None,
        "delivery": {"state": "none", "attempts": 0},
    }  # fmt: skip
    one = (await admin.http.get(f"/v1/alerts/{alert}")).json()
    assert (one["id"], one["hour"]) == (alert, hour)
    trail = (await admin.http.get("/v1/audit", params={"limit": 10})).json()["items"]
    raised = [(entry["actor"], entry["resource"]) for entry in trail if entry["action"] == "alert.raised"]
    assert raised == [("service:anomalies", alert)]
    assert (trail[0]["action"], trail[0]["resource"], trail[1]["action"]) == ("alert.read", alert, "alert.listed")


async def test_pages_are_newest_first_and_end(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    made = [await deployment.alert(admin, kind=kind) for kind in (Kind.SPIKE, Kind.OFF_HOURS, Kind.REFUSALS)]
    first = await alerts(admin, limit=2)
    second = await alerts(admin, limit=2, cursor=first["next_cursor"])
    assert [item["id"] for item in first["items"] + second["items"]] == made[::-1]
    assert second["next_cursor"] is None


async def test_L17_a_cursor_of_alerts_is_good_for_this_list_of_this_tenant_only(deployment: Deployment) -> None:
    mine, theirs = await deployment.administrator(), await deployment.administrator()
    for admin in (mine, theirs):
        for kind in (Kind.SPIKE, Kind.OFF_HOURS):
            await deployment.alert(admin, kind=kind)
    cursor = (await alerts(mine, limit=1))["next_cursor"]
    made_up = masked(await theirs.http.get("/v1/alerts", params={"cursor": "00" * (len(cursor) // 2)}))
    assert made_up[0] == 422
    assert masked(await theirs.http.get("/v1/alerts", params={"cursor": cursor})) == made_up
    assert masked(await mine.http.get("/v1/audit", params={"cursor": cursor}))[0] == 422


async def test_L11_L49_alerts_are_for_the_tenants_own_auditors_and_for_no_operator(deployment: Deployment) -> None:
    mine, theirs = await deployment.administrator(), await deployment.administrator()
    alert = await deployment.alert(theirs)
    assert (await alerts(mine))["items"] == []
    assert (await mine.http.get(f"/v1/alerts/{alert}")).status_code == 404
    auditor = await deployment.member(theirs, "auditor")
    assert [item["id"] for item in (await alerts(auditor))["items"]] == [alert]
    for role in ("user", "power"):
        member = await deployment.member(theirs, role)
        assert {(await member.http.get(f"/v1/alerts{path}")).status_code for path in ("", f"/{alert}")} == {403}
    token = deployment.resources.foundation.operator_tokens.sign("somebody", 600)
    assert (await deployment.client(token).get("/v1/alerts")).status_code == 401
    admin_app = create_admin_app(deployment.resources, hurry=lambda: None)
    paths = {getattr(route, "path", "") for route in admin_app.routes}
    assert paths
    assert not [path for path in paths if "alert" in path]
    plane = Deployment(deployment.resources, deployment.parser, admin_app)
    for path in (f"/admin/v1/tenants/{theirs.tenant}", "/admin/v1/tenants", "/metrics"):
        assert alert not in (await plane.client(token).get(path)).text


async def test_requests_and_missing_ids_over_http_are_counted_whatever_became_of_them(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    user = await deployment.member(admin, "user")
    assert (await user.http.get("/v1/clients")).status_code == 403
    assert (await admin.http.get("/v1/documents/doc_nobodys")).status_code == 404
    assert (await admin.http.post("/v1/ask", json={"question": "x", "profile": "nobodys"})).status_code == 404
    assert (await admin.http.post("/v1/search", json={"query": "x", "top_k": 0})).status_code == 422
    assert (await admin.http.get("/v1/nowhere")).status_code == 404  # no route, so nobody's data was opened
    asked = await admin.http.post("/v1/ask", json={"question": "Who painted the Mona Lisa?"})
    assert asked.json()["refused"] is True
    await admin.upload("quay.txt", b"The quay was rebuilt in 1931.")
    await scan(deployment.resources.foundation, TenantId(admin.tenant))
    async with deployment.resources.foundation.store.tenant(TenantId(admin.tenant), writes=False) as db:
        hours = (await db.execute(sa.select(activity))).all()
    # both sign-ins, the new client, then all but the path that is no route
    told = [sum(getattr(hour, name) for hour in hours) for name in ("requests", "foreign_ids", "refusals")]
    assert told == [2 + 1 + 6, 2, 1]


async def change(member: Member, **settings: object) -> dict[str, Any]:
    """Change settings that are right."""
    answer = await member.http.patch("/v1/settings", json=settings)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed


async def test_clock_and_hours_are_chosen_read_back_and_taken_out(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    hours = {"mon": [9, 18], "sat": [10, 14]}
    changed = await change(admin, time_zone="Europe/Lisbon", business_hours=hours)
    assert (changed["time_zone"], changed["business_hours"], changed["notices"]) == ("Europe/Lisbon", hours, [])
    read = (await admin.http.get("/v1/settings")).json()
    assert (read["time_zone"], read["business_hours"]) == ("Europe/Lisbon", hours)
    changed = await change(admin, time_zone=None, business_hours=None)
    assert (changed["time_zone"], changed["business_hours"]) == ("UTC", None)
    trail = (await admin.http.get("/v1/audit", params={"limit": 5})).json()["items"]
    said = [entry["resource"] for entry in trail if entry["action"] == "settings.changed"]
    assert said == ["alerting: time_zone, business_hours"] * 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars/Olympus"}, {"time_zone": ""}, {"time_zone": "../../etc/passwd"}, {"business_hours": {}},
        {"business_hours": {"mon": [18, 9]}}, {"business_hours": {"someday": [9, 18]}}, {"automatic_throttle": "no"},
        {"business_hours": {"mon": [9.0, 18.0]}}, {"alert_webhook": {"url": "https://x.example", "secret": "short"}},
        {"alert_webhook": {"secret": _SECRET}}, {"alert_webhook": "https://x.example"},
        {"alert_webhook": {"url": "https://10.0.0.8/hook", "secret": _SECRET}},
        {"alert_webhook": {"url": "http://93.184.216.34/hook", "secret": _SECRET}},
        {"alert_webhook": {"url": "https://2130706433/hook", "secret": _SECRET}},
    ],
)  # fmt: skip
async def test_L50_what_is_no_setting_or_no_address_is_refused_and_nothing_changes(
    deployment: Deployment, wrong: dict[str, object]
) -> None:
    admin = await deployment.administrator()
    before = (await admin.http.get("/v1/settings")).json()
    answer = await admin.http.patch("/v1/settings", json={**wrong, "log_mode": "full"})
    assert answer.status_code == 422
    assert _SECRET not in answer.text
    assert (await admin.http.get("/v1/settings")).json() == before


async def test_L10_the_webhooks_secret_is_in_no_answer_no_entry_and_no_byte_at_rest(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    with running_receiver() as receiver:
        changed = await change(admin, alert_webhook={"url": receiver.url, "secret": _SECRET})
        assert changed["alert_webhook"] == {"url": receiver.url, "secret_set": True}
        read, trail = await admin.http.get("/v1/settings"), await admin.http.get("/v1/audit")
        folder = deployment.resources.settings.data_dir / "tenants" / admin.tenant
        held = b"".join(path.read_bytes() for path in folder.iterdir())
        assert _SECRET.encode() not in held
        for shown in (json.dumps(changed), read.text, trail.text):
            assert _SECRET not in shown
        assert receiver.url not in trail.text
        await change(admin, alert_webhook={"url": receiver.url + "/other"})
        assert (await admin.http.get("/v1/settings")).json()["alert_webhook"]["secret_set"] is True
        with running_receiver() as thief:
            moved = await change(admin, alert_webhook={"url": thief.url})
        assert moved["alert_webhook"] == {"url": thief.url, "secret_set": False}
        assert len(moved["notices"]) == 1
        assert (await change(admin, alert_webhook=None))["alert_webhook"] == {"url": None, "secret_set": False}


async def test_a_delivered_alert_is_shown_as_delivered(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    with running_receiver() as receiver:
        await change(admin, alert_webhook={"url": receiver.url, "secret": _SECRET})
        alert = await deployment.alert(admin)
        assert (await alerts(admin))["items"][0]["delivery"] == {"state": "pending", "attempts": 0}
        await deliver(deployment.resources.foundation, TenantId(admin.tenant))
        assert (await alerts(admin))["items"][0]["delivery"] == {"state": "delivered", "attempts": 1}
        (arrived,) = receiver.arrived
    listed = (await admin.http.get(f"/v1/alerts/{alert}")).json()
    del listed["delivery"]
    assert json.loads(arrived.body)["data"] == {**listed, "tenant": admin.tenant}


async def test_a_gross_spike_slows_its_tenant_down_until_its_administrator_switches_that_off(
    deployment: Deployment,
) -> None:
    admin, other = await deployment.administrator(), await deployment.administrator()
    user = await deployment.member(admin, "user")
    assert (await user.http.get("/v1/me")).headers["x-ratelimit-limit"] == "30000"
    await deployment.alert(admin, gross=True)
    (listed,) = (await alerts(admin))["items"]
    assert listed["throttled_until"] > listed["created_at"]
    answers = [await user.http.get("/v1/me") for _ in range(65)]
    assert {answer.status_code for answer in answers} == {200, 429}
    refused(answers[-1])
    assert answers[-1].headers["x-ratelimit-limit"] == "60"
    assert listed["id"] in answers[-1].json()["detail"]
    assert {(await other.http.get("/v1/me")).headers["x-ratelimit-limit"]} == {"30000"}
    quotas = {item["name"]: item["limit"] for item in (await user.http.get("/v1/quotas")).json()["items"]}
    assert (quotas["requests_per_minute"], quotas["tokens_per_minute"]) == (60, 20_000)
    # Who has to end it gets in, and it ends at once.
    assert (await change(admin, automatic_throttle=False))["automatic_throttle"] is False
    assert (await user.http.get("/v1/me")).status_code == 200
    (listed,) = (await alerts(admin))["items"]
    assert listed["throttled_until"] <= _text(at())
    trail = (await admin.http.get("/v1/audit", params={"limit": 100})).json()["items"]
    words = ("alert.raised", "throttle.begun", "throttle.ended")
    assert [entry["action"] for entry in trail[::-1] if entry["action"] in words] == list(words)
    await deployment.alert(admin, gross=True, kind=Kind.OFF_HOURS)
    assert (await user.http.get("/v1/me")).headers["x-ratelimit-limit"] == "30000"


def _text(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.999Z", time.gmtime(seconds))


async def test_only_an_administrator_chooses_about_alerts(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    for role in ("user", "power", "auditor"):
        member = await deployment.member(admin, role)
        assert (await member.http.patch("/v1/settings", json={"automatic_throttle": False})).status_code == 403
    assert (await admin.http.get("/v1/settings")).json()["automatic_throttle"] is True


async def test_an_hour_in_the_list_is_one_of_the_clock(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    before = hour_of(at())
    await deployment.alert(admin)
    (listed,) = (await alerts(admin))["items"]
    assert listed["hour"] in {
        time.strftime("%Y-%m-%dT%H:00:00.000Z", time.gmtime(hour)) for hour in (before, hour_of(at()))
    }
