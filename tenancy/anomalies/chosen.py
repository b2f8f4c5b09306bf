"""What a tenant has chosen about being watched: its clock, whether a gross spike slows it down, where alerts are sent.

Rules this module enforces:

* The webhook's secret is bound to the address it was given for: another scheme, host or port without the secret takes
  it out, and without a secret nothing is sent, for it could not be signed.
* The secret goes in and never comes out.
"""

import base64
import binascii
import json
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from tenancy.anomalies.hours import Calendar
from tenancy.errors import Invalid
from tenancy.stores.settings import TenantSettings

GROUP: Final = "alerting"
"""The group of settings that holds it."""
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIELDS: Final = ("time_zone", "business_hours", "automatic_throttle", "webhook_url", "webhook_secret")
_USUAL: Final = {"time_zone": "UTC", "automatic_throttle": "on"}
_SECRET: Final = FIELDS[-1]
_ENCODED: Final = "whsec_"  # how Standard Webhooks marks a secret in base64
_SHORTEST: Final = 24
_LONGEST: Final = 200
_DAY: Final = 24


class InvalidAlerting(Invalid):
    """A setting about alerts cannot be used."""

    code = "invalid_alerting"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where alerts are sent, and the bytes they are signed with."""

    url: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Alerting:
    """A tenant's choice."""

    calendar: Calendar
    throttle: bool
    webhook: Webhook | None


@dataclass(frozen=True, slots=True)
class Changed:
    """Which fields differ now, and whether the webhook's secret was lost on the way."""

    fields: tuple[str, ...]
    secret_dropped: bool


def hours_text(given: Mapping[str, object]) -> str:
    """Return business hours as they are kept; InvalidAlerting for what is none.

    By weekday (`mon` … `sun`) the whole hours from which and until which it is open, in local time: 0 to 24.
    """
    if not given or not set(given) <= set(WEEKDAYS):
        raise InvalidAlerting(f"business_hours names one or more of {', '.join(WEEKDAYS)}; null takes them out.")
    for hours in given.values():
        match hours:
            case [int(opens), int(closes)] if 0 <= opens < closes <= _DAY and bool not in {type(opens), type(closes)}:
                continue
            case _:
                raise InvalidAlerting("business_hours has two whole hours for a day, as in [9, 18], from 0 to 24.")
    return json.dumps({day: given[day] for day in WEEKDAYS if day in given})


def zone_of(name: str) -> zoneinfo.ZoneInfo:
    """Return the IANA time zone of a name; InvalidAlerting where there is none."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidAlerting("time_zone is the name of an IANA time zone, as in Europe/Lisbon.") from None


def key_of(secret: str) -> bytes:
    """Return the bytes that a webhook's secret stands for; InvalidAlerting for one that cannot be used."""
    if not _SHORTEST <= len(secret) <= _LONGEST or not secret.isascii() or not secret.isprintable() or " " in secret:
        raise InvalidAlerting(
            f"The webhook's secret has {_SHORTEST} to {_LONGEST} printable ASCII characters without spaces."
        )
    if not secret.startswith(_ENCODED):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_ENCODED), validate=True)
    except binascii.Error:
        raise InvalidAlerting("What follows whsec_ in the webhook's secret is not base64.") from None


async def alerting_of(settings: TenantSettings) -> Alerting:
    """Return what the tenant has chosen, or what holds for who has not."""
    kept = _USUAL | await settings.get(GROUP)
    hours = kept.get("business_hours")
    business = None if hours is None else {WEEKDAYS.index(day): (a, b) for day, (a, b) in json.loads(hours).items()}
    webhook = None
    if "webhook_url" in kept and _SECRET in kept:
        webhook = Webhook(kept["webhook_url"], key_of(kept[_SECRET]))
    return Alerting(Calendar(zone_of(kept["time_zone"]), business), kept["automatic_throttle"] == "on", webhook)


async def shown(settings: TenantSettings) -> dict[str, object]:
    """Return the choice as the tenant may read it: without the secret."""
    kept = _USUAL | await settings.get(GROUP)
    hours = kept.get("business_hours")
    return {
        "time_zone": kept["time_zone"],
        "business_hours": None if hours is None else json.loads(hours),
        "automatic_throttle": kept["automatic_throttle"] == "on",
        "alert_webhook": {"url": kept.get("webhook_url"), "secret_set": _SECRET in kept},
    }


async def change_alerting(settings: TenantSettings, given: Mapping[str, str | None]) -> Changed:
    """Set the fields of `given`, which are valid, in an open transaction; None means what is usual.

    Raises InvalidAlerting for a secret without an address.
    """
    before = await settings.get(GROUP)
    after = {name: value for name, value in {**before, **given}.items() if value is not None}
    if "webhook_url" not in after:
        if given.get(_SECRET) is not None:
            raise InvalidAlerting("A webhook's secret needs its address: give both.")
        after.pop(_SECRET, None)
    kept = _SECRET in after and given.get(_SECRET) is None
    dropped = kept and _origin(after["webhook_url"]) != _origin(before["webhook_url"])
    if dropped:
        del after[_SECRET]
    fields = tuple(each for each in FIELDS if (_USUAL | after).get(each) != (_USUAL | before).get(each))
    if fields:
        await settings.put(GROUP, after)
    return Changed(fields, dropped)


def _origin(address: str) -> tuple[str, str | None, int | None]:
    split = urlsplit(address)
    return split.scheme, split.hostname, split.port or {"https": 443, "http": 80}.get(split.scheme)
