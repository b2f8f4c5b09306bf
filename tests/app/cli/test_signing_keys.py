"""The key that signs tokens is replaced beside a running service, which follows at its next request."""

import json
from pathlib import Path

import httpx
import pytest

from app.calling.remote import Remote
from app.demo.service import Started
from tests.app.processes import run, tenant

pytestmark = pytest.mark.xdist_group("service")


def _status(service: Started, token: str) -> int:
    return httpx.get(f"{service.url}/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code


def _token(service: Started, credentials: tuple[str, str]) -> str:
    form = {"grant_type": "client_credentials", "client_id": credentials[0], "client_secret": credentials[1]}
    token: str = httpx.post(f"{service.url}/v1/token", data=form).json()["access_token"]
    return token


def _kids(service: Started) -> list[str]:
    return [key["kid"] for key in httpx.get(f"{service.url}/.well-known/jwks.json").json()["keys"]]


def test_tokens_of_before_stay_valid_beside_the_new_key_and_end_with_a_rotation_at_once(service: Started) -> None:
    folder = Path(f"/proc/{service.process.pid}/cwd").resolve()
    credentials = tenant(service, "Turnkeys")
    (before,), old = _kids(service), _token(service, credentials)
    done = run(folder, "operator", "rotate-signing-key", "--reason", "yearly", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert _kids(service) == [told["kid"], before]
    new = _token(service, credentials)
    assert [_status(service, token) for token in (old, new)] == [200, 200]
    ended = run(folder, "operator", "rotate-signing-key", "--reason", "the key was seen", "--at-once", "--json")
    assert [_status(service, token) for token in (old, new)] == [401, 401]
    assert json.loads(ended.stdout)["earlier_tokens"] == "refused"
    assert _status(service, _token(service, credentials)) == 200


def test_operators_keys_are_replaced_apart_and_never_without_a_reason(service: Started) -> None:
    folder = Path(f"/proc/{service.process.pid}/cwd").resolve()
    kids = _kids(service)
    assert run(folder, "operator", "rotate-signing-key", "--plane", "operators").returncode == 2
    done = run(folder, "operator", "rotate-signing-key", "--plane", "operators", "--reason", "yearly", "--json")
    assert done.returncode == 0, done.stderr
    assert _kids(service) == kids
    fresh = run(folder, "operator", "token").stdout.splitlines()[-1]
    for token in (service.token, fresh):
        with Remote(service.operators, token) as operators:
            assert "items" in operators.call("GET", "/admin/v1/tenants")
