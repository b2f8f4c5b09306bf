"""A11 against a service that takes longer over what others hold, and against one that does not."""

from evals.families.channels.timing import FAMILY
from evals.leakage import probe
from evals.verdicts.family import FamilyResult, Verdict
from tests.evals.conftest import staged
from tests.evals.families.channels.leaking import with_slow_foreign_ids
from tests.evals.service import tiny_service


async def _probed(work: int) -> FamilyResult:
    async with staged(with_slow_foreign_ids(tiny_service(), work)) as stage:
        return await probe(stage, FAMILY)


async def test_a_foreign_id_that_takes_longer_is_found_with_its_measure() -> None:
    result = await _probed(60_000)
    assert result.verdict is Verdict.LEAK
    assert {one.cell.route for one in result.findings} == {"GET /documents/{document_id}"}
    assert {one.cell.surface for one in result.findings} == {"timing"}
    (plotted,) = [one for one in result.measurements if one.name.startswith("get: ")]
    assert plotted.band is not None
    assert float(str(plotted.values["low"])) > plotted.band[1]


async def test_without_a_difference_no_alarm_is_raised_however_busy_the_machine() -> None:
    result = await _probed(0)
    assert result.findings == ()
    assert result.verdict in {Verdict.PASS, Verdict.INCONCLUSIVE}
    assert len(result.measurements) == 3
    assert {cell.route for cell in result.cells} == {"GET /documents/{document_id}", "POST /search"}
