"""A tenant's provider: its key goes in and never out, stays with its host, and serves one environment."""

import json
import sqlite3
from contextlib import closing

import pytest

from tenancy.credentials import Circumstances
from tenancy.models.environments import Environment
from tenancy.models.own_provider import change_provider
from tenancy.models.provider import ProviderUnavailable
from tests.app.http.deployment import Deployment, Member
from tests.standins.openai_server import OpenAIServer, running_openai_server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.shows("providers.own")]

_QUESTION = {"question": "When was the quay rebuilt?"}
_NOTHING = {"provider_key_set": False, "provider_base_url": None, "model": None}


async def with_document(deployment: Deployment) -> Member:
    """Return the administrator of a tenant that can answer the question."""
    admin = await deployment.administrator()
    await admin.upload("harbour.txt", b"The quay was rebuilt in 1931 after the storm. The crane lifts forty tonnes.")
    await deployment.drain(admin)
    return admin


def provider(server: OpenAIServer, key: str) -> dict[str, object]:
    """Return a change that makes the stand-in write the answers."""
    return {"provider_key": key, "provider_base_url": server.base_url, "model": "stand-in"}


async def model_of(member: Member) -> str:
    """Ask, and return the model that answered."""
    answer = await member.http.post("/v1/ask", json=_QUESTION)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["model"])


def keys_sent(server: OpenAIServer) -> list[str]:
    """Return the keys that arrived, in order."""
    return [asked.headers["authorization"].removeprefix("Bearer ") for asked in server.asked]


async def test_a_tenant_begins_without_a_provider(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    settings = (await admin.http.get("/v1/settings")).json()
    assert settings == {
        **_NOTHING, "platform_provider": None, "platform_provider_host": None, "embedder": "e5-small",
        "embedder_change": None,
        "export_recipient": None, "log_mode": "metadata", "log_retention_days": 30,
        "time_zone": "UTC", "business_hours": None, "automatic_throttle": True,
        "alert_webhook": {"url": None, "secret_set": False},
        "environments": {"development": _NOTHING, "test": _NOTHING},
    }  # fmt: skip


async def test_a_key_is_used_rotated_and_taken_out_from_the_next_request_on(
    deployment: Deployment, openai_server: OpenAIServer
) -> None:
    admin = await with_document(deployment)
    assert await model_of(admin) == "extractive"
    for change in (provider(openai_server, "sk-one"), {"provider_key": "sk-two"}, {"model": "other"}):
        assert (await admin.http.patch("/v1/settings", json=change)).status_code == 200
        assert await model_of(admin) == change.get("model", "stand-in")
    assert keys_sent(openai_server) == ["sk-one", "sk-two", "sk-two"]
    gone = (await admin.http.patch("/v1/settings", json={"provider_key": None})).json()
    assert (gone["provider_key_set"], gone["provider_base_url"], gone["notices"]) == (False, openai_server.base_url, [])
    assert await model_of(admin) == "extractive"
    assert len(openai_server.asked) == 3


async def test_L10_a_key_is_in_no_answer_no_audit_entry_and_no_byte_at_rest(
    deployment: Deployment, openai_server: OpenAIServer
) -> None:
    admin = await deployment.administrator()
    changed = await admin.http.patch("/v1/settings", json=provider(openai_server, "sk-nobody-reads-this"))
    read = await admin.http.get("/v1/settings")
    assert (changed.json()["provider_key_set"], read.json()["provider_key_set"]) == (True, True)
    trail = await admin.http.get("/v1/audit")
    (entry,) = [each for each in trail.json()["items"] if each["action"] == "settings.changed"]
    assert entry["resource"] == "production: provider_key, provider_base_url, model"
    file = deployment.resources.settings.data_dir / "tenants" / admin.tenant / "records.db"
    with closing(sqlite3.connect(file)) as db:
        rows = db.execute("SELECT * FROM settings").fetchall()
    assert len(rows) == 1
    for shown in (changed.text, read.text, trail.text, str(rows)):
        assert "nobody-reads" not in shown
    assert openai_server.base_url not in trail.text


@pytest.mark.shows("egress.keys")
async def test_L50_a_key_stays_with_the_address_it_was_given_for(
    deployment: Deployment, openai_server: OpenAIServer
) -> None:
    admin = await with_document(deployment)
    await admin.http.patch("/v1/settings", json=provider(openai_server, "sk-one"))
    with running_openai_server() as thief:
        moved = (await admin.http.patch("/v1/settings", json={"provider_base_url": thief.base_url})).json()
        assert (moved["provider_key_set"], moved["provider_base_url"]) == (False, thief.base_url)
        assert "production" in moved["notices"][0]
        assert await model_of(admin) == "extractive"
        back = (await admin.http.patch("/v1/settings", json={"provider_base_url": openai_server.base_url})).json()
        assert (back["provider_key_set"], back["notices"]) == (False, [])  # it does not come back by itself
        again = await admin.http.patch("/v1/settings", json=provider(thief, "sk-two"))
        assert again.json()["notices"] == []
        assert await model_of(admin) == "stand-in"
        assert (keys_sent(thief), keys_sent(openai_server)) == (["sk-two"], [])


@pytest.mark.shows("egress.keys")
@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.2/v1", "https://[::1]/v1", "https://169.254.169.254/latest",
        "https://10.0.0.8/v1", "https://2130706433/v1", "https://0x7f.1/v1", "https://[::ffff:10.0.0.1]/v1",
        "http://93.184.216.34/v1", "ftp://93.184.216.34/v1", "https://user:pass@93.184.216.34/v1", "not an address",
        "file:///etc/passwd",
    ],
)  # fmt: skip
async def test_L50_an_internal_or_odd_address_is_refused_and_nothing_changes(
    deployment: Deployment, address: str
) -> None:
    admin = await deployment.administrator()
    before = (await admin.http.get("/v1/settings")).json()
    for change in (
        {"provider_base_url": address, "provider_key": "sk-a", "model": "m"},
        {"environments": {"test": {"provider_base_url": address}}},
    ):
        answer = await admin.http.patch("/v1/settings", json=change)
        assert (answer.status_code, answer.json()["code"]) == (422, "address_refused")
    assert (await admin.http.get("/v1/settings")).json() == before


