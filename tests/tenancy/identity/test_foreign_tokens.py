"""A token of a tenant's own issuer opens that tenant alone, and only as the issuer signed it for exactly this."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tenancy.erasure import request_erasure
from tenancy.mint import TenantSuspended
from tenancy.tokens import TokenRefused
from tenancy.values.roles import Role
from tests.standins.issuer import AUDIENCE, MAKES, Issuer, issuer, running_issuer
from tests.tenancy.building import OPERATOR, House, Resident
from tests.tenancy.identity.agreed import agree, enter, wished

pytestmark = pytest.mark.shows("identity.own-issuer")

__all__ = ["issuer"]


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def accepted(home: House, tokens: Mapping[str, str]) -> list[str]:
    """Return the names of the tokens that open anything."""
    found = []
    for name, token in tokens.items():
        with suppress(TokenRefused):
            await enter(home, token)
            found.append(name)
    return found


async def test_every_usual_kind_of_key_is_understood(home: House, a: Resident, issuer: Issuer) -> None:
    await agree(home, a, issuer, "org-a")
    for algorithm in MAKES:
        for named in (True, False):
            issuer.rotate("k", algorithm, named=named or algorithm == "PS256")
            home.foundation.issuers.forget(a.id)
            assert (await enter(home, issuer.token(org_id="org-a"))).card().id == a.id, algorithm


@pytest.mark.shows("identity.organisations")
async def test_L04_two_tenants_of_one_issuer_are_told_apart_by_the_organisation_alone(
    home: House, a: Resident, b: Resident, issuer: Issuer
) -> None:
    await agree(home, a, issuer, "org-a")
    await agree(home, b, issuer, "org-b")
    for one, organisation in ((a, "org-a"), (b, "org-b"), (a, "org-a")):
        for more in ({}, {"tid": b.id}, {"tid": a.id}, {"tenant_id": b.id, "roles": ["operator"], "cid": b.client}):
            opened = await enter(home, issuer.signed({"org_id": organisation, "groups": ["staff"], **more}))
            assert opened.card().id == one.id
            assert opened.caller.roles == {Role.USER}


_ORGANISATIONS: Final[dict[str, dict[str, object]]] = {
    "missing": {},
    "null": {"org_id": None},
    "empty": {"org_id": ""},
    "another's": {"org_id": "org-c"},
    "in other letters": {"org_id": "ORG-A"},
    "with a space": {"org_id": "org-a "},
    "a list": {"org_id": ["org-a"]},
    "two": {"org_id": ["org-a", "org-b"]},
    "an object": {"org_id": {"org-a": True}},
    "a number": {"org_id": 7},
    "under another name": {"organisation": "org-a"},
    "our own tenant id": {"org_id": "<tenant>", "tid": "<tenant>"},
}


@pytest.mark.shows("identity.organisations")
async def test_L04_a_token_without_exactly_the_organisation_opens_nothing(
    home: House, a: Resident, b: Resident, issuer: Issuer
) -> None:
    await agree(home, a, issuer, "org-a")
    await agree(home, b, issuer, "org-b")
    tokens = {}
    for case, table in _ORGANISATIONS.items():
        claims = {name: a.id if value == "<tenant>" else value for name, value in table.items()}
        tokens[case] = issuer.signed({"groups": ["heads"], **claims})
    assert await accepted(home, {**tokens, "right": issuer.token(org_id="org-a")}) == ["right"]


async def test_L04_a_token_that_leads_to_two_tenants_opens_neither(
    home: House, a: Resident, b: Resident, issuer: Issuer
) -> None:
    await agree(home, a, issuer, "org-a")
    own = wished(issuer, "org-b")
    binding = type(own.binding)(issuer.url, AUDIENCE, "customer", "b")
    await (await home.enter(b)).issuer.propose(type(own)(binding, own.mapping))
    await (await home.custody(b.id)).confirm_issuer(binding)
    assert (await enter(home, issuer.token(org_id="org-a"))).card().id == a.id
    assert (await enter(home, issuer.token(customer="b"))).card().id == b.id
    with pytest.raises(TokenRefused):
        await enter(home, issuer.token(org_id="org-a", customer="b"))


@pytest.mark.shows("identity.organisations")
async def test_L04_an_issuer_of_one_tenant_says_nothing_about_another(
    home: House, a: Resident, b: Resident, issuer: Issuer
) -> None:
    await agree(home, a, issuer, "org-a")
    with running_issuer() as rogue:
        await agree(home, b, rogue, "org-b")
        for claims in (
            {"org_id": "org-a"},
            {"iss": issuer.url, "org_id": "org-a"},
            {"iss": issuer.url, "org_id": "org-b"},
        ):
            with pytest.raises(TokenRefused):
                await enter(home, rogue.signed({"groups": ["heads"], **claims}))
        opened = await enter(home, rogue.token(org_id="org-b", tid=a.id, groups=["heads"]))
        assert opened.card().id == b.id


# Seconds from the moment of the test, where a time is given as a number.
_TIMES: Final = frozenset({"iat", "exp", "nbf"})
_CLAIMS: Final[dict[str, dict[str, object]]] = {
    "another audience": {"aud": "https://other.test/api"},
    "our own audience": {"aud": "bulkhead"},
    "two audiences": {"aud": [AUDIENCE, "https://other.test/api"]},
    "no audience": {"aud": None},
    "another issuer": {"iss": "https://other.test"},
    "the issuer with a slash": {"iss": "<issuer>/"},
    "no issuer": {"iss": None},
    "expired": {"iat": -1200, "exp": -600},
    "no expiry": {"exp": None},
    "not yet valid": {"nbf": 600},
    "issued in the future": {"iat": 600, "exp": 1200},
    "issued more than an hour ago": {"iat": -3700, "exp": 600},
    "no time of issue": {"iat": None},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is a number": {"sub": 7},
    "a subject without end": {"sub": "x" * 501},
}


def _claims(issuer: Issuer, now: int, table: Mapping[str, object]) -> dict[str, object]:
    claims: dict[str, object] = {}
    for name, value in table.items():
        given = now + value if name in _TIMES and isinstance(value, int) else value
        claims[name] = given.replace("<issuer>", issuer.url) if isinstance(given, str) else given
    return claims


async def test_L04_a_foreign_token_whose_claims_are_not_as_they_must_be_is_refused(
    home: House, a: Resident, issuer: Issuer
) -> None:
    await agree(home, a, issuer, "org-a")
    now = int(time.time())
    tokens = {
        case: issuer.signed({"org_id": "org-a", **_claims(issuer, now, table)}) for case, table in _CLAIMS.items()
    }
    right = {"right": issuer.token(org_id="org-a"), "a list of one": issuer.token(org_id="org-a", aud=[AUDIENCE])}
    assert await accepted(home, {**tokens, **right}) == list(right)


_HEADERS: Final[dict[str, Mapping[str, object]]] = {
    "jku": {"jku": "https://evil.example/keys"},
    "x5u": {"x5u": "https://evil.example/cert"},
    "jwk": {"jwk": {"kty": "oct", "k": "AAAA"}},
    "x5c": {"x5c": ["AAAA"]},
    "crit": {"crit": ["exp"]},
    "an unknown kid": {"kid": "unknown"},
    "a kid without end": {"kid": "k" * 501},
    "a kid that leads elsewhere": {"kid": "../../etc/passwd"},
    "another typ": {"typ": "logout+jwt"},
}


async def test_L04_a_foreign_token_with_a_header_that_brings_or_names_a_key_is_refused(
    home: House, a: Resident, issuer: Issuer
) -> None:
    await agree(home, a, issuer, "org-a")
    tokens = {case: issuer.token(org_id="org-a", header=header) for case, header in _HEADERS.items()}
    right = issuer.token(org_id="org-a", header={"typ": "at+jwt", "x5t": "AAAA"})
    assert await accepted(home, {**tokens, "right": right}) == ["right"]


def _signed_by_hand(issuer: Issuer) -> list[str]:
    """Return tokens that nobody with the issuer's private key has signed."""
    public = issuer.keys["first"][1].public_key()
    texts = [public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), b"", b"first"]
    body = _b64(json.dumps(issuer.claims(org_id="org-a", groups=["heads"])).encode())
    heads = [{"alg": name, "typ": "JWT", "kid": "first"} for name in ("none", "None", "", "ES256")]
    made = [f"{_b64(json.dumps(head).encode())}.{body}." for head in heads]
    head = _b64(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "first"}).encode())
    hmac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    made += [f"{head}.{body}.{_b64(hmac.sign(f'{head}.{body}'.encode(), text))}" for text in texts]
    own: Any = MAKES["ES256"]()
    claims = issuer.claims(org_id="org-a", groups=["heads"])
    return [*made, jwt.encode(claims, own, algorithm="ES256", headers={"kid": "first"})]


