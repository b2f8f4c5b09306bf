"""What a tenant sets about being watched: its clock, whether a gross spike slows it down, where alerts are sent."""

from typing import Any, Final

from pydantic import Field

from app.http.bodies import Body
from app.http.replies import maybe, shape
from tenancy.anomalies.alerts import released
from tenancy.anomalies.chosen import WEEKDAYS, change_alerting, hours_text, key_of, zone_of
from tenancy.anomalies.post import Post
from tenancy.limits.brake import brake_in, release
from tenancy.stores.records import Records

_TEXT: Final[dict[str, Any]] = {"type": "string"}
_HOURS: Final[dict[str, Any]] = {
    "title": "BusinessHours",
    "type": "object",
    "properties": {
        day: {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 24}, "minItems": 2, "maxItems": 2}
        for day in WEEKDAYS
    },
    "additionalProperties": False,
}
SETTINGS: Final = {
    "time_zone": _TEXT,
    "business_hours": maybe(_HOURS),
    "automatic_throttle": {"type": "boolean"},
    "alert_webhook": shape("AlertWebhook", url=maybe(_TEXT), secret_set={"type": "boolean"}),
}


class WebhookChange(Body):
    """A webhook: a field left out stays as it is, null takes it out. The secret is never read back."""

    url: str | None = Field(None, min_length=1, max_length=2_000)
    secret: str | None = Field(None, json_schema_extra={"writeOnly": True})


class AlertingChange(Body):
    """What to change of being watched; null means what is usual."""

    time_zone: str | None = Field(None, min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$")
    business_hours: dict[str, list[int]] | None = Field(
        None, description="By weekday, `mon` to `sun`: the whole hours from which and until which it is open."
    )
    automatic_throttle: bool | None = None
    alert_webhook: WebhookChange | None = None


async def admitted(body: AlertingChange, post: Post) -> dict[str, str | None]:
    """Return what was sent as it is kept. Raises InvalidAlerting, AddressRefused."""
    asked: dict[str, str | None] = {}
    sent = body.model_fields_set
    if "time_zone" in sent:
        asked["time_zone"] = body.time_zone
        if body.time_zone is not None:
            zone_of(body.time_zone)
    if "business_hours" in sent:
        asked["business_hours"] = None if body.business_hours is None else hours_text(body.business_hours)
    if "automatic_throttle" in sent:
        asked["automatic_throttle"] = None if body.automatic_throttle in {None, True} else "off"
    if "alert_webhook" in sent:
        asked |= await _webhook(body.alert_webhook, post)
    return asked


async def _webhook(given: WebhookChange | None, post: Post) -> dict[str, str | None]:
    if given is None:
        return {"webhook_url": None, "webhook_secret": None}
    if given.secret is not None:
        key_of(given.secret)
    if given.url is not None:
        await post.admit(given.url)
    return {f"webhook_{name}": getattr(given, name) for name in sorted(given.model_fields_set)}


async def apply_alerting(records: Records, given: dict[str, str | None], now: float) -> list[str]:
    """Change what was sent, in an open transaction; who switches the throttle off ends at once what it has done.

    Returns what else that did, in sentences.
    """
    if not given:
        return []
    changed = await change_alerting(records.settings, given)
    if changed.fields:
        await records.audit.add("settings.changed", f"alerting: {', '.join(changed.fields)}")
    if given.get("automatic_throttle") == "off":
        await _release(records, now)
    return [
        "The webhook's secret was given for another address and was taken out. Give it again."
    ] * changed.secret_dropped


async def _release(records: Records, now: float) -> None:
    brake = await brake_in(records.settings, now)
    if brake is None or not await release(records.settings, now):
        return
    for alert in await records.alerts.lately(now):
        if released(alert, now) != alert:
            await records.alerts.change_body(released(alert, now))
    await records.audit.add("throttle.ended", brake.alert)