@pytest.mark.shows("egress.keys")
async def test_L14_a_client_spends_the_key_of_its_own_environment_and_no_other(
    deployment: Deployment, openai_server: OpenAIServer
) -> None:
    admin = await with_document(deployment)
    made = [
        await admin.http.post("/v1/clients", json={"name": each, "roles": ["user"], "environment": each})
        for each in ("development", "test", "production")
    ]
    assert [answer.json()["environment"] for answer in made] == ["development", "test", "production"]
    members = [await deployment.signed_in(answer.json(), admin.tenant) for answer in made]
    change = {**provider(openai_server, "sk-live"), "environments": {"test": provider(openai_server, "sk-test")}}
    settings = (await admin.http.patch("/v1/settings", json=change)).json()
    assert [settings["environments"][each]["provider_key_set"] for each in ("development", "test")] == [False, True]
    assert [await model_of(member) for member in members] == ["extractive", "stand-in", "stand-in"]
    assert keys_sent(openai_server) == ["sk-test", "sk-live"]
    await admin.http.patch("/v1/settings", json={"provider_key": None})
    assert [await model_of(member) for member in members] == ["extractive", "stand-in", "extractive"]
    listed = (await admin.http.get("/v1/clients")).json()["items"]
    assert [item["environment"] for item in listed] == ["production", "development", "test", "production"]


@pytest.mark.parametrize("here", [True, False])
async def test_a_key_that_was_taken_out_is_forgotten_by_every_process(
    deployment: Deployment,
    openai_server: OpenAIServer,
    here: bool,  # noqa: FBT001 - given by the table
) -> None:
    admin = await with_document(deployment)
    await admin.http.patch("/v1/settings", json=provider(openai_server, "sk-one"))
    assert await model_of(admin) == "stand-in"
    token = admin.http.headers["authorization"].removeprefix("Bearer ")
    compartment = await deployment.resources.mint.from_token(token, Circumstances())
    async with compartment.begin() as records:
        kept = await compartment.models.provider(records.settings)
        if not here:  # as another process does it
            await change_provider(records.settings, Environment.PRODUCTION, {"provider_key": None})
    held = await compartment.models.chat(kept)
    assert held is not None
    if here:
        await admin.http.patch("/v1/settings", json={"provider_key": None})
    else:
        assert await model_of(admin) == "extractive"
    with pytest.raises(ProviderUnavailable):
        await held.complete([{"role": "user", "content": "Still there?"}], model="m", temperature=0, max_tokens=9)
    assert len(openai_server.asked) == 1


