"""The provider of people signs what it is told, and publishes what that is checked with."""

import httpx
import jwt
import pytest

from evals.launch.issuer import AUDIENCE, CLAIM, Issuer, running_issuer


def _key(issuer: Issuer) -> jwt.PyJWK:
    """Find the key as a service does."""
    found = httpx.get(f"{issuer.url}/.well-known/openid-configuration", trust_env=False).json()
    assert found["issuer"] == issuer.url
    (key,) = jwt.PyJWKSet.from_dict(httpx.get(found["jwks_uri"], trust_env=False).json()).keys
    return key


def test_an_honest_token_is_checked_with_the_published_key() -> None:
    with running_issuer() as issuer:
        token = issuer.signed(issuer.claims("acme", nickname="x"))
        claims = jwt.decode(token, _key(issuer), ["EdDSA"], audience=AUDIENCE, issuer=issuer.url)
    assert (claims[CLAIM], claims["nickname"], jwt.get_unverified_header(token)["kid"]) == ("acme", "x", "first")


def test_a_claim_can_be_left_out_and_a_header_be_put_in() -> None:
    with running_issuer() as issuer:
        claims = issuer.claims("acme", **{CLAIM: None})
        header = jwt.get_unverified_header(issuer.signed(claims, jku=issuer.keys))
    assert CLAIM not in claims
    assert header["jku"] == f"{issuer.url}/keys"


def test_what_it_does_not_sign_itself_is_not_believed() -> None:
    with running_issuer() as issuer, running_issuer() as other:
        key, claims = _key(issuer), issuer.claims("acme")
        for token in (other.signed(claims), issuer.signed_by_all(claims), issuer.unsigned(claims)):
            with pytest.raises(jwt.InvalidTokenError):
                jwt.decode(token, key, ["EdDSA"], audience=AUDIENCE)
        assert jwt.decode(issuer.signed_by_all(claims), issuer.public, ["HS256"], audience=AUDIENCE) == claims
