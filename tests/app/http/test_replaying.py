"""A request repeated under its idempotency key does its work once."""

import asyncio

import pytest

from tests.app.http.deployment import Deployment

pytestmark = pytest.mark.asyncio(loop_scope="session")

_KEY = {"Idempotency-Key": "order-77"}
_CLIENT = {"name": "bot", "roles": ["user"]}


async def test_a_repeated_request_gets_the_first_answer_again(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    first = await admin.http.post("/v1/clients", json=_CLIENT, headers=_KEY)
    again = await admin.http.post("/v1/clients", json=_CLIENT, headers=_KEY)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len((await admin.http.get("/v1/clients")).json()["items"]) == 2


async def test_a_key_with_another_request_is_a_conflict_and_does_nothing(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    await admin.http.post("/v1/clients", json=_CLIENT, headers=_KEY)
    others = [
        await admin.http.post("/v1/clients", json={**_CLIENT, "name": "other"}, headers=_KEY),
        await admin.http.post("/v1/ask", json={"question": "Why?"}, headers=_KEY),
        await admin.http.post("/v1/documents", files={"file": ("a.txt", b"text")}, headers=_KEY),
    ]
    assert [(each.status_code, each.json()["code"]) for each in others] == [(409, "idempotency_conflict")] * 3
    assert len((await admin.http.get("/v1/clients")).json()["items"]) == 2
    assert (await admin.http.get("/v1/documents")).json()["items"] == []
    assert list((deployment.resources.settings.data_dir / "blobs" / admin.tenant).iterdir()) == []


async def test_a_repeated_upload_is_accepted_again_and_stored_once(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    upload = {"file": ("a.txt", b"The quay.")}
    first = await admin.http.post("/v1/documents", files=upload, headers=_KEY)
    again = await admin.http.post("/v1/documents", files=upload, headers=_KEY)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    await admin.http.delete(f"/v1/documents/{first.json()['id']}")
    assert (await admin.http.post("/v1/documents", files=upload, headers=_KEY)).json() == first.json()
    assert (await admin.http.get("/v1/documents")).json()["items"] == []
    assert list((deployment.resources.settings.data_dir / "blobs" / admin.tenant).iterdir()) == []


async def test_the_same_key_with_other_bytes_is_a_conflict(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    await admin.http.post("/v1/documents", files={"file": ("a.txt", b"one")}, headers=_KEY)
    other = await admin.http.post("/v1/documents", files={"file": ("a.txt", b"two")}, headers=_KEY)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


async def test_a_repeated_question_is_answered_once(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    answers = [await admin.http.post("/v1/ask", json={"question": "Why?"}, headers=_KEY) for _ in range(2)]
    assert answers[0].json()["id"] == answers[1].json()["id"]


async def test_a_repeated_search_is_answered_from_what_was_kept(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    answers = [await admin.http.post("/v1/search", json={"query": "quay"}, headers=_KEY) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert [answer.headers.get("idempotency-replayed") for answer in answers] == [None, "true"]
    other = await admin.http.post("/v1/search", json={"query": "harbour"}, headers=_KEY)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


async def test_an_enrolment_whose_answer_was_lost_is_answered_again_under_its_key_alone(deployment: Deployment) -> None:
    _, code = await deployment.code()
    stranger = deployment.client()
    first = await stranger.post("/v1/enrol", json={"code": code}, headers=_KEY)
    again = await stranger.post("/v1/enrol", json={"code": code}, headers=_KEY)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    for headers in ({}, {"Idempotency-Key": "guessed"}):
        refused = await stranger.post("/v1/enrol", json={"code": code}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "enrolment_used")


async def test_a_request_that_failed_gives_its_key_back(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    refused = await admin.http.post("/v1/ask", json={"question": "Why?", "profile": "none"}, headers=_KEY)
    assert refused.status_code == 404
    assert (await admin.http.post("/v1/clients", json=_CLIENT, headers=_KEY)).status_code == 201


async def test_parallel_requests_under_one_key_do_their_work_once(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    answers = await asyncio.gather(*(admin.http.post("/v1/clients", json=_CLIENT, headers=_KEY) for _ in range(10)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert 201 in {answer.status_code for answer in answers}
    assert len((await admin.http.get("/v1/clients")).json()["items"]) == 2


async def test_L17_a_key_of_another_client_or_tenant_is_another_key(deployment: Deployment) -> None:
    mine, theirs = await deployment.administrator(), await deployment.administrator()
    colleague = await deployment.member(mine, "admin")
    made = [await each.http.post("/v1/clients", json=_CLIENT, headers=_KEY) for each in (mine, theirs, colleague)]
    assert [each.status_code for each in made] == [201, 201, 201]
    assert len({each.json()["client_id"] for each in made}) == 3


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "é"])
async def test_a_key_that_is_not_short_printable_text_is_refused(deployment: Deployment, key: str) -> None:
    admin = await deployment.administrator()
    answer = await admin.http.post("/v1/clients", json=_CLIENT, headers=[(b"Idempotency-Key", key.encode())])
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_header")
