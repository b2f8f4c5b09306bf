"""A9 against the naive server with one leak at a time, and without any; and what it makes of ids."""

import uuid
from random import Random

import pytest

from evals.families.objects.guessing import ENOUGH_BITS, chance
from evals.verdicts.family import Verdict
from tests.evals.targets.test_naive_attacked import probed
from tests.standins.naive_rag.leaks import Leak


@pytest.mark.parametrize(
    ("leak", "titles"),
    [
        (
            Leak.TOTALS_SHARED,
            {"GET /documents counts what other tenants put in.", "GET /health counts what other tenants put in."},
        ),
        (Leak.JOBS_SHARED, {"GET /jobs counts what other tenants put in."}),
        (Leak.FILES_IN_METRICS, {"GET /metrics counts what other tenants put in."}),
        (Leak.TERMS_COUNTED, {"POST /search counts what other tenants put in."}),
        (
            Leak.SEQUENTIAL_IDS,
            {"Ids of documents count up over all tenants.", "Ids of jobs count up over all tenants."},
        ),
    ],
)
async def test_what_counts_other_tenants_is_found(leak: Leak, titles: set[str]) -> None:
    result = await probed(frozenset({leak}), "A9")
    assert {one.title for one in result.findings} >= titles, result.reason


async def test_a_service_that_counts_for_each_tenant_alone_passes() -> None:
    result = await probed(frozenset(), "A9")
    assert result.verdict is Verdict.PASS, result.reason
    assert {"GET /documents", "GET /health", "GET /metrics", "GET /jobs"} <= {cell.route for cell in result.cells}


@pytest.mark.parametrize(
    "ids",
    [
        [str(number) for number in range(998, 1020)],
        [f"doc_{number:016x}" for number in range(40)],
        [f"6553f1a0b2c3d4e5f6{number:06x}" for number in range(1000, 1030)],  # time, machine, then a counter
        [f"tenant-{word}" for word in ("one", "two", "six", "ten", "red", "tan", "sun", "sea")],
    ],
)
def test_ids_that_can_be_guessed_have_little_chance_in_them(ids: list[str]) -> None:
    assert chance(ids) < ENOUGH_BITS


def test_ids_that_are_drawn_have_enough() -> None:
    rng = Random(1)  # noqa: S311 - ids for a test
    drawn = [str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in range(8)]
    in_time = [f"018f4d5e-{number:04x}-7{rng.getrandbits(12):03x}-a{rng.getrandbits(60):015x}" for number in range(9)]
    assert chance(drawn) >= ENOUGH_BITS
    assert chance(in_time) >= ENOUGH_BITS
    assert chance([f"doc_{rng.getrandbits(100):024x}" for _ in range(8)]) >= ENOUGH_BITS
