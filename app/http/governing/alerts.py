"""Routes through which a tenant's auditors read what was found unusual about its use."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from app.api.route_audit import reads
from app.auth import Auditor
from app.http.documents import Cursor, Limit
from app.http.replies import gives, maybe, page_of, reply, shape
from tenancy.anomalies.alerts import Alert, DeliveryState
from tenancy.anomalies.hours import Kind, Signal
from tenancy.anomalies.post import view

router = APIRouter(prefix="/v1/alerts")
_TEXT: Final[dict[str, Any]] = {"type": "string"}
_TIME: Final[dict[str, Any]] = {"type": "string", "format": "date-time"}
_WHOLE: Final[dict[str, Any]] = {"type": "integer"}
ALERT: Final = shape(
    "Alert",
    id=_TEXT,
    kind={"type": "string", "enum": list(Kind)},
    signal={"type": "string", "enum": list(Signal)},
    hour=_TIME,
    seen=_WHOLE,
    expected={"type": "number"},
    gross={"type": "boolean"},
    created_at=_TIME,
    throttled_until=maybe(_TIME),
    delivery=shape("Delivery", state={"type": "string", "enum": list(DeliveryState)}, attempts=_WHOLE),
)


def alert_view(alert: Alert) -> Mapping[str, object]:
    """Return an alert as the tenant's auditors see it."""
    return {**view(alert), "delivery": {"state": alert.delivery, "attempts": alert.attempts}}


@router.get("", responses=gives(page_of("Alerts", ALERT), 401, 403, 422, 503))
@reads("alert.listed")
async def read_alerts(compartment: Auditor, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Return a page of what was found unusual, newest first."""
    async with compartment.snapshot() as records:
        found, following = await records.alerts.page(limit, cursor)
    return reply({"items": [alert_view(alert) for alert in found], "next_cursor": following})


@router.get("/{alert_id}", responses=gives(ALERT, 401, 403, 404, 503))
@reads("alert.read")
async def read_alert(compartment: Auditor, alert_id: str) -> Response:
    """Return one alert, with how far it has been delivered."""
    async with compartment.snapshot() as records:
        return reply(alert_view(await records.alerts.get(alert_id)))
