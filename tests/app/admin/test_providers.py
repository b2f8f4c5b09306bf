"""What operators are told and refused when they offer the tenants of a plan a provider."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.app.admin.driving import OperatorDesk

pytestmark = pytest.mark.asyncio(loop_scope="session")

_PLAN = "dedicated"
_PATH = f"/admin/v1/providers/{_PLAN}"
_WHY = {"reason": "the contract includes answers"}
_GIVEN = {"provider_key": "sk-one", "provider_base_url": "http://127.0.0.1:8099/v1", "model": "gpt-4o", **_WHY}
_NONE = {
    "plan": _PLAN, "status": "none", "since": None, "provider_key_set": False, "provider_base_url": None, "model": None,
    "model_priced": False,
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def operator(desk: OperatorDesk) -> AsyncIterator[OperatorDesk]:
    """Yield a desk from which nothing is offered, in the end nothing again."""
    yield desk
    await desk.http.request("DELETE", _PATH, json=_WHY)


async def _listed(desk: OperatorDesk) -> dict[str, object]:
    items = (await desk.http.get("/admin/v1/providers")).json()["items"]
    found: dict[str, object] = {each.pop("plan"): each for each in items}
    return found


async def test_a_plan_is_offered_nothing_until_an_operator_sets_it(operator: OperatorDesk) -> None:
    nothing = {name: value for name, value in _NONE.items() if name != "plan"}
    assert await _listed(operator) == {"free": nothing, "standard": nothing, "dedicated": nothing}
    made = (await operator.http.put(_PATH, json=_GIVEN)).json()
    shown = {"status": "active", "since": made["since"], "provider_key_set": True, "model_priced": True}
    shown |= {"provider_base_url": _GIVEN["provider_base_url"], "model": "gpt-4o"}
    assert made == {"plan": _PLAN, **shown}
    assert await _listed(operator) == {"free": nothing, "standard": nothing, "dedicated": shown}
    gone = await operator.http.request("DELETE", _PATH, json=_WHY)
    assert (gone.status_code, gone.json()) == (200, _NONE)


async def test_a_field_that_is_left_out_stays_and_a_model_without_a_price_is_told(operator: OperatorDesk) -> None:
    await operator.http.put(_PATH, json=_GIVEN)
    made = (await operator.http.put(_PATH, json={"model": "nobody-priced-this", **_WHY})).json()
    assert (made["model"], made["model_priced"], made["provider_key_set"]) == ("nobody-priced-this", False, True)
    assert made["provider_base_url"] == _GIVEN["provider_base_url"]


@pytest.mark.parametrize("address", ["http://127.0.0.1:8098/v1", "https://93.184.216.34/v1", None])
async def test_L50_the_key_stays_with_its_address_and_another_is_refused_without_it(
    operator: OperatorDesk, address: str | None
) -> None:
    before = (await operator.http.put(_PATH, json=_GIVEN)).json()
    refused = await operator.http.put(_PATH, json={"provider_base_url": address, **_WHY})
    assert (refused.status_code, refused.json()["code"]) == (422, "provider_key_bound")
    assert {"plan": _PLAN, **(await _listed(operator))[_PLAN]} == before  # type: ignore[dict-item]  # JSON
    again = await operator.http.put(_PATH, json={**_GIVEN, "provider_base_url": "http://127.0.0.1:8098/v1"})
    assert again.json()["provider_base_url"] == "http://127.0.0.1:8098/v1"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"provider_key": None}, "provider_key_required"), ({"provider_key": "two words"}, "provider_key_malformed"),
        ({"provider_base_url": "https://10.0.0.8/v1"}, "address_refused"),
        ({"provider_base_url": "https://169.254.169.254/latest"}, "address_refused"),
        ({"provider_base_url": "not an address"}, "address_refused"), ({"model": ""}, "validation_failed"),
        ({"reason": ""}, "validation_failed"), ({"reason": None}, "validation_failed"),
        ({"host": "x"}, "validation_failed"),
    ],
)  # fmt: skip
async def test_what_cannot_be_offered_is_refused_and_not_repeated(
    operator: OperatorDesk, change: dict[str, object], code: str
) -> None:
    refused = await operator.http.put(_PATH, json={**_GIVEN, **change})
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert "two words" not in refused.text
    assert (await _listed(operator))[_PLAN] == {name: value for name, value in _NONE.items() if name != "plan"}


async def test_no_key_no_offer(operator: OperatorDesk) -> None:
    refused = await operator.http.put(_PATH, json={"model": "gpt-4o", **_WHY})
    assert (refused.status_code, refused.json()["code"]) == (422, "provider_key_required")


async def test_it_is_suspended_and_resumed_as_often_as_it_is_said(operator: OperatorDesk) -> None:
    await operator.http.put(_PATH, json=_GIVEN)
    states = []
    for word, body in (("suspend", _WHY), ("suspend", _WHY), ("resume", {}), ("resume", {})):
        states.append((await operator.http.post(f"{_PATH}/{word}", json=body)).json()["status"])
    assert states == ["suspended", "suspended", "active", "active"]
    await operator.http.post(f"{_PATH}/suspend", json=_WHY)
    kept = (await operator.http.put(_PATH, json=_GIVEN)).json()
    assert (kept["status"], kept["provider_key_set"]) == ("suspended", True)


async def test_what_is_not_there_is_not_found(operator: OperatorDesk) -> None:
    for plan in (_PLAN, "gold", "standard%2F", "Free"):
        path = f"/admin/v1/providers/{plan}"
        answers = [
            await operator.http.post(f"{path}/suspend", json=_WHY),
            await operator.http.post(f"{path}/resume", json={}),
            await operator.http.request("DELETE", path, json=_WHY),
        ]
        answers += [] if plan == _PLAN else [await operator.http.put(path, json=_GIVEN)]
        assert {answer.status_code for answer in answers} == {404}


async def test_the_operators_trail_says_what_was_done_for_which_plan_and_why(operator: OperatorDesk) -> None:
    done = [
        await operator.http.put(_PATH, json=_GIVEN),
        await operator.http.post(f"{_PATH}/suspend", json=_WHY),
        await operator.http.post(f"{_PATH}/resume", json={}, headers={"X-Reason": "paid"}),
        await operator.http.request("DELETE", _PATH, json=_WHY),
        await operator.http.request("DELETE", _PATH, json=_WHY),
    ]
    entries = [await operator.entry_of(answer) for answer in done]
    said = [entry and (entry["action"], entry["resource"], entry["outcome"], entry["purpose"]) for entry in entries]
    why = _WHY["reason"]
    assert said == [
        ("provider.set", _PLAN, "done", why), ("provider.suspended", _PLAN, "done", why),
        ("provider.resumed", _PLAN, "done", "paid"), ("provider.removed", _PLAN, "done", why),
        ("provider.removed", _PLAN, "denied", why),
    ]  # fmt: skip
    assert "sk-one" not in (await operator.http.get("/admin/v1/audit")).text


async def test_no_tenant_comes_near_it(operator: OperatorDesk) -> None:
    admin = await operator.deployment.administrator()
    token = admin.http.headers["authorization"].removeprefix("Bearer ")
    for http in (operator.client(token), operator.client()):
        for method, path in (("GET", "/admin/v1/providers"), ("PUT", _PATH), ("DELETE", _PATH)):
            assert (await http.request(method, path, json=_GIVEN)).status_code == 401
    assert (await admin.http.get("/admin/v1/providers")).status_code == 404
