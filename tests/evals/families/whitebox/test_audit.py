"""W4 against a trail that is complete, and trails that forget, invent or show too much."""

from dataclasses import replace
from typing import Any

import pytest

from evals.families.whitebox.audit import FAMILY
from evals.target.reading import target_of
from evals.verdicts.family import FamilyResult, Verdict
from tests.evals.families.attacking import probed_naive, titles
from tests.evals.families.overheard import Passed, overheard, uploaded

_AUDIT = target_of(
    {
        "bases": {"api": "http://127.0.0.1:1"},
        "tenant": {"steps": ["audit"]},
        "operations": {
            "audit": {
                "method": "GET",
                "path": "/audit",
                "query": {"cursor": "{{cursor?}}", "limit": "{{limit?}}"},
                "steady": False,
                "gives": {
                    "action": "$.items[*].action",
                    "resource": "$.items[*].resource",
                    "next_cursor": "$.next_cursor",
                },
            },
            "tenant_get": {"as": "operator", "method": "GET", "path": "/tenants/{{tenant_id}}"},
            "operators_audit": {
                "as": "operator",
                "method": "GET",
                "path": "/operations",
                "query": {"limit": "{{limit?}}"},
                "steady": False,
                "gives": {"action": "$.items[*].action", "resource": "$.items[*].resource"},
            },
        },
    },
    "audit",
).operations


class _Trails:
    """Keeps a trail for each key, in the way it is told to."""

    def __init__(self, flaw: str) -> None:
        self.flaw = flaw
        self.entries: list[dict[str, str]] = []
        self.operators: list[dict[str, str]] = []
        self.keys: dict[str, str] = {}
        self.told = ""

    def hear(self, passed: Passed) -> None:
        if (passed.method, passed.path) == ("POST", "/tenants"):
            self.keys[passed.said["tenant_id"]] = passed.said["api_key"]
        if (passed.method, passed.path) == ("POST", "/documents") and passed.status < 300:
            self.told += uploaded(passed)
        key, steps, done = passed.key, passed.path.strip("/").split("/"), passed.status < 300
        about = passed.said["id"] if passed.method == "POST" and steps == ["documents"] and done else steps[-1]
        about = steps[1] if len(steps) > 2 else about
        action = f"{passed.method} {steps[0]}"
        owned = about
        about = about if done else "nothing"  # what was asked for in vain is not repeated
        owner = next((own["key"] for own in self.entries if own["resource"] == owned), key)
        if self.flaw == "invents" and passed.method == "DELETE":
            self.entries += [{"key": each, "action": action, "resource": about} for each in {key, owner}]
        elif not self._silent(action, done=done):
            self.entries.append({"key": key, "action": action, "resource": about})

    def _silent(self, action: str, *, done: bool) -> bool:
        forgotten = {"forgets": "DELETE documents", "unread": "GET documents", "unasked": "POST search"}
        return action == forgotten.get(self.flaw) or (self.flaw == "undenied" and not done)

    def _look(self, tenant: str) -> dict[str, Any]:
        """Show an operator a tenant, and write that down where the flaw lets it."""
        if self.flaw != "unseen":
            self.entries.append({"key": self.keys[tenant], "action": "GET tenants", "resource": tenant})
        if self.flaw != "untold":
            self.operators.append({"action": "GET tenants", "resource": tenant})
        return {"tenant_id": tenant}

    async def instead(self, passed: Passed) -> dict[str, Any] | None:
        if passed.method == "GET" and passed.path.startswith("/tenants/"):
            return self._look(passed.path.rpartition("/")[2])
        if passed.path == "/operations":
            said = [{"action": "told", "resource": self.told}] if self.flaw == "tells" else []
            return {"items": [*said, *self.operators[::-1]]}
        if passed.path != "/audit":
            return None
        at, limit = int(passed.query.get("cursor", "0")), int(passed.query.get("limit", "3"))
        mine = [one for one in self.entries[::-1] if one["key"] == passed.key or self.flaw == "shows"]
        return {"items": mine[at : at + limit], "next_cursor": str(at + limit) if at + limit < len(mine) else None}


async def _followed(flaw: str) -> FamilyResult:
    trails = _Trails(flaw)
    app = overheard(trails.hear, trails.instead)
    return await probed_naive(
        FAMILY, app, lambda spec: replace(spec, reach=4, openapi=(), operations={**spec.operations, **_AUDIT})
    )


async def test_a_complete_trail_passes() -> None:
    result = await _followed("")
    assert result.verdict is Verdict.PASS, titles(result)


@pytest.mark.parametrize(
    ("flaw", "title"),
    [
        ("forgets", "What was done does not stand in the audit: a document was deleted."),
        ("unread", "What was done does not stand in the audit: a document was looked up."),
        ("unasked", "What was done does not stand in the audit: a search was made."),
        (
            "undenied",
            "What was done does not stand in the audit: a document of somebody else's was asked for and denied.",
        ),
        ("shows", "The audit shows a thing of another tenant."),
        ("unseen", "What was done does not stand in the audit: the operator looked at the tenant."),
        (
            "untold",
            "What was done does not stand in the audit: the operator looked at the tenant (operators' own trail).",
        ),
        ("tells", "The operators' trail shows a word of a tenant's."),
    ],
)
async def test_a_trail_that_forgets_or_shows_too_much_is_found(flaw: str, title: str) -> None:
    assert title in titles(await _followed(flaw))


async def test_what_a_stranger_was_refused_and_yet_stands_there_makes_the_trail_unbelievable() -> None:
    result = await _followed("invents")
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "refused to a stranger" in result.reason
