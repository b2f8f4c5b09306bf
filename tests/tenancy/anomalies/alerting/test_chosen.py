"""What a tenant chooses about being watched is checked before it is kept."""

import base64
import json

import pytest

from tenancy.anomalies.chosen import InvalidAlerting, change_alerting, hours_text, key_of, zone_of
from tests.tenancy.building import House, Resident

_SECRET = "whsec_" + base64.b64encode(b"thirty-two bytes of a test's own").decode()


@pytest.mark.parametrize(
    "secret", ["short", "x" * 201, "two words of a secret, long", "é" * 30, "whsec_no-base64-at-all!!!"]
)
def test_a_secret_that_cannot_sign_is_refused(secret: str) -> None:
    with pytest.raises(InvalidAlerting):
        key_of(secret)


async def test_a_secret_without_an_address_is_refused(home: House, a: Resident) -> None:
    with pytest.raises(InvalidAlerting):
        async with (await home.enter(a)).begin() as records:
            await change_alerting(records.settings, {"webhook_secret": _SECRET})


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../UTC", "/etc/localtime", "Europe", "UTC\0"])
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    assert zone_of("America/Sao_Paulo").key == "America/Sao_Paulo"
    with pytest.raises(InvalidAlerting):
        zone_of(zone)


@pytest.mark.parametrize(
    "hours",
    [
        {}, {"monday": [9, 18]}, {"mon": [9]}, {"mon": [18, 9]}, {"mon": [9, 9]}, {"mon": [-1, 3]}, {"mon": [0, 25]},
        {"mon": [9.5, 18]}, {"mon": [False, True]}, {"mon": "9-18"}, {"mon": None},
    ],
)  # fmt: skip
def test_business_hours_that_are_none_are_refused(hours: dict[str, object]) -> None:
    assert json.loads(hours_text({"sun": [0, 24], "mon": [9, 18]})) == {"mon": [9, 18], "sun": [0, 24]}
    with pytest.raises(InvalidAlerting):
        hours_text(hours)
