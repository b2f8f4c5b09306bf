"""What becomes of a provider when some of its fields change, decided without any store."""

import pytest

from tenancy.models.environments import Environment
from tenancy.models.own_provider import DEFAULTS, InvalidProvider, changed, group_of

pytestmark = pytest.mark.shows("providers.own")

_KEPT = changed({}, {"provider_key": "sk-a", "provider_base_url": "https://models.example/v1", "model": "m"}).provider


def test_a_key_is_bound_to_the_host_it_was_given_for() -> None:
    assert _KEPT == {
        "provider_key": "sk-a", "provider_base_url": "https://models.example/v1", "model": "m",
        "provider_host": "models.example",
    }  # fmt: skip


def test_a_key_alone_is_for_the_default_address_and_model() -> None:
    change = changed({}, {"provider_key": "sk-a"})
    assert change.provider == {"provider_key": "sk-a", **DEFAULTS, "provider_host": "api.openai.com"}
    assert change.fields == ("provider_key", "provider_base_url", "model")


@pytest.mark.parametrize(
    "address",
    [
        "https://other.example/v1", "https://models.example:8443/v1", "http://models.example/v1",
        "https://models.example.evil.test/v1", None,
    ],
)  # fmt: skip
def test_L50_another_address_without_the_key_takes_the_key_out(address: str | None) -> None:
    change = changed(_KEPT, {"provider_base_url": address})
    assert change.key_dropped
    assert "provider_key" in change.fields
    assert not {"provider_key", "provider_host"} & set(change.provider)
    assert change.provider.get("provider_base_url") == address


@pytest.mark.parametrize(
    "address", ["https://models.example/v2", "https://MODELS.example/v1", "https://models.example:443/v1"]
)
def test_another_path_at_the_same_address_keeps_the_key(address: str) -> None:
    change = changed(_KEPT, {"provider_base_url": address})
    assert not change.key_dropped
    assert (change.provider["provider_key"], change.provider["provider_base_url"]) == ("sk-a", address)


def test_another_address_with_its_key_binds_that_key_to_it() -> None:
    change = changed(_KEPT, {"provider_base_url": "https://other.example/v1", "provider_key": "sk-b"})
    assert not change.key_dropped
    assert (change.provider["provider_key"], change.provider["provider_host"]) == ("sk-b", "other.example")


def test_a_key_that_is_taken_out_leaves_the_rest_and_was_not_lost() -> None:
    change = changed(_KEPT, {"provider_key": None})
    assert change.provider == {"provider_base_url": "https://models.example/v1", "model": "m"}
    assert (change.fields, change.key_dropped) == (("provider_key",), False)


def test_what_is_set_to_what_it_was_is_no_change() -> None:
    assert changed(_KEPT, {"provider_key": "sk-a", "model": "m"}).fields == ()
    assert changed(_KEPT, {}).provider == _KEPT


def test_a_model_that_is_taken_out_beside_a_key_is_the_default_one() -> None:
    assert changed(_KEPT, {"model": None}).provider["model"] == DEFAULTS["model"]
    assert "model" not in changed({"model": "m"}, {"model": None}).provider


@pytest.mark.parametrize("address", ["models.example/v1", "ftp://models.example", "https://", "https://a:b/", "/v1"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(InvalidProvider):
        changed({}, {"provider_base_url": address, "provider_key": "sk-a"})


def test_each_environment_is_kept_apart() -> None:
    assert {group_of(each) for each in Environment} == {"provider", "provider.development", "provider.test"}
