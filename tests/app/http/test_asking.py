"""Search finds and ask answers from the caller's own documents, and says so when they do not hold the answer."""

import pytest

from tests.app.http.deployment import Deployment, Twin
from tests.standins.openai_server import OpenAIServer, Reply

pytestmark = pytest.mark.asyncio(loop_scope="session")

_TEXT = (
    "The quay was rebuilt in 1931 after the storm. The crane lifts forty tonnes. "
    "The harbour master lives in the red house by the lighthouse."
)


async def test_a_hit_is_the_text_at_its_positions(twins: tuple[Twin, Twin]) -> None:
    (hit,) = await twins[0].admin.search("password of the vault")
    assert set(hit) == {
        "chunk_id",
        "document_id",
        "document_name",
        "text",
        "score",
        "page",
        "pages",
        "start",
        "end",
        "header",
        "sheet",
    }
    assert hit["end"] - hit["start"] == len(hit["text"])
    assert (hit["document_id"], hit["page"]) == (twins[0].document["id"], None)
    assert 0 < hit["score"] <= 1


async def test_top_k_bounds_the_hits(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    for number in range(12):
        await admin.upload(f"{number}.txt", f"Report {number} about the harbour.".encode())
    await deployment.drain(admin)
    assert len(await admin.search("harbour report")) == 10
    assert len(await admin.search("harbour report", top_k=3)) == 3
    assert len(await admin.search("harbour report", top_k=100)) == 12


async def test_an_answer_quotes_its_sources_word_for_word(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    document = await admin.upload("harbour.txt", _TEXT.encode())
    await deployment.drain(admin)
    answer = (await admin.http.post("/v1/ask", json={"question": "When was the quay rebuilt?"})).json()
    assert set(answer) == {
        "id", "answer", "refused", "reason", "citations", "profile", "model", "usage", "conversation_id",
    }  # fmt: skip
    assert "1931" in answer["answer"]
    assert (answer["refused"], answer["reason"], answer["model"]) == (False, None, "extractive")
    assert answer["profile"] == {"name": "default", "version": 1}
    assert set(answer["usage"]) == {"prompt_tokens", "completion_tokens", "embedding_tokens", "cost_usd"}
    assert answer["usage"]["embedding_tokens"] >= 5
    for citation in answer["citations"]:
        assert citation["document_id"] == document["id"]
        assert citation["quote"] == _TEXT[citation["start"] : citation["end"]]


async def test_a_question_the_documents_do_not_answer_is_refused_without_citations(twins: tuple[Twin, Twin]) -> None:
    answer = (await twins[0].admin.http.post("/v1/ask", json={"question": "Who painted the Mona Lisa?"})).json()
    assert (answer["refused"], answer["citations"]) == (True, [])
    assert answer["reason"]


async def test_a_tenant_without_documents_is_refused_for_want_of_hits(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    assert await admin.search("anything") == []
    answer = (await admin.http.post("/v1/ask", json={"question": "Is there anything?"})).json()
    assert (answer["refused"], answer["reason"]) == (True, "no_hits")


@pytest.mark.parametrize("path", ["/v1/search", "/v1/ask"])
async def test_a_user_asks_shorter_questions_than_those_who_keep_the_documents(
    deployment: Deployment, path: str
) -> None:
    said = "query" if path == "/v1/search" else "question"
    admin = await deployment.administrator()
    user = await deployment.member(admin, "user")
    power = await deployment.member(admin, "power")
    for member, length, status in ((user, 2000, 200), (user, 2001, 422), (power, 16_000, 200), (power, 16_001, 422)):
        answer = await member.http.post(path, json={said: ("quay " * 4000)[:length]})
        assert answer.status_code == status, (length, answer.text)


async def test_a_choice_of_profile_takes_a_role_that_has_it(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    user = await deployment.member(admin, "user")
    question = {"question": "When was the quay rebuilt?"}
    chosen = await user.http.post("/v1/ask", json={**question, "profile": "other"})
    assert (chosen.status_code, chosen.json()["code"]) == (403, "role_required")
    assert (await user.http.post("/v1/ask", json={**question, "profile": "default"})).status_code == 200
    assert (await admin.http.post("/v1/ask", json={**question, "profile": "other"})).status_code == 404


async def test_a_user_reaches_no_document_but_through_questions(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    user = await deployment.member(admin, "user")
    document = await admin.upload("harbour.txt", _TEXT.encode())
    await deployment.drain(admin)
    for path in ("", "/content", "/chunks", "/events"):
        answer = await user.http.get(f"/v1/documents/{document['id']}{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "role_required")
    hits = (await user.http.post("/v1/search", json={"query": "harbour"})).json()["hits"]
    assert {hit["document_id"] for hit in hits} == {document["id"]}


async def test_the_limits_and_the_roles_of_a_caller_are_told_to_it(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    me = (await (await deployment.member(admin, "user", "auditor")).http.get("/v1/me")).json()
    assert set(me) == {"tenant", "actor", "roles", "limits"}
    assert set(me["tenant"]) == {"id", "name", "status", "plan"}
    assert me["roles"] == ["auditor", "user"]
    assert me["limits"]["bytes_per_file"] == 100_000_000


def provider(server: OpenAIServer, key: str) -> dict[str, str]:
    """Return the settings of a tenant whose answers the stand-in writes."""
    return {"provider_key": key, "provider_base_url": server.base_url, "model": "stand-in"}


async def test_L14_a_tenant_with_a_model_spends_its_own_key_and_nobody_elses(
    deployment: Deployment, openai_server: OpenAIServer
) -> None:
    with_model = await deployment.administrator(provider(openai_server, "sk-theirs"))
    without = await deployment.administrator()
    for admin in (with_model, without):
        await admin.upload("harbour.txt", _TEXT.encode())
        await deployment.drain(admin)
    question = {"question": "When was the quay rebuilt?"}
    written = (await with_model.http.post("/v1/ask", json=question)).json()
    quoted = (await without.http.post("/v1/ask", json=question)).json()
    assert (written["model"], quoted["model"]) == ("stand-in", "extractive")
    assert written["usage"]["prompt_tokens"] > 0
    assert [citation["quote"] for citation in written["citations"]] == [_TEXT.partition(" The crane")[0]]
    assert [asked.headers["authorization"] for asked in openai_server.asked] == ["Bearer sk-theirs"]


async def test_too_little_evidence_calls_no_model(deployment: Deployment, openai_server: OpenAIServer) -> None:
    admin = await deployment.administrator(provider(openai_server, "sk-theirs"))
    answer = (await admin.http.post("/v1/ask", json={"question": "When was the quay rebuilt?"})).json()
    assert (answer["refused"], answer["reason"]) == (True, "no_hits")
    assert openai_server.asked == []


async def test_a_provider_that_fails_is_a_problem_that_repeats_nothing_of_it(
    deployment: Deployment, openai_server: OpenAIServer
) -> None:
    admin = await deployment.administrator(provider(openai_server, "sk-theirs"))
    await admin.upload("harbour.txt", _TEXT.encode())
    await deployment.drain(admin)
    openai_server.program = lambda _: Reply({"error": {"message": "the key sk-theirs is wrong"}}, status=401)
    answer = await admin.http.post("/v1/ask", json={"question": "When was the quay rebuilt?"})
    assert answer.status_code in {502, 503}
    assert answer.headers["content-type"] == "application/problem+json"
    assert "sk-theirs" not in answer.text
