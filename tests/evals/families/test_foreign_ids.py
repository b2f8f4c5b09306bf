"""A1 against services that leak and one that does not."""

import pytest
from fastapi import HTTPException

from evals.families.objects.foreign_ids import FAMILY
from evals.launch.sink import running_sink
from evals.leakage import attack
from evals.stage.raising import Wish
from evals.verdicts.family import Verdict
from tests.evals.conftest import Attacked
from tests.evals.service import OPERATIONS, serving, tiny_service, tiny_target


async def test_a_sound_service_passes_over_every_slot_that_takes_an_id(attacked: Attacked) -> None:
    run = await attacked(families=(FAMILY,))
    (result,) = run.families
    assert result.verdict is Verdict.PASS, result.reason
    assert {(cell.route, cell.slot) for cell in result.cells} == {
        ("GET /documents/{document_id}", "path:document_id"),
        ("DELETE /documents/{document_id}", "path:document_id"),
        ("DELETE /tenants/{tenant_id}", "path:tenant_id"),
        ("POST /search", "body:tenant_id"),
    }
    assert run.harness_errors == ()


@pytest.mark.shows("evals.can-fail")
@pytest.mark.parametrize(
    ("leak", "route", "title"),
    [
        ("object", "GET /documents/{document_id}", "shows a thing of another tenant"),
        ("delete", "DELETE /documents/{document_id}", "changes the things of another tenant"),
        ("forbidden", "GET /documents/{document_id}", "tells a foreign document id from one that never existed"),
        ("body", "POST /search", "shows a thing of another tenant for its tenant id"),
    ],
)
async def test_each_way_of_reaching_a_foreign_object_is_found(
    attacked: Attacked, leak: str, route: str, title: str
) -> None:
    run = await attacked(leak, families=(FAMILY,))
    (result,) = run.families
    assert result.verdict is Verdict.LEAK
    found = [one for one in result.findings if one.cell.route == route and title in one.title]
    assert found
    assert all("TOKEN" in one.curl and one.attacker != one.victim for one in found)


async def test_without_an_id_that_its_owner_can_use_nothing_is_shown(attacked: Attacked) -> None:
    blind = {**OPERATIONS, "ingest": {**OPERATIONS["ingest"], "gives": {"document_id": "$.name"}}}
    del blind["list"]
    run = await attacked(families=(FAMILY,), operations=blind)
    (result,) = run.families
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "positive control failed" in result.reason


async def test_a_slot_of_whose_kind_no_id_is_known_is_not_covered() -> None:
    app = tiny_service()

    @app.get("/notes/{note_id}")
    def read(note_id: str) -> None:
        raise HTTPException(404, f"no {note_id}")

    async with serving(app) as url:
        with running_sink() as sink:
            run = await attack(tiny_target(url), (FAMILY,), Wish("seed", "run", 30), sink)
    assert "GET /documents/{document_id}" in run.coverage.routes_touched
    assert "GET /notes/{note_id}" in run.coverage.untouched
    assert "GET /notes/{note_id}" not in {cell.route for cell in run.coverage.cells}