async def test_L04_no_algorithm_but_the_keys_own_is_accepted_and_no_signature_but_the_issuers(
    home: House, a: Resident, issuer: Issuer
) -> None:
    await agree(home, a, issuer, "org-a")
    for token in _signed_by_hand(issuer):
        with pytest.raises(TokenRefused):
            await enter(home, token)
    head, body, signature = issuer.token(org_id="org-b", groups=["staff"]).split(".")
    edited = json.loads(base64.urlsafe_b64decode(body + "==")) | {"org_id": "org-a"}
    with pytest.raises(TokenRefused):
        await enter(home, f"{head}.{_b64(json.dumps(edited).encode())}.{signature}")


async def test_a_key_that_the_issuer_took_back_checks_nothing_once_its_keys_are_read_again(
    home: House, a: Resident, issuer: Issuer
) -> None:
    await agree(home, a, issuer, "org-a")
    old = issuer.token(org_id="org-a")
    assert (await enter(home, old)).card().id == a.id
    issuer.rotate("second")
    home.foundation.issuers.forget(a.id)
    assert (await enter(home, issuer.token(org_id="org-a"))).card().id == a.id
    with pytest.raises(TokenRefused):
        await enter(home, old)


async def test_L07_a_suspended_and_an_erased_tenants_people_are_refused_on_the_next_request(
    home: House, a: Resident, issuer: Issuer
) -> None:
    await agree(home, a, issuer, "org-a")
    token = issuer.token(org_id="org-a", groups=["staff"])
    assert (await enter(home, token)).card().id == a.id
    await (await home.custody(a.id)).suspend()
    with pytest.raises(TenantSuspended):
        await enter(home, token)
    for forged in _signed_by_hand(issuer):
        with pytest.raises(TokenRefused):  # whoever cannot sign in does not learn it either
            await enter(home, forged)
    await (await home.custody(a.id)).resume()
    assert (await enter(home, token)).card().id == a.id
    await request_erasure(home.mint, home.foundation, OPERATOR, a.id, "a test")
    with pytest.raises(TokenRefused):
        await enter(home, token)


_HEAD: Final = _b64(b'{"alg":"ES256","kid":"k"}')
_GARBAGE: Final[dict[str, Callable[[], str]]] = {
    "deep claims": lambda: f"{_HEAD}.{_b64(b'[' * 3000)}.AA",
    "claims that are a list": lambda: f"{_HEAD}.{_b64(b'[]')}.AA",
    "a header that is a list": lambda: f"{_b64(b'[]')}.{_b64(b'{}')}.AA",
    "no base64": lambda: "é.è.ê",
    "surrogates": lambda: "\udcff.\udcff.\udcff",
}


async def test_L06_what_is_no_token_at_all_is_refused(home: House) -> None:
    assert await accepted(home, {case: make() for case, make in _GARBAGE.items()}) == []


async def test_a_token_of_nobodys_issuer_makes_no_request(home: House, a: Resident, issuer: Issuer) -> None:
    await agree(home, a, issuer, "org-a")
    with running_issuer() as stranger:
        for _ in range(20):
            with pytest.raises(TokenRefused):
                await enter(home, stranger.token(org_id="org-a"))
        assert stranger.asked == []
    assert issuer.asked == []
