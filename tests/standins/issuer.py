"""A stand-in for an OpenID provider: a real server on loopback that publishes keys and signs whatever it is told."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from jwt.algorithms import get_default_algorithms

DISCOVERY = "/.well-known/openid-configuration"
AUDIENCE = "https://bulkhead.test/api"
ORGANISATION = "org_id"
_KEYS_PATH = "/keys"

Answer = tuple[int, Mapping[str, str], bytes]
MAKES: Mapping[str, Callable[[], Any]] = {
    "RS256": lambda: generate_rsa(65537, 2048),
    "PS256": lambda: generate_rsa(65537, 2048),
    "ES256": lambda: generate_ec(SECP256R1()),
    "ES384": lambda: generate_ec(SECP384R1()),
    "EdDSA": Ed25519PrivateKey.generate,
}


def public_jwk(private: Any, algorithm: str, **more: str) -> dict[str, Any]:  # noqa: ANN401 - a key of any kind
    """Return the public half of a key for an algorithm as a JWK."""
    jwk: dict[str, Any] = get_default_algorithms()[algorithm].to_jwk(private.public_key(), as_dict=True)
    return {**jwk, **more}


class Issuer:
    """The running provider: `asked` are the paths it was asked for, `program` overrides answers by path."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.program: dict[str, Answer] = {}
        self.keys: dict[str, tuple[str, Any]] = {}
        self.published: dict[str, dict[str, Any]] = {}
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.http.daemon_threads = False  # closing waits for requests at work, so no socket outlives its test
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        self.rotate("first")

    def rotate(self, kid: str, algorithm: str = "ES256", *, keep: bool = False, named: bool = True) -> None:
        """Sign with a new key from now on, and publish it alone, or beside those that are there."""
        private = MAKES[algorithm]()
        self.keys[kid] = (algorithm, private)
        more = {"alg": algorithm} if named else {}
        new = {kid: public_jwk(private, algorithm, kid=kid, use="sig", **more)}
        self.published = {**self.published, **new} if keep else new

    def claims(self, **changed: object) -> dict[str, object]:
        """Return the claims of a good token, some of them changed; None takes one out."""
        now = int(time.time())
        claims: dict[str, object] = {"iss": self.url, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 600}
        return {name: value for name, value in {**claims, **changed}.items() if value is not None}

    def token(self, *, kid: str | None = None, header: Mapping[str, object] | None = None, **changed: object) -> str:
        """Return a token that the newest key, or that of `kid`, has signed."""
        return self.signed(changed, kid=kid, header=header)

    def signed(
        self, changed: Mapping[str, object], *, kid: str | None = None, header: Mapping[str, object] | None = None
    ) -> str:
        """Return a token with claims of any name changed."""
        name = kid or list(self.keys)[-1]
        algorithm, private = self.keys[name]
        headers = {"kid": name, **(header or {})}
        return jwt.encode(self.claims(**changed), private, algorithm=algorithm, headers=headers)

    def answer(self, path: str) -> Answer:
        """Return the programmed answer for a path, or the usual one."""
        if path in self.program:
            return self.program[path]
        match path:
            case "/.well-known/openid-configuration":
                return said({"issuer": self.url, "jwks_uri": self.url + _KEYS_PATH})
            case "/keys":
                return said({"keys": list(self.published.values())})
            case _:
                return 404, {}, b"{}"


def said(document: object, status: int = 200) -> Answer:
    """Return an answer of JSON."""
    return status, {}, json.dumps(document).encode()


def _handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            status, headers, body = issuer.answer(self.path)
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Stay quiet: what was asked is kept in `asked`."""

    return Handler


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    """Run a provider on a free port of loopback until the block ends."""
    issuer = Issuer()
    thread = threading.Thread(target=issuer.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield issuer
    finally:
        issuer.http.shutdown()
        thread.join()
        issuer.http.server_close()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """A fresh provider."""
    with running_issuer() as server:
        yield server
