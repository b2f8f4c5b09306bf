"""A stand-in for a model provider: a real HTTP server on loopback that speaks the OpenAI protocol."""

import hashlib
import json
import re
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

DIMENSION = 64
_FENCED = re.compile(r"^=== document \[(\d+)\] (\S+) ===\n(.*?)^=== end \[\1\] \2 ===$", re.MULTILINE | re.DOTALL)
_SENTENCE = re.compile(r".+?[.!?](?=\s|$)", re.DOTALL)
_IDLE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer: `body` is sent as JSON, or as it is if it is bytes; an empty header is left out."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Program = Callable[[Asked], Reply | str | None]
"""Chooses the answer to a request: a reply, the text of a chat answer, or None for the usual answer."""


class OpenAIServer:
    """The running server: what it was asked, and how to change what it answers."""

    def __init__(self, host: str, tls: ssl.SSLContext | None) -> None:
        self.asked: list[Asked] = []
        self.program: Program = lambda _: None
        self.http = ThreadingHTTPServer((host, 0), _handler(self))
        self.http.daemon_threads = False  # closing waits for requests at work, so no socket outlives its test
        if tls is not None:
            self.http.socket = tls.wrap_socket(self.http.socket, server_side=True)
        self.port = int(self.http.server_address[1])
        self.base_url = f"{'https' if tls else 'http'}://{host}:{self.port}/v1"

    def bodies(self, path: str) -> list[Any]:
        """Return the bodies that were sent to `path`, in order."""
        return [asked.body for asked in self.asked if asked.path == path]

    def reply(self, asked: Asked) -> Reply:
        """Return the programmed answer to a request, or the usual one."""
        chosen = self.program(asked)
        if isinstance(chosen, Reply):
            return chosen
        match (asked.method, asked.path):
            case ("POST", "/v1/chat/completions"):
                return _chat(asked.body, first_sentence(asked.body) if chosen is None else chosen)
            case ("POST", "/v1/embeddings"):
                return _embeddings(asked.body)
            case ("GET", "/v1/models"):
                return Reply({"object": "list", "data": [{"id": "stand-in", "object": "model", "owned_by": "tests"}]})
            case _:
                return Reply({"error": {"message": "no such route", "type": "invalid_request_error"}}, status=404)


@contextmanager
def running_openai_server(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[OpenAIServer]:
    """Run a server on a free port of a loopback address until the block ends."""
    server = OpenAIServer(host, tls)
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        thread.join()
        server.http.server_close()


@pytest.fixture
def openai_server() -> Iterator[OpenAIServer]:
    """A fresh stand-in provider."""
    with running_openai_server() as server:
        yield server


def first_sentence(body: Any) -> str:  # noqa: ANN401 - JSON
    """Return the first sentence of the first fenced document in a chat request, with that document's marker."""
    text = "\n".join(message["content"] for message in body["messages"])
    fenced = _FENCED.search(text)
    if fenced is None:
        return "NOT_IN_DOCUMENTS"
    lines = [line.removeprefix(">").strip() for line in fenced[3].splitlines()]
    content = " ".join(line for line in lines[lines.index("") + 1 :] if line)  # the name and page stand above the gap
    sentence = _SENTENCE.match(content)
    return f"{sentence[0] if sentence else content} [{fenced[1]}]"


def pseudo_vector(text: str, dimension: int = DIMENSION) -> list[float]:
    """Return numbers that depend on `text` only, and are not of unit length."""
    stream = hashlib.shake_128(text.encode()).digest(dimension)
    return [byte / 64 - 2 for byte in stream]


def _chat(body: Any, text: str) -> Reply:  # noqa: ANN401 - JSON
    prompt = sum(len(message["content"].split()) for message in body["messages"])
    usage = {"prompt_tokens": prompt, "completion_tokens": len(text.split())}
    usage["total_tokens"] = sum(usage.values())
    head = {"id": "chatcmpl-1", "created": 1, "model": body["model"]}
    if not body.get("stream"):
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        return Reply({**head, "object": "chat.completion", "choices": [choice], "usage": usage})
    deltas: list[dict[str, Any]] = [{"delta": {"content": word}, "finish_reason": None} for word in _words(text)]
    deltas.append({"delta": {}, "finish_reason": "stop"})
    chunk = {**head, "object": "chat.completion.chunk"}
    events: list[dict[str, Any]] = [{**chunk, "choices": [{"index": 0, **delta}]} for delta in deltas]
    events.append({**chunk, "choices": [], "usage": usage})
    lines = [f"data: {json.dumps(event)}\n\n" for event in events]
    return Reply("".join([*lines, "data: [DONE]\n\n"]).encode(), headers={"Content-Type": "text/event-stream"})


def _words(text: str) -> list[str]:
    return re.findall(r"\s*\S+", text)


def _embeddings(body: Any) -> Reply:  # noqa: ANN401 - JSON
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    entries = [{"object": "embedding", "index": i, "embedding": pseudo_vector(text)} for i, text in enumerate(texts)]
    tokens = sum(len(text.split()) for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    # Last first: a client must go by the index.
    return Reply({"object": "list", "data": entries[::-1], "model": body["model"], "usage": usage})


def _handler(server: OpenAIServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _IDLE_SECONDS

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Stay quiet: what was asked is kept in `asked`."""

        def _answer(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, json.loads(raw) if raw else None)
            server.asked.append(asked)
            reply = server.reply(asked)
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            defaults = {"Content-Type": "application/json", "Content-Length": str(len(body))}
            for name, value in {**defaults, **reply.headers}.items():
                if value:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler
