"""A token is accepted only as this plane of this deployment signed it, while it lasts, and in no other case."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tenancy.crypto.revocation_log import RevocationLog
from tenancy.keys.local import LocalKeys
from tenancy.tokens import OPERATOR_AUDIENCE, REMEMBERED, TENANT_AUDIENCE, TokenRefused, TokenSigner

_SECRET = "signing_bulkhead"


@pytest.fixture
def keys(folder: Path) -> LocalKeys:
    return LocalKeys(folder / "keys")


def _signer(keys: LocalKeys, audience: str, clock: Callable[[], float] = time.time) -> TokenSigner:
    ledger = RevocationLog(keys.folder / "ledger.jsonl", keys.secret("ledger"))
    return TokenSigner(keys, ledger, audience, clock=clock)


@pytest.fixture
def signer(keys: LocalKeys) -> TokenSigner:
    return _signer(keys, TENANT_AUDIENCE)


class Forger:
    """Somebody who signs as they please, with the deployment's own key where the attack grants them that."""

    def __init__(self, keys: LocalKeys, signer: TokenSigner) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(keys.secret(_SECRET))
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.kid, self.issuer = signer.kid, signer.issuer

    def claims(self, **changed: object) -> dict[str, object]:
        now = int(time.time())
        claims: dict[str, object] = {
            "iss": self.issuer, "aud": TENANT_AUDIENCE, "sub": "cli_1", "tid": "ten_1", "cid": "cli_1",
            "roles": ["user"], "jti": "tok_1", "iat": now, "exp": now + 600,
        }  # fmt: skip
        claims |= changed
        return {name: value for name, value in claims.items() if value is not None}

    def sign(self, claims: Mapping[str, object], **header: object) -> str:
        given = {name: value for name, value in {"kid": self.kid, **header}.items() if value is not None}
        return jwt.encode(dict(claims), self.private, algorithm="EdDSA", headers=given)

    def by_hand(self, header: Mapping[str, object], claims: Mapping[str, object], signature: bytes = b"") -> str:
        parts = [json.dumps(part).encode() for part in (header, claims)] + [signature]
        return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


@pytest.fixture
def forger(keys: LocalKeys, signer: TokenSigner) -> Forger:
    return Forger(keys, signer)


def test_a_signed_token_gives_its_claims_back(signer: TokenSigner) -> None:
    claims = signer.verify(signer.sign("cli_1", 600, tid="ten_1", cid="cli_1", roles=["user", "power"]))
    assert (claims.subject, claims.tenant, claims.client, claims.roles) == (
        "cli_1",
        "ten_1",
        "cli_1",
        ("user", "power"),
    )


def test_the_forger_of_these_tests_can_sign_what_is_accepted(signer: TokenSigner, forger: Forger) -> None:
    assert signer.verify(forger.sign(forger.claims())).tenant == "ten_1"


_HEADERS: dict[str, Callable[[Forger], dict[str, Any]]] = {
    "unknown kid": lambda _: {"kid": "unknown"},
    "no kid": lambda _: {"kid": None},
    "jku": lambda _: {"jku": "https://evil.example/keys"},
    "x5u": lambda _: {"x5u": "https://evil.example/cert"},
    "jwk": lambda f: {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(f.public).decode()}},
    "x5c": lambda _: {"x5c": ["AAAA"]},
    "crit": lambda _: {"crit": ["exp"]},
    "cty": lambda _: {"cty": "JWT"},
    "other typ": lambda _: {"typ": "at+jwt"},
}


@pytest.mark.shows("identity.tokens")
@pytest.mark.parametrize("case", _HEADERS)
def test_L04_a_header_that_is_not_ours_is_refused_even_with_a_right_signature(
    signer: TokenSigner, forger: Forger, case: str
) -> None:
    with pytest.raises(TokenRefused):
        signer.verify(forger.sign(forger.claims(), **_HEADERS[case](forger)))


# A time is given as seconds from the moment of the test, however long ago this file was read.
_TIMES: Final = frozenset({"iat", "exp", "nbf"})
_CLAIMS: dict[str, dict[str, object]] = {
    "other audience": {"aud": "somebody-else"},
    "operator's audience": {"aud": OPERATOR_AUDIENCE},
    "list of audiences": {"aud": [TENANT_AUDIENCE, "somebody-else"]},
    "no audience": {"aud": None},
    "other issuer": {"iss": "urn:bulkhead:other"},
    "no issuer": {"iss": None},
    "expired": {"iat": -1200, "exp": -600},
    "no expiry": {"exp": None},
    "expiry is text": {"exp": "tomorrow"},
    "expiry is true": {"exp": True},
    "not yet valid": {"nbf": 600},
    "issued in the future": {"iat": 600, "exp": 1200},
    "no time of issue": {"iat": None},
    "longer than an hour": {"exp": 7200},
    "issued long ago, lasting till now": {"iat": -7200, "exp": 60},
    "no subject": {"sub": None},
    "subject is a number": {"sub": 7},
    "no id": {"jti": None},
    "roles are a number": {"roles": 7},
}


def _at(now: int, claims: dict[str, object]) -> dict[str, object]:
    return {name: now + value if name in _TIMES and type(value) is int else value for name, value in claims.items()}


@pytest.mark.parametrize("case", _CLAIMS)
def test_L04_claims_that_are_not_as_they_must_be_are_refused_even_with_a_right_signature(
    signer: TokenSigner, forger: Forger, case: str
) -> None:
    with pytest.raises(TokenRefused):
        signer.verify(forger.sign(forger.claims(**_at(int(time.time()), _CLAIMS[case]))))


@pytest.mark.shows("identity.tokens")
def test_L04_no_algorithm_but_ours_is_accepted(signer: TokenSigner, forger: Forger) -> None:
    header = {"alg": "none", "typ": "JWT", "kid": forger.kid}
    tokens = [
        forger.by_hand({**header, "alg": name}, forger.claims()) for name in ("none", "None", "NONE", "EdDSA", "")
    ]
    x = base64.urlsafe_b64encode(forger.public).rstrip(b"=")
    for secret in (forger.public, x, b"", forger.kid.encode()):
        signing = forger.by_hand({**header, "alg": "HS256"}, forger.claims()).rpartition(".")[0]
        mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(signing.encode(), secret)
        tokens.append(signing + "." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode())
    for token in tokens:
        with pytest.raises(TokenRefused):
            signer.verify(token)


@pytest.mark.shows("identity.tokens")
def test_L04_edited_claims_break_the_signature(signer: TokenSigner, forger: Forger) -> None:
    head, body, signature = signer.sign("cli_1", 600, tid="ten_1", roles=["user"]).split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    for changed in ({"tid": "ten_2"}, {"roles": ["admin"]}, {"exp": claims["exp"] + 1}):
        edited = base64.urlsafe_b64encode(json.dumps({**claims, **changed}).encode()).rstrip(b"=").decode()
        with pytest.raises(TokenRefused):
            signer.verify(f"{head}.{edited}.{signature}")
    assert signer.verify(f"{head}.{body}.{signature}").tenant == "ten_1"
    del forger


@pytest.mark.shows("identity.tokens")
def test_L04_a_token_of_another_deployment_is_refused(signer: TokenSigner, folder: Path) -> None:
    stranger = _signer(LocalKeys(folder / "elsewhere"), TENANT_AUDIENCE)
    token = stranger.sign("cli_1", 600, tid="ten_1", cid="cli_1", roles=["admin"])
    assert stranger.verify(token).tenant == "ten_1"
    with pytest.raises(TokenRefused):
        signer.verify(token)


@pytest.mark.shows("capability.planes")
def test_L49_tokens_of_one_plane_are_refused_on_the_other(signer: TokenSigner, keys: LocalKeys) -> None:
    operators = _signer(keys, OPERATOR_AUDIENCE)
    assert operators.kid != signer.kid
    with pytest.raises(TokenRefused):
        signer.verify(operators.sign("root", 600, tid="ten_1", cid="cli_1", roles=["admin"]))
    with pytest.raises(TokenRefused):
        operators.verify(signer.sign("cli_1", 600, tid="ten_1"))


