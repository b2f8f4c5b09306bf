"""Tokens for a Qdrant server: each one says what it opens and when it ends."""

import inspect

import jwt
import pytest

from tenancy.index.qdrant_jwt import (
    MANAGEMENT_SECONDS,
    POINTS_SECONDS,
    CollectionName,
    ManagementTokens,
    PointsTokens,
    ServerKey,
    WeakServerKey,
    checked,
)

_KEY = "0123456789abcdef" * 2
_NAME = checked("bh-123456789abc-one")


def _claims(token: str) -> dict[str, object]:
    claims: dict[str, object] = jwt.decode(token, _KEY, algorithms=["HS256"])
    return claims


def _has_ended(token: str, after: int) -> bool:
    try:
        jwt.decode(token, _KEY, algorithms=["HS256"], leeway=-after)
    except jwt.ExpiredSignatureError:
        return True
    return False


@pytest.mark.shows("qdrant.tokens")
def test_L45_a_token_for_points_opens_one_collection_with_prw_and_ends_within_minutes() -> None:
    token = PointsTokens(ServerKey(_KEY), _NAME)()
    claims = _claims(token)
    assert set(claims) == {"access", "exp"}
    assert claims["access"] == [{"collection": _NAME, "access": "prw"}]
    assert _has_ended(token, after=POINTS_SECONDS + 60)
    assert POINTS_SECONDS <= 300


def test_a_management_token_ends_within_seconds() -> None:
    token = ManagementTokens(ServerKey(_KEY))()
    claims = _claims(token)
    assert claims["access"] == "m"
    assert _has_ended(token, after=MANAGEMENT_SECONDS + 1)
    assert MANAGEMENT_SECONDS <= 30


def test_nothing_can_be_signed_without_saying_what_it_opens_and_when_it_ends() -> None:
    asked = inspect.signature(ServerKey.sign).parameters
    assert [name for name in asked if name != "self"] == ["access", "seconds"]
    assert all(each.default is inspect.Parameter.empty for each in asked.values())
    signing = [name for name, _ in inspect.getmembers(ServerKey, inspect.isfunction) if not name.startswith("__")]
    assert signing == ["sign"]


@pytest.mark.parametrize("name", ["", "*", "bh-1234567-*", "bh-1234567/x", "BH-12345678", "short", "bh-" + "a" * 200])
def test_a_token_for_anything_but_one_plain_name_cannot_be_made(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        PointsTokens(ServerKey(_KEY), CollectionName(name))


@pytest.mark.parametrize("key", ["", "secret", "x" * 31])
def test_L06_a_key_that_could_be_guessed_is_refused(key: str) -> None:
    with pytest.raises(WeakServerKey):
        ServerKey(key)


def test_the_key_is_not_shown() -> None:
    assert _KEY not in repr(ServerKey(_KEY))
    assert not hasattr(ServerKey(_KEY), "__dict__")
