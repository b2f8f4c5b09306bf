"""An issuer's keys are fetched seldom, within bounds, and only where a tenant's addresses may lead."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from tenancy.identity.issuer_keys import FRESH_SECONDS, GONE_SECONDS, PAUSE_SECONDS, IssuerKeys, read_keys
from tenancy.ids import TenantId
from tenancy.models.egress import AddressRefused, EgressGuard
from tests.standins.issuer import DISCOVERY, MAKES, Answer, Issuer, issuer, public_jwk, said

pytestmark = pytest.mark.shows("identity.own-issuer")

__all__ = ["issuer"]
A, B = TenantId("ten_a"), TenantId("ten_b")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(clock: Clock) -> IssuerKeys:
    return IssuerKeys(EgressGuard(("127.0.0.1",)), clock=clock)


async def test_keys_are_fetched_once_and_again_when_they_are_old(
    keys: IssuerKeys, clock: Clock, issuer: Issuer
) -> None:
    for _ in range(20):
        assert await keys.find(A, issuer.url, "first") is not None
    assert issuer.asked == [DISCOVERY, "/keys"]
    clock.now += FRESH_SECONDS
    assert await keys.find(A, issuer.url, "first") is not None
    assert len(issuer.asked) == 4


async def test_a_key_of_a_rotation_is_found_by_asking_once_more(keys: IssuerKeys, clock: Clock, issuer: Issuer) -> None:
    assert await keys.find(A, issuer.url, "first") is not None
    issuer.rotate("second", keep=True)
    clock.now += PAUSE_SECONDS
    assert await keys.find(A, issuer.url, "second") is not None
    assert await keys.find(A, issuer.url, "first") is not None
    assert len(issuer.asked) == 4


async def test_a_flood_of_unknown_keys_does_not_reach_the_issuer(
    keys: IssuerKeys, clock: Clock, issuer: Issuer
) -> None:
    assert await keys.find(A, issuer.url, "first") is not None
    for _ in range(3):
        clock.now += PAUSE_SECONDS
        before = len(issuer.asked)
        found = await asyncio.gather(*(keys.find(A, issuer.url, f"made up {number}") for number in range(100)))
        assert found == [None] * 100
        assert len(issuer.asked) - before == 2


async def test_an_issuer_that_is_down_is_asked_seldom_and_its_keys_end(
    keys: IssuerKeys, clock: Clock, issuer: Issuer
) -> None:
    assert await keys.find(A, issuer.url, "first") is not None
    issuer.program[DISCOVERY] = said({}, 503)
    clock.now += FRESH_SECONDS
    for _ in range(50):
        assert await keys.find(A, issuer.url, "first") is not None
    assert len(issuer.asked) == 3
    clock.now += GONE_SECONDS - FRESH_SECONDS
    for _ in range(50):
        assert await keys.find(A, issuer.url, "first") is None
    assert len(issuer.asked) == 4
    del issuer.program[DISCOVERY]
    clock.now += PAUSE_SECONDS
    assert await keys.find(A, issuer.url, "first") is not None


async def test_many_at_once_ask_the_issuer_once(keys: IssuerKeys, issuer: Issuer) -> None:
    found = await asyncio.gather(*(keys.find(A, issuer.url, "first") for _ in range(50)))
    assert None not in found
    assert issuer.asked == [DISCOVERY, "/keys"]


@pytest.mark.shows("identity.organisations")
async def test_L18_a_key_of_one_tenants_issuer_is_never_anothers(keys: IssuerKeys, issuer: Issuer) -> None:
    mine = await keys.find(A, issuer.url, "first")
    issuer.rotate("first")
    theirs = await keys.find(B, issuer.url, "first")
    assert mine is not None
    assert theirs is not None
    assert mine.key != theirs.key
    keys.forget(A)
    assert await keys.find(A, "http://127.0.0.1:1", "first") is None
    assert await keys.find(B, issuer.url, "first") == theirs


_BROKEN: dict[str, Callable[[Issuer], dict[str, Answer]]] = {
    "another issuer's document": lambda one: {DISCOVERY: said({"issuer": "https://x", "jwks_uri": one.url + "/keys"})},
    "no keys named": lambda one: {DISCOVERY: said({"issuer": one.url})},
    "keys are no address": lambda one: {DISCOVERY: said({"issuer": one.url, "jwks_uri": 7})},
    "a list": lambda _: {DISCOVERY: said([])},
    "no JSON": lambda _: {DISCOVERY: (200, {}, b"<html>")},
    "not UTF-8": lambda _: {DISCOVERY: (200, {}, b"\xff\xfe")},
    "nested deeply": lambda _: {DISCOVERY: (200, {}, b"[" * 100_000)},
    "an error": lambda _: {DISCOVERY: said({}, 500)},
    "a redirect": lambda one: {DISCOVERY: (302, {"Location": one.url + "/elsewhere"}, b"")},
    "a redirect of the keys": lambda one: {"/keys": (307, {"Location": one.url + "/elsewhere"}, b"")},
    "too long": lambda one: {DISCOVERY: said({"issuer": one.url, "jwks_uri": one.url + "/keys", "x": "y" * 300_000})},
    "no set of keys": lambda _: {"/keys": said({"keys": {}})},
    "keys that are none": lambda _: {"/keys": said({"keys": [7, None, {}, {"kid": "first"}, {"kid": 7}]})},
}


@pytest.mark.parametrize("case", _BROKEN)
async def test_an_issuer_that_answers_oddly_has_no_keys(keys: IssuerKeys, issuer: Issuer, case: str) -> None:
    issuer.program = _BROKEN[case](issuer)
    assert await keys.find(A, issuer.url, "first") is None
    assert "/elsewhere" not in issuer.asked


@pytest.mark.parametrize("named", ["http://169.254.169.254/keys", "http://10.0.0.1/keys", "ftp://x/keys", "file:///x"])
async def test_L50_keys_that_lie_inside_are_not_fetched(keys: IssuerKeys, issuer: Issuer, named: str) -> None:
    issuer.program[DISCOVERY] = said({"issuer": issuer.url, "jwks_uri": named})
    assert await keys.find(A, issuer.url, "first") is None


@pytest.mark.parametrize(
    "address",
    ["http://issuer.example", "https://127.0.0.1", "https://2130706433", "https://10.1.2.3", "https://u:p@x.example"],
)
async def test_L50_an_issuer_that_lies_inside_or_speaks_without_tls_is_refused_and_never_asked(address: str) -> None:
    strict = IssuerKeys(EgressGuard(()))
    with pytest.raises(AddressRefused):
        await strict.admit(address)
    assert await strict.find(A, address, "first") is None


async def test_L50_an_issuer_on_loopback_is_asked_only_where_the_operator_allows_it(issuer: Issuer) -> None:
    assert await IssuerKeys(EgressGuard(())).find(A, issuer.url, "first") is None
    assert issuer.asked == []


@pytest.mark.parametrize("algorithm", MAKES)
def test_a_key_brings_its_algorithm(algorithm: str) -> None:
    jwk = public_jwk(MAKES[algorithm](), algorithm, kid="k", alg=algorithm)
    assert read_keys({"keys": [jwk]})["k"].algorithm == algorithm


_UNUSABLE: dict[str, Callable[[], dict[str, Any]]] = {
    "symmetric": lambda: {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"},
    "a small RSA key": lambda: public_jwk(generate_private_key(65537, 1024), "RS256"),  # noqa: S505 - it is refused
    "for encryption": lambda: public_jwk(MAKES["RS256"](), "RS256", use="enc"),
    "another algorithm": lambda: public_jwk(MAKES["ES256"](), "ES256", alg="RS256"),
    "HMAC with an RSA key": lambda: public_jwk(MAKES["RS256"](), "RS256", alg="HS256"),
    "no algorithm at all": lambda: public_jwk(MAKES["RS256"](), "RS256", alg="none"),
    "a private key": lambda: {**public_jwk(MAKES["EdDSA"](), "EdDSA"), "d": "A" * 43},
}


@pytest.mark.parametrize("case", _UNUSABLE)
def test_L04_a_key_that_checks_no_signature_of_ours_is_none(case: str) -> None:
    assert read_keys({"keys": [{**_UNUSABLE[case](), "kid": "k"}]}) == {}
