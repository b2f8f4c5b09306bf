"""Requests that every deployment must refuse, and how: the table that `test_bad_input.py` works through."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

MOST_BYTES: Final = 200_000
"""The largest file that the tenant under test may upload."""

ABSENT: Final = "doc_00000000000000000000000a"
_MEGABYTE: Final = 1024 * 1024
_DEEP: Final = b"[" * 100_000 + b"]" * 100_000


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that is refused, and how."""

    says: str
    method: str
    path: str
    status: int
    code: str | None = None
    send: Mapping[str, Any] = field(default_factory=dict)


def raw(content: bytes, kind: str | None = "application/json") -> dict[str, Any]:
    """Return a body as it stands."""
    return {"content": content, "headers": {} if kind is None else {"Content-Type": kind}}


def file(name: str = "a.txt", content: bytes = b"Some text.", **fields: str) -> dict[str, Any]:
    """Return an upload."""
    return {"files": {"file": (name, content)}, "data": fields}


SEARCH, ASK, CLIENTS, UPLOAD = (
    ("POST", "/v1/search"),
    ("POST", "/v1/ask"),
    ("POST", "/v1/clients"),
    ("POST", "/v1/documents"),
)
DOCUMENT: Final = f"/v1/documents/{ABSENT}"
BODIES: Final = [
    Refused("unknown field", *SEARCH, 422, None, {"json": {"query": "a", "tenant": "b"}}),
    Refused("unknown field in ask", *ASK, 422, None, {"json": {"question": "a", "tenant_id": "b"}}),
    Refused("missing field", *SEARCH, 422, None, {"json": {"top_k": 3}}),
    Refused("text for a number", *SEARCH, 422, None, {"json": {"query": "a", "top_k": "3"}}),
    Refused("truth for a number", *SEARCH, 422, None, {"json": {"query": "a", "top_k": True}}),
    Refused("number for a text", *SEARCH, 422, None, {"json": {"query": 3}}),
    Refused("null for a text", *SEARCH, 422, None, {"json": {"query": None}}),
    Refused("empty text", *SEARCH, 422, None, {"json": {"query": ""}}),
    Refused("blank text", *SEARCH, 422, None, {"json": {"query": " \n\t "}}),
    Refused("top_k of none", *SEARCH, 422, None, {"json": {"query": "a", "top_k": 0}}),
    Refused("top_k of many", *SEARCH, 422, None, {"json": {"query": "a", "top_k": 101}}),
    Refused("top_k of too many digits", *SEARCH, 422, None, raw(b'{"query":"a","top_k":' + b"9" * 5000 + b"}")),
    Refused("null filter", *SEARCH, 422, None, {"json": {"query": "a", "filter": None}}),
    Refused("list for a filter", *SEARCH, 422, None, {"json": {"query": "a", "filter": []}}),
    Refused("filter on a tenant", *SEARCH, 422, None, {"json": {"query": "a", "filter": {"tenant_id": "x"}}}),
    Refused("nested filter", *SEARCH, 422, None, {"json": {"query": "a", "filter": {"a": {"b": {"c": 1}}}}}),
    Refused("list for an object", *SEARCH, 422, None, {"json": [1, 2]}),
    Refused("unknown role", *CLIENTS, 422, None, {"json": {"name": "a", "roles": ["root"]}}),
    Refused("no roles", *CLIENTS, 422, None, {"json": {"name": "a", "roles": []}}),
    Refused(
        "a time without a zone",
        *CLIENTS,
        422,
        None,
        {"json": {"name": "a", "roles": ["user"], "expires_at": "2030-01-01T00:00:00"}},
    ),
    Refused("unknown profile", *ASK, 404, None, {"json": {"question": "a", "profile": "none-such"}}),
    Refused("cut JSON", *SEARCH, 422, "invalid_json", raw(b'{"query": "a"')),
    Refused("no body", *SEARCH, 422, "invalid_json", raw(b"")),
    Refused("NaN", *SEARCH, 422, "invalid_json", raw(b'{"query": "a", "top_k": NaN}')),
    Refused("single quotes", *SEARCH, 422, "invalid_json", raw(b"{'query': 'a'}")),
    Refused("two values", *SEARCH, 422, "invalid_json", raw(b'{"query": "a"} {"query": "b"}')),
    Refused("bytes that are not UTF-8", *SEARCH, 422, "invalid_json", raw(b'{"query": "\xff\xfe"}')),
    Refused("half a surrogate pair", *SEARCH, 422, "invalid_json", raw(b'{"query": "\\ud800"}')),
    Refused("byte order mark", *SEARCH, 422, "invalid_json", raw(b'\xef\xbb\xbf{"query": "a"}')),
    Refused("UTF-16", *SEARCH, 422, "invalid_json", raw('{"query": "a"}'.encode("utf-16"))),
    Refused("deep nesting", *SEARCH, 422, "invalid_json", raw(_DEEP)),
    Refused("deep nesting in a field", *SEARCH, 422, "invalid_json", raw(b'{"query": ' + _DEEP + b"}")),
    Refused("text as content type", *SEARCH, 422, "invalid_json", raw(b'{"query": "a"}', "text/plain")),
    Refused("form as content type", *SEARCH, 422, "invalid_json", raw(b"query=a", "application/x-www-form-urlencoded")),
    Refused("no content type", *SEARCH, 422, "invalid_json", raw(b'{"query": "a"}', None)),
    Refused("huge body", *SEARCH, 413, None, raw(b'{"query": "' + b"a" * 2 * _MEGABYTE + b'"}')),
    Refused("long query", *SEARCH, 422, None, {"json": {"query": "a" * 20_000}}),
]
UPLOADS: Final = [
    Refused("program", *UPLOAD, 415, "unsupported_type", file("setup.exe", b"MZ\x90\x00\x03" + bytes(300))),
    Refused("archive", *UPLOAD, 415, "unsupported_type", file("all.zip", b"PK\x03\x04" + bytes(300))),
    Refused("film", *UPLOAD, 415, "unsupported_type", file("a.mp4", b"\0\0\0\x18ftypmp42" + bytes(300))),
    Refused("bytes without a type", *UPLOAD, 415, "unsupported_type", file("blob", bytes(range(256)) * 8)),
    Refused("too large", *UPLOAD, 413, "too_large", file("a.txt", b"a" * (MOST_BYTES + 1))),
    Refused("far too large", *UPLOAD, 413, "too_large", file("a.txt", b"a" * 20 * MOST_BYTES)),
    Refused("no file", *UPLOAD, 422, "invalid_upload", {"files": {"other": (None, "x")}}),
    Refused("file without a name", *UPLOAD, 422, "invalid_upload", {"files": {"file": (None, "some text")}}),
    Refused(
        "two files", *UPLOAD, 422, "invalid_upload", {"files": [("file", ("a.txt", b"a")), ("file", ("b.txt", b"b"))]}
    ),
    Refused("unknown field", *UPLOAD, 422, "invalid_upload", file(tenant_id="b")),
    Refused("metadata that is a list", *UPLOAD, 422, "invalid_metadata", file(metadata="[1]")),
    Refused("metadata that is cut", *UPLOAD, 422, "invalid_metadata", file(metadata='{"a": ')),
    Refused("metadata with an object", *UPLOAD, 422, "invalid_metadata", file(metadata='{"a": {"b": 1}}')),
    Refused("metadata that names a tenant", *UPLOAD, 422, "invalid_metadata", file(metadata='{"tenant_id": "b"}')),
    Refused("empty external id", *UPLOAD, 422, "invalid_metadata", file(external_id="")),
    Refused("long external id", *UPLOAD, 422, "invalid_metadata", file(external_id="x" * 201)),
    Refused("JSON for a form", *UPLOAD, 415, None, {"json": {"file": "a"}}),
    Refused("form without a boundary", *UPLOAD, 415, None, raw(b"--a\r\n", "multipart/form-data")),
    Refused(
        "form that is cut",
        *UPLOAD,
        422,
        "invalid_upload",
        raw(
            b'--a\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nabc',
            "multipart/form-data; boundary=a",
        ),
    ),
    Refused("form that is none", *UPLOAD, 422, "invalid_upload", raw(b"\x00" * 500, "multipart/form-data; boundary=a")),
]
PLACES: Final = [
    Refused("unknown path", "GET", "/v1/nothing", 404, "not_found"),
    Refused("operator path", "GET", "/admin/v1/tenants", 404, "not_found"),
    Refused("unknown method", "PUT", "/v1/search", 405),
    Refused("absent document", "GET", DOCUMENT, 404, "not_found"),
    Refused("absent content", "GET", f"{DOCUMENT}/content", 404, "not_found"),
    Refused("absent chunks", "GET", f"{DOCUMENT}/chunks", 404, "not_found"),
    Refused("absent events", "GET", f"{DOCUMENT}/events", 404, "not_found"),
    Refused("retry of an absent one", "POST", f"{DOCUMENT}/retry", 404, "not_found"),
    Refused("deletion of an absent one", "DELETE", DOCUMENT, 404, "not_found"),
    Refused("malformed id", "GET", "/v1/documents/x", 404, "not_found"),
    Refused("id with a NUL", "GET", "/v1/documents/doc_%00", 404, "not_found"),
    Refused("id that climbs", "GET", "/v1/documents/..%2f..%2fetc%2fpasswd", 404, "not_found"),
    Refused("id of 5,000 characters", "GET", "/v1/documents/" + "d" * 5_000, 404, "not_found"),
    Refused("absent client", "DELETE", "/v1/clients/cli_00000000000000000000000a", 404, "not_found"),
    Refused("bad limit", "GET", "/v1/documents?limit=many", 422),
    Refused("limit of none", "GET", "/v1/documents?limit=0", 422),
    Refused("bad status", "GET", "/v1/documents?status=lost", 422),
    Refused("bad cursor", "GET", "/v1/documents?cursor=zzz", 422),
]
REFUSED: Final = BODIES + UPLOADS + PLACES