def test_a_receipt_is_no_token(keys: LocalKeys) -> None:
    operators = _signer(keys, OPERATOR_AUDIENCE)
    now = int(time.time())
    statement = {"aud": OPERATOR_AUDIENCE, "sub": "root", "jti": "tok_1", "iat": now, "exp": now + 600}
    with pytest.raises(TokenRefused):
        operators.verify(operators.attest(statement))


_GARBAGE = [
    "",
    ".",
    "..",
    "...",
    "a.b.c",
    "Bearer x",
    "é.è.ê",
    "\udcff.\udcff.",
    "\x00",
    "e30.e30.",
    "null",
    "a" * 10_000,
]


@pytest.mark.parametrize("token", _GARBAGE, ids=range(len(_GARBAGE)))
def test_L06_what_is_no_token_is_refused(signer: TokenSigner, token: str) -> None:
    with pytest.raises(TokenRefused):
        signer.verify(token)


def test_every_byte_of_a_token_matters(signer: TokenSigner) -> None:
    token = signer.sign("cli_1", 600, tid="ten_1", cid="cli_1", roles=["user"])
    start = token.rindex(".") + 1
    for position in [*range(0, start, 7), *range(start, len(token) - 1)]:
        swapped = "A" if token[position] != "A" else "B"
        with pytest.raises(TokenRefused):
            signer.verify(token[:position] + swapped + token[position + 1 :])


def test_L05_a_token_seen_before_vouches_for_no_other_that_begins_like_it(signer: TokenSigner) -> None:
    first, second = (signer.sign("cli_1", 600, tid=tenant) for tenant in ("ten_1", "ten_2"))
    assert first[:40] == second[:40]
    assert [signer.verify(token).tenant for token in (first, second, first)] == ["ten_1", "ten_2", "ten_1"]
    with pytest.raises(TokenRefused):
        signer.verify(first[:-1])


def test_a_token_seen_before_ends_when_it_expires(keys: LocalKeys) -> None:
    now = time.time()
    signer = _signer(keys, TENANT_AUDIENCE, lambda: now)
    token = signer.sign("cli_1", 600, tid="ten_1")
    assert signer.verify(token).tenant == "ten_1"
    now += 599
    assert signer.verify(token).tenant == "ten_1"
    now += 1
    with pytest.raises(TokenRefused):
        signer.verify(token)


def test_few_tokens_are_remembered(signer: TokenSigner) -> None:
    tokens = [signer.sign("cli_1", 600, tid=f"ten_{number}") for number in range(REMEMBERED + 1)]
    assert [signer.verify(token).tenant for token in (*tokens, tokens[0])][-1] == "ten_0"


def test_a_refusal_never_says_why(signer: TokenSigner, forger: Forger) -> None:
    told = set()
    for token in ("", forger.sign(forger.claims(aud="x")), forger.sign(forger.claims(exp=1_000_001, iat=1_000_000))):
        with pytest.raises(TokenRefused) as refused:
            signer.verify(token)
        told.add((refused.value.detail, str(refused.value.headers), refused.value.status))
    assert len(told) == 1


def test_a_token_never_lasts_longer_than_an_hour(signer: TokenSigner) -> None:
    token = signer.sign("cli_1", 10**6)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 3600


def test_the_signing_key_and_so_every_token_survives_a_restart(signer: TokenSigner, keys: LocalKeys) -> None:
    token = signer.sign("cli_1", 600, tid="ten_1")
    assert _signer(keys, TENANT_AUDIENCE).verify(token).tenant == "ten_1"


def test_the_published_keys_verify_a_token_and_hold_no_secret(signer: TokenSigner) -> None:
    (key,) = signer.jwks()["keys"]
    assert set(key) == {"kty", "crv", "x", "kid", "alg", "use"}
    public = jwt.PyJWK(key).key
    claims = jwt.decode(signer.sign("cli_1", 600), public, algorithms=["EdDSA"], audience=TENANT_AUDIENCE)
    assert claims["sub"] == "cli_1"
