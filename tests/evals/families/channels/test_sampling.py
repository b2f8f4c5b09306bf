"""Sampling in rounds: differences are judged, noise is not, and time ends it."""

import random
from collections.abc import Awaitable, Callable
from functools import partial

from evals.families.channels.sampling import Round, Sample, sampled
from evals.statistics.equivalence import Decision, Sequential
from evals.target.operation import Request
from evals.target.reply import Reply


def drawn(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - a test repeats itself


_REQUEST = Request(base="api", method="GET", path="/")


def _rounds(slower: float, noise: float = 0.002) -> Callable[[], Awaitable[Round]]:
    rng = drawn(7)

    async def reply(more: float) -> Reply:
        return Reply(_REQUEST, "GET /", "alpha", 200, (), b"", 0.01 + more + rng.expovariate(1 / noise), "")

    async def one() -> Round:
        return Round(partial(reply, slower), partial(reply, 0.0), partial(reply, 0.0))

    return one


async def _sample(slower: float, noise: float = 0.002, seconds: float = 60.0) -> Sample:
    return await sampled(_rounds(slower, noise), drawn(1), (250, 2000), seconds)


async def test_equal_times_are_equivalent_at_the_first_look() -> None:
    sample = await _sample(0.0)
    assert (sample.look.decision, sample.look.pairs) == (Decision.EQUIVALENT, 250)
    assert sample.sees


async def test_a_difference_beyond_the_band_is_seen_and_noise_is_not() -> None:
    sample = await _sample(0.003)
    assert sample.look.decision is Decision.DIFFERENT
    assert sample.look_at_noise.decision is not Decision.DIFFERENT
    measured = sample.measurement("slower")
    assert measured.band == (-1000 * sample.plan.delta, 1000 * sample.plan.delta)
    assert 2.0 < float(str(measured.values["median"])) < 4.0


async def test_what_the_noise_hides_stays_open_and_would_not_have_been_seen() -> None:
    sample = await sampled(_rounds(0.0, noise=0.2), drawn(1), (60, 120), 60.0)
    assert sample.look.decision is Decision.OPEN
    assert not sample.sees


async def test_when_the_time_is_over_nothing_more_is_sampled() -> None:
    sample = await _sample(0.0, seconds=0.0)
    assert sample.differences == []


def test_a_clock_that_stands_still_sees_nothing() -> None:
    still = Sample(Sequential(0.001, first=60, last=60), [0.0] * 60, [0.0] * 60, [0.0] * 60)
    assert not still.sees
