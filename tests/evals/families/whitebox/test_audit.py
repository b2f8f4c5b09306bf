"""W4 against a trail that is complete, and trails that forget, invent or show too much."""

from dataclasses import replace
from typing import Any

import pytest

from evals.families.whitebox.audit import FAMILY
from evals.target.reading import target_of
from evals.verdicts.family import FamilyResult, Verdict
from tests.evals.families.attacking import probed_naive, titles
from tests.evals.families.overheard import Passed, overheard

_AUDIT = target_of(
    {
        "bases": {"api": "http://127.0.0.1:1"},
        "tenant": {"steps": ["audit"]},
        "operations": {
            "audit": {
                "method": "GET",
                "path": "/audit",
                "query": {"cursor": "{{cursor?}}"},
                "steady": False,
                "gives": {
                    "action": "$.items[*].action",
                    "resource": "$.items[*].resource",
                    "next_cursor": "$.next_cursor",
                },
            }
        },
    },
    "audit",
).operations


class _Trails:
    """Keeps a trail for each key, in the way it is told to."""

    def __init__(self, flaw: str) -> None:
        self.flaw = flaw
        self.entries: list[dict[str, str]] = []

    def hear(self, passed: Passed) -> None:
        one = {"key": passed.key, "resource": passed.path.rpartition("/")[2]}
        done = passed.status < 300
        if passed.method == "POST" and passed.path == "/documents" and done:
            self.entries.append({**one, "action": "uploaded", "resource": passed.said["id"]})
        if passed.method == "DELETE" and (done or self.flaw == "invents") and self.flaw != "forgets":
            owner = next((own["key"] for own in self.entries if own["resource"] == one["resource"]), passed.key)
            self.entries.append({**one, "action": "deleted", "key": owner})

    async def instead(self, passed: Passed) -> dict[str, Any] | None:
        if passed.path != "/audit":
            return None
        at = int(passed.query.get("cursor", "0"))
        mine = [one for one in self.entries if one["key"] == passed.key or self.flaw == "shows"]
        return {"items": mine[at : at + 3], "next_cursor": str(at + 3) if at + 3 < len(mine) else None}


async def _followed(flaw: str) -> FamilyResult:
    trails = _Trails(flaw)
    app = overheard(trails.hear, trails.instead)
    return await probed_naive(
        FAMILY, app, lambda spec: replace(spec, reach=4, openapi=(), operations={**spec.operations, **_AUDIT})
    )


async def test_a_complete_trail_passes() -> None:
    result = await _followed("")
    assert result.verdict is Verdict.PASS, result.reason


@pytest.mark.parametrize(
    ("flaw", "title"),
    [
        ("forgets", "What was done does not stand in the audit: a document was deleted."),
        ("shows", "The audit shows a thing of another tenant."),
    ],
)
async def test_a_trail_that_forgets_or_shows_too_much_is_found(flaw: str, title: str) -> None:
    assert title in titles(await _followed(flaw))


async def test_what_a_stranger_was_refused_and_yet_stands_there_makes_the_trail_unbelievable() -> None:
    result = await _followed("invents")
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "refused to a stranger" in result.reason
