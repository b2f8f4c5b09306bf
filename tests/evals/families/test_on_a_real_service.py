"""The families about life, hostility and the inside of the box, against a service of the real kind: all pass."""

from pathlib import Path

import pytest

from app.settings import environment
from evals.families.hostile import injection, observability, uploads
from evals.families.life import erasure, integrity
from evals.families.whitebox import alarm, audit, prompts, stores
from evals.leakage import probe
from evals.verdicts.family import Verdict
from tests.evals.families.attacking import real_service

_FAMILIES = tuple(
    module.FAMILY for module in (erasure, integrity, injection, uploads, observability, prompts, stores, audit, alarm)
)


@pytest.mark.timeout(600)
async def test_a_service_of_the_real_kind_passes_and_its_inside_is_looked_into(tmp_path: Path) -> None:
    async with real_service(tmp_path, environment()) as stage:
        results = [await probe(stage, family) for family in _FAMILIES]
    assert {(one.family, one.verdict, one.reason) for one in results if one.verdict is not Verdict.PASS} == set()
    assert all(one.distinct for one in results)
