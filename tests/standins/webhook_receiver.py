"""A stand-in for a tenant's webhook: a real HTTP server on loopback that keeps what arrives, byte for byte."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_IDLE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Arrived:
    """One request; header names are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class WebhookReceiver:
    """The running server: what arrived, and what it answers to the next."""

    def __init__(self) -> None:
        self.arrived: list[Arrived] = []
        self.answer: Callable[[], tuple[int, Mapping[str, str]]] = lambda: (204, {})
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.http.daemon_threads = False
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/hook"


@contextmanager
def running_receiver() -> Iterator[WebhookReceiver]:
    """Run a receiver on a free port of loopback until the block ends."""
    receiver = WebhookReceiver()
    thread = threading.Thread(target=receiver.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.http.shutdown()
        thread.join()
        receiver.http.server_close()


def _handler(receiver: WebhookReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _IDLE_SECONDS

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.arrived.append(Arrived(self.path, headers, body))
            status, more = receiver.answer()
            self.send_response(status)
            for name, value in {**more, "Content-Length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Stay quiet."""

    return Handler
