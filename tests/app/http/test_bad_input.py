"""Whatever is sent, the answer is a problem document that repeats nothing of it."""

from typing import Any

import orjson
import pytest

from app.http.plane import create_tenant_app
from app.problems import PROBLEM_SCHEMA
from tests.app.http.deployment import Deployment, Twin

pytestmark = pytest.mark.asyncio(loop_scope="session")

_CANARY = "zq-canary-5519"
_JSON = "application/json"


def assert_problem(answer: Any, status: int, code: str) -> None:  # noqa: ANN401 - any client's answer
    """Assert that an answer is a whole problem document which repeats nothing that was sent but the path."""
    document = answer.json()
    assert (answer.status_code, document["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(PROBLEM_SCHEMA["required"]) <= set(document) <= set(PROBLEM_SCHEMA["properties"])
    assert document["status"] == status
    assert document["instance"] == answer.request.url.raw_path.decode().partition("?")[0]
    assert document["request_id"] == answer.headers["x-request-id"]
    assert _CANARY not in answer.text
    assert _CANARY not in str(answer.headers)


_BODIES: dict[str, tuple[str, object, str]] = {
    "query missing": ("/v1/search", {}, "validation_failed"),
    "query empty": ("/v1/search", {"query": ""}, "validation_failed"),
    "query blank": ("/v1/search", {"query": " \n\t"}, "question_too_long"),
    "query a number": ("/v1/search", {"query": 5}, "validation_failed"),
    "query a list": ("/v1/search", {"query": [_CANARY]}, "validation_failed"),
    "query over-long": ("/v1/search", {"query": _CANARY * 2000}, "validation_failed"),
    "top_k zero": ("/v1/search", {"query": _CANARY, "top_k": 0}, "validation_failed"),
    "top_k large": ("/v1/search", {"query": _CANARY, "top_k": 101}, "validation_failed"),
    "top_k text": ("/v1/search", {"query": "x", "top_k": _CANARY}, "validation_failed"),
    "top_k true": ("/v1/search", {"query": "x", "top_k": True}, "validation_failed"),
    "top_k a fraction": ("/v1/search", {"query": "x", "top_k": 2.5}, "validation_failed"),
    "top_k null": ("/v1/search", {"query": "x", "top_k": None}, "validation_failed"),
    "unknown field": ("/v1/search", {"query": "x", "collection": _CANARY}, "validation_failed"),
    "unknown odd field": ("/v1/search", {"query": "x", f"{_CANARY} </script>": 1}, "validation_failed"),
    "filter a list": ("/v1/search", {"query": "x", "filter": [_CANARY]}, "validation_failed"),
    "filter nested": ("/v1/search", {"query": "x", "filter": {"a": {"$ne": _CANARY}}}, "invalid_filter"),
    "filter crowded": ("/v1/search", {"query": "x", "filter": {"a": [_CANARY] * 65}}, "invalid_filter"),
    "question missing": ("/v1/ask", {"query": _CANARY}, "validation_failed"),
    "question null": ("/v1/ask", {"question": None}, "validation_failed"),
    "stream asked for": ("/v1/ask", {"question": _CANARY, "stream": True}, "streaming_unavailable"),
    "stream text": ("/v1/ask", {"question": _CANARY, "stream": "yes"}, "validation_failed"),
    "role unknown": ("/v1/clients", {"name": "x", "roles": [_CANARY]}, "validation_failed"),
    "roles empty": ("/v1/clients", {"name": "x", "roles": []}, "validation_failed"),
    "name over-long": ("/v1/clients", {"name": _CANARY * 50, "roles": ["user"]}, "validation_failed"),
    "expiry past": (
        "/v1/clients",
        {"name": "x", "roles": ["user"], "expires_at": "2001-01-01T00:00:00Z"},
        "validation_failed",
    ),
    "expiry without zone": (
        "/v1/clients",
        {"name": "x", "roles": ["user"], "expires_at": "2101-01-01T00:00:00"},
        "validation_failed",
    ),
    "expiry a number": ("/v1/clients", {"name": "x", "roles": ["user"], "expires_at": 4e9}, "validation_failed"),
    "body a list": ("/v1/search", [_CANARY], "validation_failed"),
    "body null": ("/v1/search", None, "validation_failed"),
    "body text": ("/v1/search", _CANARY, "validation_failed"),
}


@pytest.mark.parametrize("case", sorted(_BODIES))
async def test_L23_a_body_that_is_not_valid_is_answered_without_repeating_it(
    twins: tuple[Twin, Twin], case: str
) -> None:
    path, body, code = _BODIES[case]
    answer = await twins[0].admin.http.post(path, content=orjson.dumps(body), headers={"Content-Type": _JSON})
    assert_problem(answer, 422, code)


_RAW = {
    "nothing": b"",
    "cut off": b'{"query": "zq-canary-5519',
    "single quotes": b"{'query': 'zq-canary-5519'}",
    "NaN": b'{"query": "x", "top_k": NaN}',
    "Infinity": b'{"query": "x", "filter": {"a": Infinity}}',
    "not UTF-8": b'{"query": "zq-canary-5519\xff"}',
    "half a pair": b'{"query": "\\ud800"}',
    "two values": b'{"query": "x"}{"query": "zq-canary-5519"}',
    "deep": b"[" * 100_000,
    "deep object": b'{"a":' * 50_000,
    "byte order mark": b'\xef\xbb\xbf{"query": "x"}',
}


@pytest.mark.parametrize("case", sorted(_RAW))
async def test_bytes_that_are_not_json_are_refused(twins: tuple[Twin, Twin], case: str) -> None:
    answer = await twins[0].admin.http.post("/v1/search", content=_RAW[case], headers={"Content-Type": _JSON})
    assert_problem(answer, 422, "invalid_json")


@pytest.mark.parametrize("declared", ["", "text/plain", "application/x-www-form-urlencoded", "application", "json"])
async def test_json_that_is_not_declared_as_json_is_refused(twins: tuple[Twin, Twin], declared: str) -> None:
    answer = await twins[0].admin.http.post("/v1/search", content=b'{"query": "x"}', headers={"Content-Type": declared})
    assert_problem(answer, 422, "invalid_json")


async def test_a_body_over_a_mebibyte_is_too_large_declared_or_not(twins: tuple[Twin, Twin]) -> None:
    large = orjson.dumps({"query": _CANARY * 100_000})

    async def pieces() -> Any:  # noqa: ANN401 - an async iterator
        for start in range(0, len(large), 65_536):
            yield large[start : start + 65_536]

    for content in (large, pieces()):
        answer = await twins[0].admin.http.post("/v1/search", content=content, headers={"Content-Type": _JSON})
        assert_problem(answer, 413, "body_too_large")


_QUERIES = {
    "limit zero": "limit=0",
    "limit large": "limit=101",
    "limit text": f"limit={_CANARY}",
    "limit empty": "limit=",
    "limit fraction": "limit=1.5",
    "status unknown": f"status={_CANARY}",
    "cursor made up": f"cursor={_CANARY}",
    "cursor hex": "cursor=00ff",
    "cursor odd": "cursor=0",
    "cursor long": "cursor=" + "a" * 5000,
    "cursor unicode": "cursor=%C3%A9%00",
}


@pytest.mark.parametrize("case", sorted(_QUERIES))
@pytest.mark.parametrize("below", ["", "/chunks"])
async def test_a_query_that_is_not_valid_is_answered_without_repeating_it(
    twins: tuple[Twin, Twin], below: str, case: str
) -> None:
    if below and case.startswith("status"):
        return
    path = f"/v1/documents/{twins[0].document['id']}{below}" if below else "/v1/documents"
    answer = await twins[0].admin.http.get(f"{path}?{_QUERIES[case]}")
    assert_problem(answer, 422, "invalid_cursor" if "made" in case or "hex" in case else answer.json()["code"])


@pytest.mark.parametrize(
    "query", ["limit=1&limit=2", "cursor=&limit=5&x=y", "%ff=%fe", "=&&==", "limit=1&" + "a=b&" * 2000]
)
async def test_a_doubled_or_strange_query_is_no_crash(twins: tuple[Twin, Twin], query: str) -> None:
    answer = await twins[0].admin.http.get(f"/v1/documents?{query}")
    assert answer.status_code in {200, 422}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/me", "GET"),
        ("PUT", "/v1/documents", "GET, POST"),
        ("PUT", "/v1/documents/doc_x", "DELETE, GET, PATCH"),
        ("GET", "/v1/search", "POST"),
        ("OPTIONS", "/v1/ask", "POST"),
        ("TRACE", "/healthz", "GET"),
        ("BREW", "/v1/token", "POST"),
    ],
)
async def test_another_verb_is_a_problem_that_names_the_right_ones(
    twins: tuple[Twin, Twin], method: str, path: str, allowed: str
) -> None:
    answer = await twins[0].admin.http.request(method, path)
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/me/", "/v2/me", "/v1/documents/a/b/c", "/v1//me", "/V1/ME", "/%00", "/v1/é"]
)
async def test_a_path_that_does_not_exist_is_the_same_absence_as_an_id_that_does_not(
    deployment: Deployment, path: str
) -> None:
    answer = await deployment.client().get(path)
    assert_problem(answer, 404, "not_found")


@pytest.mark.parametrize("app", ["x" * 65, "tab\there"])
async def test_an_app_name_that_is_too_long_or_not_printable_is_refused(twins: tuple[Twin, Twin], app: str) -> None:
    answer = await twins[0].admin.http.get("/v1/me", headers={"X-App": app})
    assert_problem(answer, 422, "invalid_header")


async def test_a_crash_says_nothing_about_itself_and_names_the_request(
    deployment: Deployment, twins: tuple[Twin, Twin]
) -> None:
    broken = create_tenant_app(deployment.resources)

    @broken.get("/v1/broken")
    async def crash() -> None:
        raise RuntimeError(_CANARY)

    answer = await Deployment(deployment.resources, deployment.parser, broken).client().get("/v1/broken")
    assert_problem(answer, 500, "internal_error")
    assert answer.headers["cache-control"] == "no-store"
    assert twins[0].admin.tenant not in answer.text
