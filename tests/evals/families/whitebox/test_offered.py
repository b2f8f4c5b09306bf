"""What W1 reads of an operator's provider, against a server that uses it rightly, and servers that do not."""

import json
import secrets
from dataclasses import replace
from typing import Any

import httpx
import pytest

from evals.families.whitebox.offered import OPERATORS_KEY
from evals.families.whitebox.prompts import FAMILY
from evals.launch.model import Model, running_model
from evals.target.operation import Caller, Operation
from evals.target.spec import TargetSpec
from evals.verdicts.family import FamilyResult, Verdict
from tests.evals.families.attacking import probed_naive, titles
from tests.evals.families.overheard import Passed, overheard, uploaded

_NAMES = ("name", "plan", "model_url", "model_key")
_OFFER = {"provider_key": "{{provider_key}}", "provider_base_url": "{{provider_base_url}}", "reason": "{{reason}}"}
_SETTINGS = {"platform_provider_host": "{{platform_provider_host?}}", "provider_base_url": "{{provider_base_url?}}"}


class _Offering:
    """Answers questions by a tenant's own provider, or by what is offered to it, with one flaw."""

    def __init__(self, flaw: str) -> None:
        self._flaw = flaw
        self._made: dict[str, dict[str, Any]] = {}
        self._settings: dict[str, dict[str, Any]] = {}
        self._texts: list[tuple[str, str]] = []
        self._offer: dict[str, str] | None = None
        self.removed = False

    def hear(self, passed: Passed) -> None:
        if passed.path == "/tenants":
            self._made[passed.said["api_key"]] = json.loads(passed.sent)
        if passed.path == "/documents" and passed.method == "POST":
            self._texts.append((passed.key, uploaded(passed)))

    async def instead(self, passed: Passed) -> dict[str, Any] | None:
        if passed.path == "/settings":
            self._settings[passed.key] = json.loads(passed.sent)
            return {}
        if passed.path.startswith("/offers"):
            self._offer = json.loads(passed.sent) if passed.method == "PUT" else None
            self.removed = passed.method == "DELETE"
            return {}
        if passed.path != "/ask":
            return None
        address, key = self._provider(passed.key)
        if address:
            await self._ask(passed, address, key)
        return {"answer": "Said.", "sources": [], "conversation_id": "talk-1"}

    def _provider(self, tenant: str) -> tuple[str, str]:
        made, settings = self._made[tenant], self._settings.get(tenant, {})
        if "model_key" in made:
            key = made["model_key"] if self._flaw != "overrides" or self._offer is None else self._offer["provider_key"]
            return made["model_url"], key
        agreed = "platform_provider_host" in settings or self._flaw == "unasked"
        if self._offer is None or made.get("plan") != "dedicated" or not agreed:
            return "", ""
        address = settings.get("provider_base_url") if self._flaw == "mixed" else None
        return address or self._offer["provider_base_url"], self._offer["provider_key"]

    async def _ask(self, passed: Passed, address: str, key: str) -> None:
        code = secrets.token_hex(12)
        texts = "\n".join(f"== {code}\n{text}\n== {code}" for owner, text in self._texts if owner == passed.key)
        question = json.loads(passed.sent)["query"]
        messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": f"{texts}\n{question}"}]
        async with httpx.AsyncClient(trust_env=False) as client:
            headers = {"Authorization": f"Bearer {key}"}
            await client.post(f"{address}/chat/completions", json={"messages": messages}, headers=headers)


def _described(spec: TargetSpec) -> TargetSpec:
    making = replace(spec.operations["tenant_create"], json={name: "{{" + name + "?}}" for name in _NAMES})
    more = (
        Operation("offer_set", "PUT", "/offers/{{plan}}", "api", Caller.OPERATOR, json=_OFFER),
        Operation("offer_remove", "DELETE", "/offers/{{plan}}", "api", Caller.OPERATOR, json={"reason": "{{reason}}"}),
        Operation("settings_patch", "PATCH", "/settings", "api", json=_SETTINGS),
    )
    operations = {**spec.operations, "tenant_create": making, **{one.name: one for one in more}}
    return replace(spec, reach=4, openapi=(), operations=operations)


async def _read(flaw: str) -> tuple[FamilyResult, Model]:
    offering = _Offering(flaw)
    with running_model() as model:
        result = await probed_naive(FAMILY, overheard(offering.hear, offering.instead), _described, model)
    assert offering.removed
    return result, model


async def test_a_provider_that_is_used_by_agreement_and_whole_passes() -> None:
    result, model = await _read("")
    assert result.verdict is Verdict.PASS, (result.reason, list(titles(result)))
    assert OPERATORS_KEY in {prompt.key for prompt in model.prompts}


@pytest.mark.parametrize(
    ("flaw", "title"),
    [
        ("unasked", "A tenant's text went to the operator's provider, to which it has not agreed."),
        ("mixed", "A prompt went to an address that a tenant has entered without a key."),
        ("overrides", "The text of a tenant with a key of its own was sent with another."),
    ],
)
async def test_each_wrong_use_of_an_operators_provider_is_found(flaw: str, title: str) -> None:
    result, _ = await _read(flaw)
    assert set(titles(result)) == {title}
