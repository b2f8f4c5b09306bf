"""Nothing but the token says whose data is meant."""

import pytest

from tests.app.http.deployment import Deployment, Twin

pytestmark = pytest.mark.asyncio(loop_scope="session")

_NAMES = ("tenant", "tenant_id", "X-Tenant", "X-Tenant-Id", "tid", "org_id", "X-Organization", "collection", "owner")
_QUESTION = "the password of the harbour vault"


@pytest.mark.shows("identity.selectors")
@pytest.mark.parametrize("name", _NAMES)
async def test_L01_a_selector_in_a_header_cookie_or_query_is_ignored(twins: tuple[Twin, Twin], name: str) -> None:
    mine, theirs = twins
    named = {name: theirs.admin.tenant}
    headers = {**named, "Cookie": f"{name}={theirs.admin.tenant}"}
    http = mine.admin.http
    me = await http.get("/v1/me", headers=headers, params=named)
    hits = await http.post("/v1/search", headers=headers, params=named, json={"query": _QUESTION})
    listed = await http.get("/v1/documents", headers=headers)
    refused = await http.get("/v1/documents", headers=headers, params=named)  # unknown parameters are, on this route
    assert me.json()["tenant"]["id"] == mine.admin.tenant
    assert mine.secret in hits.text
    assert theirs.secret not in hits.text
    assert [item["id"] for item in listed.json()["items"]] == [mine.document["id"]]
    assert (refused.status_code, theirs.admin.tenant in refused.text) == (422, False)


@pytest.mark.parametrize("name", _NAMES)
async def test_L01_a_selector_without_a_token_opens_nothing(
    deployment: Deployment, twins: tuple[Twin, Twin], name: str
) -> None:
    named = {name: twins[1].admin.tenant}
    cookie = {"Cookie": f"{name}={twins[1].admin.tenant}"}
    for path in ("/v1/me", "/v1/documents", f"/v1/documents/{twins[1].document['id']}"):
        answer = await deployment.client().get(path, headers={**named, **cookie}, params=named)
        assert answer.status_code == 401


@pytest.mark.shows("identity.selectors")
@pytest.mark.parametrize("name", _NAMES)
@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("POST /v1/search", {"query": _QUESTION}),
        ("POST /v1/ask", {"question": _QUESTION}),
        ("POST /v1/clients", {"name": "x", "roles": ["user"]}),
        ("PUT /v1/profiles/x", {"tone": "dry"}),
        ("POST /v1/profiles/default/rollback", {"version": 1}),
        ("POST /v1/profiles/default/preview", {}),
        ("PATCH /v1/settings", {"model": "small-1"}),
    ],
)
async def test_L01_a_selector_in_a_body_is_an_unknown_field(
    twins: tuple[Twin, Twin], route: str, body: dict[str, object], name: str
) -> None:
    method, path = route.split(" ")
    answer = await twins[0].admin.http.request(method, path, json={**body, name: twins[1].admin.tenant})
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert answer.json()["errors"] == [{"detail": "There is no such field.", "pointer": f"#/{name}"}]
    assert twins[1].admin.tenant not in answer.text


@pytest.mark.parametrize("name", _NAMES)
async def test_L01_a_selector_in_an_upload_is_an_unknown_field_and_stores_nothing(
    twins: tuple[Twin, Twin], name: str
) -> None:
    mine, theirs = twins
    answer = await mine.admin.http.post(
        "/v1/documents", files={"file": ("a.txt", b"Some text.")}, data={name: theirs.admin.tenant}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_upload")
    for twin in twins:
        assert len((await twin.admin.http.get("/v1/documents")).json()["items"]) == 1


@pytest.mark.shows("identity.headers")
async def test_L02_ids_of_another_tenant_in_every_header_leave_the_token_in_charge(twins: tuple[Twin, Twin]) -> None:
    mine, theirs = twins
    ids = (theirs.admin.tenant, theirs.document["id"], theirs.admin.credentials["client_id"])
    for each in ids:
        headers = dict.fromkeys(("X-Tenant-Id", "X-Request-Id", "X-App", "X-Forwarded-For", "Host", "Forwarded"), each)
        answer = await mine.admin.http.get("/v1/me", headers=headers)
        assert answer.json()["tenant"]["id"] == mine.admin.tenant
        assert answer.headers["x-request-id"] != each


_TENANT_LIKE = ("tenant", "tenant_id", "Tenant-ID", "tid", "collection", "collection_name", "owner", "namespace", "org")


@pytest.mark.shows("storage.filters")
@pytest.mark.parametrize("field", _TENANT_LIKE)
@pytest.mark.parametrize("path", ["/v1/search", "/v1/ask"])
async def test_L13_a_filter_on_what_looks_like_a_tenant_is_refused(
    twins: tuple[Twin, Twin], path: str, field: str
) -> None:
    said = "query" if path == "/v1/search" else "question"
    body = {said: _QUESTION, "filter": {field: twins[1].admin.tenant}}
    answer = await twins[0].admin.http.post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_filter")


@pytest.mark.shows("storage.filters")
@pytest.mark.parametrize("path", ["/v1/search", "/v1/ask"])
@pytest.mark.parametrize(
    "given", [None, {}, {"document_id": []}, {"document_id": None}, {"document_id": [None]}, {"a": {}}]
)
async def test_L13_an_empty_or_null_filter_is_refused_and_never_taken_for_none(
    twins: tuple[Twin, Twin], path: str, given: object
) -> None:
    said = "query" if path == "/v1/search" else "question"
    answer = await twins[0].admin.http.post(path, json={said: _QUESTION, "filter": given})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_filter")


async def test_L13_a_filter_narrows_to_the_documents_that_carry_the_value(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    for year in (2023, 2024):
        text = f"The annual report about the harbour for {year}."
        await admin.upload(
            f"{year}.txt", text.encode(), {"metadata": f'{{"year": {year}}}', "external_id": f"r-{year}"}
        )
    await deployment.drain(admin)
    assert len(await admin.search("annual report")) == 2
    narrowed = [
        await admin.search("annual report", filter={"year": 2024}),
        await admin.search("annual report", filter={"external_id": ["r-2024"]}),
        await admin.search("annual report", filter={"year": [2024, 2025], "content_type": "text/plain"}),
    ]
    assert [[hit["document_name"] for hit in hits] for hits in narrowed] == [["2024.txt"]] * 3
    assert await admin.search("annual report", filter={"year": 2024, "external_id": "r-2023"}) == []
