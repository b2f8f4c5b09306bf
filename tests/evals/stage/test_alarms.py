"""Each tenant of a stage gets an alert of its own where the target file says how to set an alarm off."""

from typing import Any, Final

from fastapi import FastAPI, Request
from pydantic import BaseModel

from evals.stage.alarms import set_off
from tests.evals.conftest import staged
from tests.evals.service import OPERATIONS, Query, tiny_service

_ALARM: Final = {"plant": "plant", "value": "tripwire", "say": "search_alert", "see": "alerts", "seconds": 0.2}
_MORE: Final[dict[str, dict[str, object]]] = {
    "plant": {
        "method": "POST",
        "path": "/tenants/{{tenant_id}}/tripwires",
        "as": "operator",
        "gives": {"tripwire": "$.token"},
    },
    "search_alert": {"method": "POST", "path": "/said", "json": {"query": "{{query}}"}, "changes": False},
    "alerts": {"method": "GET", "path": "/alerts", "steady": False, "gives": {"alert_id": "$.items[*].id"}},
}


class _Seen(BaseModel):
    """What a tenant sees of its alerts."""

    items: list[dict[str, str]]


def _alarmed(*, deaf: bool = False) -> FastAPI:
    """Return the tiny service with tripwires, an alert for whoever says another's; `deaf`, it raises none."""
    app, planted, raised = tiny_service(), dict[str, str](), dict[str, list[dict[str, str]]]()

    @app.post("/tenants/{tenant_id}/tripwires")
    def plant(tenant_id: str) -> dict[str, str]:
        token = f"tw-{len(planted)}"
        planted[token] = tenant_id
        return {"token": token}

    @app.post("/said")
    def said(request: Request, body: Query) -> dict[str, Any]:
        if not deaf and any(token in body.query for token in planted):
            alerts = raised.setdefault(request.headers["authorization"], [])
            alerts.append({"id": f"alr-{sum(map(len, raised.values()))}"})
        return {}

    @app.get("/alerts")
    def alerts(request: Request) -> _Seen:
        return _Seen(items=raised.get(request.headers["authorization"], []))

    return app


async def test_each_tenant_gets_one_alert_of_its_own_whose_id_is_known() -> None:
    async with staged(_alarmed(), alarm=_ALARM, operations={**OPERATIONS, **_MORE}) as stage:
        ids = [tenant.ids["alert"] for tenant in stage.tenants]
    assert [len(each) for each in ids] == [1, 1, 1, 1]
    assert len(set(ids)) == 4


async def test_where_no_alert_comes_the_stage_is_raised_without() -> None:
    async with staged(_alarmed(deaf=True), alarm=_ALARM, operations={**OPERATIONS, **_MORE}) as stage:
        assert len(stage.tenants) == 4
        assert not any("alert" in tenant.ids for tenant in stage.tenants)


async def test_without_a_word_of_it_in_the_target_file_nothing_is_set_off() -> None:
    async with staged(_alarmed(), operations={**OPERATIONS, **_MORE}) as stage:
        await set_off(stage.props, stage.tenants)
        assert not any("alert" in tenant.ids for tenant in stage.tenants)
