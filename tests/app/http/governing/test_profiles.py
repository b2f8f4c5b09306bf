"""A tenant changes how its answers are phrased, sees every version, goes back to one, and looks before it asks."""

import asyncio
from typing import Any

import pytest

from retrieval.phrasing.shipped import TEMPLATES
from tests.app.http.deployment import Deployment, Member
from tests.standins.openai_server import OpenAIServer

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.shows("profiles.versions")]

_WORDS = {"system", "tone", "terminology", "language", "constraints", "citations", "temperature", "max_tokens", "model",
          "refusal", "second_opinion"}  # fmt: skip
_DESK = "/v1/profiles/desk"


async def put(member: Member, **words: object) -> dict[str, Any]:
    answer = await member.http.put(_DESK, json=words)
    assert answer.status_code == 200, answer.text
    profile: dict[str, Any] = answer.json()
    return profile


async def actions(member: Member) -> list[tuple[str, str]]:
    """Return what the trail says was changed in profiles, oldest first."""
    entries = (await member.http.get("/v1/audit")).json()["items"][::-1]
    return [(entry["action"], entry["resource"]) for entry in entries if "@" in entry["resource"]]


async def test_every_change_is_a_version_and_the_same_words_again_are_not(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    first = await put(admin, tone="dry", constraints=["Name the page."])
    assert set(first) == _WORDS | {"name", "version"}
    assert (first["name"], first["version"], first["tone"]) == ("desk", 1, "dry")
    assert await put(admin, tone="dry", constraints=["Name the page."]) == first
    second = await put(admin, tone="warm", terminology={"users": "guests"})
    assert (second["version"], second["constraints"], second["terminology"]) == (2, [], {"users": "guests"})
    assert (await admin.http.get(_DESK)).json() == second
    assert await actions(admin) == [("profile.changed", "desk@1"), ("profile.changed", "desk@2")]


async def test_what_was_read_can_be_put_back_changed_and_not_over_somebody_elses_change(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    await put(admin, tone="dry")
    read = (await admin.http.get(_DESK)).json()
    assert (await put(admin, **{**read, "tone": "warm"}))["version"] == 2
    late = await admin.http.put(_DESK, json={**read, "tone": "curt"})
    assert (late.status_code, late.json()["code"]) == (409, "profile_changed")
    assert (await put(admin, **{**read, "tone": "warm"}))["version"] == 2  # a repetition of what went through
    fresh = await admin.http.put("/v1/profiles/other", json={"version": 1})
    assert (fresh.status_code, fresh.json()["code"]) == (409, "profile_changed")
    elsewhere = await admin.http.put("/v1/profiles/other", json={"name": "desk"})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "invalid_profile")


async def test_changes_at_once_are_a_version_each(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    made = await asyncio.gather(*(put(admin, tone=f"tone {number}") for number in range(6)))
    assert sorted(profile["version"] for profile in made) == [1, 2, 3, 4, 5, 6]
    versions = (await admin.http.get(f"{_DESK}/versions")).json()["items"]
    assert {each["tone"] for each in versions} == {f"tone {number}" for number in range(6)}


async def test_a_roll_back_is_a_new_version_that_says_what_the_old_one_said(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    first, _ = await put(admin, tone="dry", model="small-1"), await put(admin, tone="warm")
    back = await admin.http.post(f"{_DESK}/rollback", json={"version": 1})
    assert back.status_code == 200
    assert back.json() == {**first, "version": 3}
    again = (await admin.http.post(f"{_DESK}/rollback", json={"version": 3})).json()
    assert again["version"] == 3  # it says that already
    for body, status in (({"version": 9}, 404), ({"version": 0}, 422), ({"version": 2**40}, 422), ({}, 422)):
        assert (await admin.http.post(f"{_DESK}/rollback", json=body)).status_code == status, body
    assert (await actions(admin))[-1] == ("profile.rolled_back", "desk@3")


async def test_versions_are_listed_newest_first_with_their_words_time_and_author(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    for tone in ("dry", "warm", "curt"):
        await put(admin, tone=tone)
    page = (await admin.http.get(f"{_DESK}/versions", params={"limit": 2})).json()
    rest = (await admin.http.get(f"{_DESK}/versions", params={"limit": 2, "cursor": page["next_cursor"]})).json()
    found = [*page["items"], *rest["items"]]
    assert [(each["version"], each["tone"]) for each in found] == [(3, "curt"), (2, "warm"), (1, "dry")]
    assert set(found[0]) == _WORDS | {"name", "version", "created_at", "by"}
    assert found[0]["by"] == f"client:{admin.credentials['client_id']}"
    assert found[0]["created_at"].endswith("Z")
    assert rest["next_cursor"] is None


async def test_a_shipped_profile_is_taken_over_and_is_the_tenants_own_from_then_on(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    before = (await admin.http.get("/v1/profiles")).json()
    assert [(item["name"], item["version"]) for item in before["items"]] == [("default", 1)]
    assert [each["template"] for each in before["templates"]] == list(TEMPLATES)
    question = {"question": "When was the quay rebuilt?", "profile": "counsel"}
    assert (await admin.http.post("/v1/ask", json=question)).status_code == 404
    taken = await admin.http.put("/v1/profiles/counsel", json={"template": "legal", "refusal": "Ask the lawyers."})
    (legal,) = [each for each in before["templates"] if each["template"] == "legal"]
    assert {word: taken.json()[word] for word in _WORDS} == {
        **{word: legal[word] for word in _WORDS}, "refusal": "Ask the lawyers.",
    }  # fmt: skip
    answer = (await admin.http.post("/v1/ask", json=question)).json()
    assert (answer["answer"], answer["profile"]) == ("Ask the lawyers.", {"name": "counsel", "version": 1})
    names = [item["name"] for item in (await admin.http.get("/v1/profiles")).json()["items"]]
    assert names == ["counsel", "default"]
    unknown = await admin.http.put("/v1/profiles/counsel", json={"template": "medical"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "no_such_template")


async def test_an_answer_names_the_newest_version_of_its_profile(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    for number in (1, 2):
        await put(admin, refusal=f"Refusal {number}.")
        answer = (await admin.http.post("/v1/ask", json={"question": "Why?", "profile": "desk"})).json()
        assert (answer["answer"], answer["profile"]) == (f"Refusal {number}.", {"name": "desk", "version": number})


async def test_the_default_profile_can_be_changed_and_users_get_it(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    user = await deployment.member(admin, "user")
    changed = await admin.http.put("/v1/profiles/default", json={"refusal": "Nothing on that."})
    assert changed.json()["version"] == 2
    answer = (await user.http.post("/v1/ask", json={"question": "Why?"})).json()
    assert (answer["answer"], answer["profile"]) == ("Nothing on that.", {"name": "default", "version": 2})


async def test_a_preview_shows_the_whole_prompt_and_calls_no_model(
    deployment: Deployment, openai_server: OpenAIServer
) -> None:
    settings = {"provider_key": "sk-x", "provider_base_url": openai_server.base_url, "model": "stand-in"}
    admin = await deployment.administrator(settings)
    await put(admin, tone="dry", constraints=["Name the page."], temperature=0.5, max_tokens=99, model="small-1")
    await put(admin, tone="warm")
    question = "When does the ferry leave?"
    seen = (await admin.http.post(f"{_DESK}/preview", json={"question": question, "version": 1})).json()
    assert {name: seen[name] for name in ("profile", "model", "temperature", "max_tokens")} == {
        "profile": {"name": "desk", "version": 1}, "model": "small-1", "temperature": 0.5, "max_tokens": 99,
    }  # fmt: skip
    system, asked = seen["messages"]
    assert (system["role"], asked["role"]) == ("system", "user")
    assert "Tone: dry" in system["content"]
    assert "- Name the page." in system["content"]
    assert "=== document [1] RANDOM-FENCE-CODE ===" in asked["content"]
    assert asked["content"].endswith(f"Question: {question}")
    newest = (await admin.http.post(f"{_DESK}/preview", json={})).json()
    assert newest["profile"]["version"] == 2
    assert "Tone: warm" in newest["messages"][0]["content"]
    assert (await admin.http.post(f"{_DESK}/preview", json={"version": 3})).status_code == 404
    assert openai_server.asked == []


@pytest.mark.parametrize("text", ["{{7*7}}", "{% if x %}", "${HOME}", "{self.__class__}", "<%= 7 %>"])
@pytest.mark.parametrize("field", ["system", "tone", "refusal", "model"])
async def test_L30_template_syntax_is_refused_and_not_repeated(deployment: Deployment, field: str, text: str) -> None:
    admin = await deployment.administrator()
    answer = await admin.http.put(_DESK, json={field: text})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_profile")
    assert field in answer.json()["detail"]
    assert (await admin.http.get(_DESK)).status_code == 404


@pytest.mark.parametrize(
    "words",
    [
        {"colour": "blue"}, {"temperature": 3}, {"max_tokens": 0}, {"max_tokens": "9"}, {"citations": "some"},
        {"language": "English"}, {"constraints": "one"}, {"terminology": ["a"]}, {"refusal": " "}, {"version": 0},
    ],
)  # fmt: skip
async def test_what_could_not_be_used_as_written_is_refused(deployment: Deployment, words: dict[str, object]) -> None:
    admin = await deployment.administrator()
    assert (await admin.http.put(_DESK, json=words)).status_code == 422
    assert (await admin.http.get(_DESK)).status_code == 404


@pytest.mark.parametrize("name", ["Legal", "a b", "-x", "x" * 65, "é"])
async def test_a_name_is_a_short_plain_word(deployment: Deployment, name: str) -> None:
    admin = await deployment.administrator()
    answer = await admin.http.put(f"/v1/profiles/{name}", json={})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_profile")
    assert (await admin.http.get(f"/v1/profiles/{name}")).status_code == 404


async def test_a_repeated_change_under_its_key_is_answered_with_the_version_it_made(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    key = {"Idempotency-Key": "once"}
    first = await admin.http.put(_DESK, json={"tone": "dry"}, headers=key)
    await put(admin, tone="warm")
    again = await admin.http.put(_DESK, json={"tone": "dry"}, headers=key)
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    other = await admin.http.put(_DESK, json={"tone": "curt"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
    back = [await admin.http.post(f"{_DESK}/rollback", json={"version": 1}, headers={"Idempotency-Key": "back"})
            for _ in range(2)]  # fmt: skip
    assert [answer.json()["version"] for answer in back] == [3, 3]


async def test_who_reads_profiles_does_not_write_them(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    power, user = await deployment.member(admin, "power"), await deployment.member(admin, "user")
    await put(admin, tone="dry")
    assert (await power.http.get(_DESK)).json()["tone"] == "dry"
    refused = [
        await power.http.put(_DESK, json={}),
        await power.http.post(f"{_DESK}/rollback", json={"version": 1}),
        await user.http.get(_DESK),
        await user.http.get("/v1/profiles"),
        await user.http.post(f"{_DESK}/preview", json={}),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(403, "role_required")] * 5
    assert (await power.http.post("/v1/ask", json={"question": "Why?", "profile": "desk"})).status_code == 200
