"""The list of documents is narrowed by name, external id, metadata and time, and takes no parameter that is none."""

import pytest

from tests.app.http.deployment import Deployment, Member
from tests.app.http.documents.test_identity import put

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def listed(member: Member, **params: str | int) -> list[str]:
    """Return the names of the documents of a narrowed list."""
    answer = await member.http.get("/v1/documents", params=params)
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


async def test_a_list_is_narrowed_by_name_id_metadata_and_time(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    first = (await put(admin, "a.txt", b"Alba", external_id="A", metadata={"dept": "north", "year": 2024})).json()
    second = (await put(admin, "日本.txt", b"Brunel", metadata={"dept": "south", "year": 2024})).json()
    everything = ["日本.txt", "a.txt"]
    assert await listed(admin, name="日本.txt") == ["日本.txt"]
    assert await listed(admin, name="日本") == []
    assert await listed(admin, external_id="A") == ["a.txt"]
    assert await listed(admin, external_id="B") == []
    assert await listed(admin, metadata='{"year": 2024}') == everything
    assert await listed(admin, metadata='{"year": 2024, "dept": ["south", "west"]}') == ["日本.txt"]
    assert await listed(admin, **{"from": second["created_at"]}) == ["日本.txt"]
    assert await listed(admin, **{"from": first["created_at"], "to": second["created_at"]}) == ["a.txt"]
    assert await listed(admin, name="a.txt", status="ready") == []
    page = (await admin.http.get("/v1/documents", params={"metadata": '{"year": 2024}', "limit": 1})).json()
    assert [item["name"] for item in page["items"]] == ["日本.txt"]
    assert await listed(admin, metadata='{"year": 2024}', cursor=page["next_cursor"]) == ["a.txt"]


@pytest.mark.parametrize(
    ("params", "parameter"),
    [
        ({"sort": "name"}, "sort"),
        ({"tenant_id": "ten_x"}, "tenant_id"),
        ({"<b>": "x"}, ""),
        ({"metadata": "{"}, "metadata"),
        ({"metadata": "[]"}, "metadata"),
        ({"metadata": "{}"}, "metadata"),
        ({"metadata": '{"tenant": "x"}'}, "metadata"),
        ({"metadata": '{"a": null}'}, "metadata"),
        ({"from": "yesterday"}, "from"),
        ({"to": "2024-01-01T00:00:00"}, "to"),
        ({"name": ""}, "name"),
        ({"limit": 101}, "limit"),
    ],
)
async def test_a_parameter_that_is_none_is_refused(
    deployment: Deployment, params: dict[str, str | int], parameter: str
) -> None:
    admin = await deployment.administrator()
    answer = await admin.http.get("/v1/documents", params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]
    assert "<b>" not in answer.text
