"""A Qdrant server on loopback that holds its tokens to the rules and keeps what it was asked.

Collections are those of the client's local mode. The rights each route needs are those of the real server, as its own
tests list them; in two points it is stricter than the real one: a token without `access` or without `exp` is refused,
where Qdrant would take it for everything and for ever.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from pydantic import TypeAdapter
from qdrant_client import QdrantClient, models

Json = dict[str, Any]

_POINTS = ("r", "rw", "prw")
_WRITES = ("rw", "prw")
_MANAGE = ()
_ROUTES: list[tuple[str, str, tuple[str, ...], str]] = [
    ("PUT", r"/collections/([^/]+)", _MANAGE, "create"),
    ("DELETE", r"/collections/([^/]+)", _MANAGE, "delete"),
    ("GET", r"/collections", _POINTS, "names"),
    ("GET", r"/collections/([^/]+)/exists", _POINTS, "exists"),
    ("PUT", r"/collections/([^/]+)/index", ("rw",), "index"),
    ("POST", r"/collections/([^/]+)/snapshots", ("rw",), "snapshot"),
    ("PUT", r"/collections/([^/]+)/points", _WRITES, "upsert"),
    ("POST", r"/collections/([^/]+)/points/delete", _WRITES, "remove"),
    ("POST", r"/collections/([^/]+)/points/query/batch", _POINTS, "query"),
    ("POST", r"/collections/([^/]+)/points/scroll", _POINTS, "scroll"),
    ("POST", r"/collections/([^/]+)/points", _POINTS, "retrieve"),
]


class _Refused(Exception):
    def __init__(self, status: HTTPStatus, says: str) -> None:
        super().__init__(says)
        self.status = status


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    claims: Json
    body: bytes
    status: int


@dataclass(slots=True)
class StandIn:
    """The running server: its address, what it was asked, what it holds."""

    url: str
    api_key: str
    asked: list[Asked] = field(default_factory=list)
    held: QdrantClient = field(default_factory=lambda: QdrantClient(":memory:"))
    lock: threading.Lock = field(default_factory=threading.Lock)
    down: bool = False

    def names(self) -> list[str]:
        """Return the collections it has."""
        return sorted(each.name for each in self.held.get_collections().collections)

    def restart(self) -> None:
        """Lose everything, as a server on a memory file system does."""
        with self.lock:
            self.held = QdrantClient(":memory:")

    def bodies(self) -> bytes:
        """Return every body and path it was sent, one after the other."""
        return b"\n".join(asked.path.encode() + b"\n" + asked.body for asked in self.asked)

    def answer(self, method: str, path: str, authorization: str, body: bytes) -> tuple[int, Json]:
        """Answer one request."""
        claims: Json = {}
        try:
            claims = self._claims(authorization)
            result, status = self._result(method, path, claims, body), HTTPStatus.OK
        except _Refused as refused:
            result, status = {"error": str(refused)}, refused.status
        with self.lock:
            self.asked.append(Asked(method, path, claims, body, status))
        if status is not HTTPStatus.OK:
            return status, {"status": result, "time": 0.0}
        return status, {"result": result, "status": "ok", "time": 0.0}

    def _claims(self, authorization: str) -> Json:
        if self.down:
            raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE, "down")
        try:
            claims: Json = jwt.decode(
                authorization.removeprefix("Bearer "),
                self.api_key,
                algorithms=["HS256"],
                options={"require": ["exp", "access"]},
            )
        except jwt.PyJWTError as error:
            raise _Refused(HTTPStatus.UNAUTHORIZED, type(error).__name__) from None
        return claims

    def _result(self, method: str, path: str, claims: Json, body: bytes) -> Any:  # noqa: ANN401 - as wide as JSON
        rights, action, named = _route(method, path.partition("?")[0])
        allowed = _allowed(claims["access"], rights)
        asked = json.loads(body) if body else {}
        with self.lock:
            if action == "names":
                return {"collections": [{"name": name} for name in self.names() if allowed(name)]}
            if not allowed(named[0]):
                raise _Refused(HTTPStatus.FORBIDDEN, "the token does not reach this")
            return self._act(action, named[0], asked)

    def _act(self, action: str, name: str, asked: Json) -> Any:  # noqa: ANN401 - as wide as JSON
        exists = self.held.collection_exists(name)
        if action == "exists":
            return {"exists": exists}
        if action == "create":
            if exists:
                raise _Refused(HTTPStatus.CONFLICT, "it exists")
            vectors = TypeAdapter(models.VectorsConfig).validate_python(asked["vectors"])
            sparse = TypeAdapter(dict[str, models.SparseVectorParams]).validate_python(asked["sparse_vectors"] or {})
            return self.held.create_collection(name, vectors_config=vectors, sparse_vectors_config=sparse)
        if not exists:
            raise _Refused(HTTPStatus.NOT_FOUND, "no such collection")
        if action == "delete":
            return self.held.delete_collection(name)
        return getattr(self, f"_{action}")(name, asked)

    def _index(self, name: str, asked: Json) -> Json:
        del name, asked  # the local mode filters without indexes
        return {"operation_id": 0, "status": "completed"}

    def _snapshot(self, name: str, asked: Json) -> Json:
        del asked
        return {"name": f"{name}.snapshot", "size": 1}

    def _upsert(self, name: str, asked: Json) -> Json:
        self.held.upsert(name, [models.PointStruct.model_validate(point) for point in asked["points"]])
        return {"operation_id": 0, "status": "completed"}

    def _remove(self, name: str, asked: Json) -> Json:
        self.held.delete(name, models.PointIdsList.model_validate(asked))
        return {"operation_id": 0, "status": "completed"}

    def _query(self, name: str, asked: Json) -> list[Json]:
        if any(each["params"] != {"exact": True} for each in asked["searches"]):
            raise _Refused(HTTPStatus.NOT_IMPLEMENTED, "local mode searches exactly or not at all")
        searches = [models.QueryRequest.model_validate(each | {"params": None}) for each in asked["searches"]]
        return [answer.model_dump(mode="json") for answer in self.held.query_batch_points(name, searches)]

    def _retrieve(self, name: str, asked: Json) -> list[Json]:
        records = self.held.retrieve(name, asked["ids"], with_payload=bool(asked.get("with_payload")))
        return [record.model_dump(mode="json") for record in records]

    def _scroll(self, name: str, asked: Json) -> Json:
        records, following = self.held.scroll(name, limit=asked["limit"], with_payload=True)
        return {"points": [record.model_dump(mode="json") for record in records], "next_page_offset": following}


def _route(method: str, path: str) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    for verb, pattern, rights, action in _ROUTES:
        matched = re.fullmatch(pattern, path)
        if verb == method and matched is not None:
            return rights, action, matched.groups()
    raise _Refused(HTTPStatus.NOT_IMPLEMENTED, f"{method} {path} is not stood in for")


def _allowed(access: object, rights: tuple[str, ...]) -> Callable[[str], bool]:
    """Return what tells whether a token reaches a collection for one of `rights`."""
    if access == "m":
        return lambda _: True
    if not isinstance(access, list):
        raise _Refused(HTTPStatus.FORBIDDEN, "global tokens are not taken here")
    reached = {right["collection"] for right in access if right.get("access") in rights}
    return lambda name: name in reached


@contextmanager
def running(api_key: str) -> Iterator[StandIn]:
    """Run a server on a free port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            status, answer = stand_in.answer(self.command, self.path, self.headers.get("Authorization") or "", body)
            raw = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815 - the names http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server gives it
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stand_in = StandIn(f"http://127.0.0.1:{server.server_port}", api_key)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
