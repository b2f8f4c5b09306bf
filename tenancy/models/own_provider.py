"""A tenant's own model provider, one for each of its environments: what is kept of it, how it changes, what is shown.

Rules this module enforces:

* The key is bound to the address it was given for: another scheme, host or port without the key takes the key out.
* The key goes in and never comes out: what is shown says whether there is one.
* An environment without a provider has none; it never falls back to another environment's.
* To which host production's text may go with an operator's key is kept beside it: the tenant's own word, for no other
  host, which outlives its keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from tenancy.errors import Invalid
from tenancy.models.environments import Environment
from tenancy.stores.settings import TenantSettings

FIELDS: Final = ("provider_key", "provider_base_url", "model")
DEFAULTS: Final = {"provider_base_url": "https://api.openai.com/v1", "model": "gpt-4o-mini"}
"""What stands beside a key that was given without them."""
_AGREED: Final = "agreed_host"
_PORTS: Final = {"https": 443, "http": 80}


class InvalidProvider(Invalid):
    """A setting of a provider cannot be used."""

    code = "invalid_provider"


@dataclass(frozen=True, slots=True)
class Change:
    """A provider as it will be kept, the names of the fields that differ, and whether its key was lost on the way."""

    provider: dict[str, str]
    fields: tuple[str, ...]
    key_dropped: bool


def group_of(environment: Environment) -> str:
    """Return the name of the group of settings in which an environment's provider is kept."""
    return "provider" if environment is Environment.PRODUCTION else f"provider.{environment}"


def changed(before: Mapping[str, str], given: Mapping[str, str | None]) -> Change:
    """Return what `before` becomes when the fields of `given` are set, or taken out where they are None."""
    wanted = {**{field: before[field] for field in FIELDS if field in before}, **given}
    after = {field: value for field, value in wanted.items() if value is not None}
    address = after.get("provider_base_url", DEFAULTS["provider_base_url"])
    kept = "provider_key" in after and given.get("provider_key") is None
    dropped = kept and _origin(address) != _origin(before["provider_base_url"])
    if dropped:
        del after["provider_key"]
    if "provider_key" in after:
        after = {**DEFAULTS, **after, "provider_host": _origin(address)[1]}
    fields = tuple(field for field in FIELDS if after.get(field) != before.get(field))
    return Change({**after, **_agreement(agreed_host(before))}, fields, dropped)


def agreed_host(provider: Mapping[str, str]) -> str | None:
    """Return the host that a tenant, whose production's provider is kept as this, lets an operator's key send it to."""
    return provider.get(_AGREED)


def _agreement(host: str | None) -> dict[str, str]:
    return {} if host is None else {_AGREED: host}


def _origin(address: str) -> tuple[str, str, int | None]:
    """Return the scheme, host and port of an absolute http or https address. Raises InvalidProvider."""
    try:
        split = urlsplit(address)
        port = split.port or _PORTS.get(split.scheme)
    except ValueError:
        port = None
    if port is None or not split.hostname:
        raise InvalidProvider("provider_base_url is not an absolute http or https address.")
    return split.scheme, split.hostname, port


async def change_provider(
    settings: TenantSettings, environment: Environment, given: Mapping[str, str | None]
) -> Change:
    """Change an environment's provider in an open transaction; what is given was admitted before."""
    change = changed(await settings.get(group_of(environment)), given)
    if change.fields:
        await settings.put(group_of(environment), change.provider)
    return change


async def agree_host(settings: TenantSettings, host: str | None) -> bool:
    """Keep, in an open transaction, the host that was agreed to; tell whether that is a change."""
    group = group_of(Environment.PRODUCTION)
    kept, host = await settings.get(group), None if host is None else host.lower()
    if agreed_host(kept) == host:
        return False
    await settings.put(group, {name: kept[name] for name in kept if name != _AGREED} | _agreement(host))
    return True


async def shown(settings: TenantSettings, environment: Environment) -> dict[str, object]:
    """Return an environment's provider as the tenant may read it: without the key."""
    provider = await settings.get(group_of(environment))
    return {
        "provider_key_set": "provider_key" in provider,
        "provider_base_url": provider.get("provider_base_url"),
        "model": provider.get("model"),
    }
