"""The plans shipped bind on a small machine, each below the next."""

from itertools import pairwise

from tenancy.plans import LIMITS, PLANS


def test_the_default_plan_allows_what_the_contract_says() -> None:
    told = {"requests_per_minute": 1_200, "burst": 100, "concurrent_requests": 20, "tokens_per_minute": 200_000}
    assert {name: PLANS["standard"][name] for name in told} == told


def test_every_limit_of_a_plan_is_below_the_next_plans() -> None:
    assert list(PLANS) == ["free", "standard", "dedicated"]
    for less, more in pairwise(PLANS.values()):
        assert less.keys() == more.keys() == LIMITS
        assert all(less[name] < more[name] for name in LIMITS)


def test_no_limit_of_a_plan_is_out_of_reach_under_its_others() -> None:
    for plan in PLANS.values():
        assert plan["burst"] < plan["requests_per_minute"]
        assert plan["monthly_tokens"] < 30 * plan["daily_tokens"] < 30 * 24 * 60 * plan["tokens_per_minute"]
        assert 1 <= plan["monthly_usd"] / (plan["monthly_tokens"] / 1_000_000) <= 2.5  # a model's price, in dollars