async def test_L14_one_tenants_key_is_not_anothers(deployment: Deployment, openai_server: OpenAIServer) -> None:
    mine, theirs = await with_document(deployment), await with_document(deployment)
    await theirs.http.patch("/v1/settings", json=provider(openai_server, "sk-theirs"))
    assert [await model_of(member) for member in (theirs, mine)] == ["stand-in", "extractive"]
    assert (await mine.http.get("/v1/settings")).json()["provider_key_set"] is False
    assert keys_sent(openai_server) == ["sk-theirs"]


@pytest.mark.parametrize("embedder", ["openai:text-embedding-3-small", "", None])
async def test_an_embedder_that_is_not_there_is_refused(deployment: Deployment, embedder: str | None) -> None:
    admin = await deployment.administrator()
    answer = await admin.http.patch("/v1/settings", json={"embedder": embedder, "model": "m"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_embedder")
    assert (await admin.http.get("/v1/settings")).json()["model"] is None


async def test_a_change_of_the_embedder_is_shown_and_called_off(deployment: Deployment) -> None:
    admin = await with_document(deployment)
    before = (await admin.http.get("/v1/settings")).json()
    same = (await admin.http.patch("/v1/settings", json={"embedder": before["embedder"]})).json()
    assert (same["embedder_change"], same["notices"]) == (None, [])
    other = next(name for name in deployment.resources.foundation.embedders.names if name != before["embedder"])
    asked = (await admin.http.patch("/v1/settings", json={"embedder": other})).json()
    chunks = asked["embedder_change"]["total"]
    assert chunks > 0
    assert asked["embedder"] == before["embedder"]
    assert asked["embedder_change"] == {"to": other, "state": "waiting", "total": chunks, "remaining": chunks}
    assert asked["notices"][0].startswith(f"{chunks} chunks are embedded anew in the background")
    over = (await admin.http.patch("/v1/settings", json={"embedder": before["embedder"]})).json()
    assert (over["embedder_change"], over["notices"]) == (None, ["The change of the embedder was called off."])


@pytest.mark.parametrize(
    "change",
    [
        {"provider_key": ""}, {"provider_key": "two words"}, {"provider_key": 7}, {"model": ""}, {"model": "a\nb"},
        {"provider_key_set": True}, {"provider_host": "x"}, {"environments": {"production": {"model": "m"}}},
        {"environments": {"test": {"embedder": "x"}}}, {"environments": None}, [],
    ],
)  # fmt: skip
async def test_what_is_no_setting_is_refused_and_not_repeated(deployment: Deployment, change: object) -> None:
    admin = await deployment.administrator()
    answer = await admin.http.patch("/v1/settings", json=change)
    assert answer.status_code == 422
    assert "two words" not in answer.text


async def test_a_change_of_nothing_is_noted_as_one(deployment: Deployment, openai_server: OpenAIServer) -> None:
    admin = await deployment.administrator()
    given = provider(openai_server, "sk-one")
    changes: list[dict[str, object]] = [{}, given, given, {"environments": {}}]
    for change in changes:
        assert (await admin.http.patch("/v1/settings", json=change)).status_code == 200
    trail = (await admin.http.get("/v1/audit")).json()["items"]
    outcomes = [entry["outcome"] for entry in trail if entry["action"] == "settings.changed"]
    assert outcomes == ["unchanged", "unchanged", "done", "unchanged"]


async def test_no_role_but_admin_sees_the_settings(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    for role in ("user", "power", "auditor"):
        member = await deployment.member(admin, role)
        assert (await member.http.get("/v1/settings")).status_code == 403
        assert (await member.http.patch("/v1/settings", json={})).status_code == 403


async def test_the_document_says_that_the_key_is_only_written(deployment: Deployment) -> None:
    document = (await deployment.client().get("/openapi.json")).json()["paths"]["/v1/settings"]
    sent = document["patch"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert sent["provider_key"]["writeOnly"] is True
    shown = document["get"]["responses"]["200"]["content"]["application/json"]["schema"]["properties"]
    assert "provider_key" not in shown
    assert "provider_key_set" in json.dumps(shown)
