"""Which budgets hold at a moment, and that a compartment keeps to them."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from ingestion.work import work
from tenancy.compartment import Compartment
from tenancy.ids import TenantId
from tenancy.limits.budgets import BudgetExceeded, Planned, in_force
from tenancy.limits.standing import RateLimited
from tenancy.limits.tier import Tier
from tenancy.metering.catalogue import Kind
from tenancy.stores.views import ClientTerms
from tenancy.values.roles import Role
from tests.tenancy.building import NOWHERE, House, PlainParser, Resident, upload

_QUESTION = "where is the harbour and who keeps its lights"
_TOKENS = 9  # of the question, as this house's embedder counts them
_PLANNED = Planned("minilm", Kind.EMBEDDING, len(_QUESTION))
_LIMITS = {"tokens_per_minute": 5, "daily_tokens": 6, "monthly_tokens": 7, "monthly_usd": 0.000008, "burst": 1}


@pytest.mark.parametrize(
    ("at", "periods", "resets"),
    [
        ("2026-11-24T17:59:59", ("2026-11-24", "2026-11"), ("2026-11-25T00:00", "2026-12-01T00:00")),
        ("2026-12-31T23:59:59", ("2026-12-31", "2026-12"), ("2027-01-01T00:00", "2027-01-01T00:00")),
        ("2028-02-29T00:00:00", ("2028-02-29", "2028-02"), ("2028-03-01T00:00", "2028-03-01T00:00")),
    ],
)
def test_days_and_months_are_those_of_utc(at: str, periods: tuple[str, str], resets: tuple[str, str]) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    minute, day, month, money = in_force(Tier(TenantId("ten_x"), None, _LIMITS, "It"), moment.timestamp())
    assert [each.most for each in (minute, day, month, money)] == [5, 6, 7, 8]
    assert (day.period, month.period, money.period) == (periods[0], periods[1], periods[1])
    assert [f"{datetime.fromtimestamp(each.resets_at, UTC):%Y-%m-%dT%H:%M}" for each in (day, money)] == list(resets)
    assert 0 < minute.resets_at - moment.timestamp() <= 60
    assert day.since == (moment.date() - datetime(1970, 1, 1).date()).days  # noqa: DTZ001 - a day, not a moment
    assert day.since is not None
    assert month.since == day.since - moment.day + 1


async def _ask(compartment: Compartment) -> bool:
    """Embed the question within the budgets; False where they refuse it."""
    try:
        async with compartment.quota.spending(_PLANNED):
            await compartment.models.embed_question(_QUESTION)
    except BudgetExceeded:
        return False
    return True


async def _used(compartment: Compartment, name: str) -> float:
    return next(each.used for each in await compartment.quota.standings() if each.name == name)


async def _limit(home: House, resident: Resident, **limits: float) -> None:
    await (await home.custody(resident.id)).change(None, limits)


@pytest.mark.parametrize("left", [1, _TOKENS])
async def test_L44_of_a_hundred_at_the_edge_of_the_budget_exactly_one_passes(
    home: House, a: Resident, left: int
) -> None:
    assert await _ask(await home.enter(a))
    assert await _used(await home.enter(a), "daily_tokens") == _TOKENS
    await _limit(home, a, daily_tokens=_TOKENS + left)
    callers = [await home.enter(a) for _ in range(100)]
    passed = await asyncio.gather(*(_ask(each) for each in callers))
    assert sum(passed) == 1
    assert await _used(callers[0], "daily_tokens") == 2 * _TOKENS


async def test_a_budget_is_refused_until_it_resets_and_is_nobody_elses(home: House, a: Resident, b: Resident) -> None:
    for limit in ("daily_tokens", "monthly_tokens"):
        await _limit(home, a, **{limit: 0})
        with pytest.raises(BudgetExceeded, match=limit) as caught:
            async with (await home.enter(a)).quota.spending(_PLANNED):
                raise AssertionError("it was let in")
        assert 1 <= int(caught.value.headers["Retry-After"]) <= 31 * 24 * 3600 + 1
        await _limit(home, a, **{limit: 1_000})
    assert await _ask(await home.enter(b))
    assert await _used(await home.enter(a), "daily_tokens") == 0


async def test_tokens_of_a_minute_are_a_rate(home: House, a: Resident) -> None:
    await _limit(home, a, tokens_per_minute=0)
    with pytest.raises(RateLimited, match="tokens_per_minute") as caught:
        async with (await home.enter(a)).quota.spending(_PLANNED):
            raise AssertionError("it was let in")
    assert 1 <= int(caught.value.headers["Retry-After"]) <= 61


async def test_what_costs_nothing_is_let_in_where_the_money_is_used_up(home: House, a: Resident) -> None:
    await _limit(home, a, monthly_usd=0)
    assert await _ask(await home.enter(a))
    dear = Planned("a model that nobody has priced", Kind.CHAT, 300, 100)
    with pytest.raises(BudgetExceeded, match="monthly_usd"):
        async with (await home.enter(a)).quota.spending(dear):
            raise AssertionError("it was let in")


@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError])
async def test_what_was_reserved_is_given_back_however_it_ends(
    home: House, a: Resident, error: Callable[[], BaseException]
) -> None:
    await _limit(home, a, daily_tokens=1)
    with pytest.raises((RuntimeError, asyncio.CancelledError)):
        async with (await home.enter(a)).quota.spending(_PLANNED):
            raise error()
    assert await _used(await home.enter(a), "daily_tokens") == 0
    assert await _ask(await home.enter(a))


async def test_counters_begin_with_what_the_ledger_holds(home: House, a: Resident) -> None:
    """As after a restart, or with a Redis that was emptied."""
    assert await _ask(await home.enter(a))
    await home.foundation.counters.forget(a.id)
    assert await _used(await home.enter(a), "monthly_tokens") == _TOKENS
    await _limit(home, a, monthly_tokens=_TOKENS)
    assert not await _ask(await home.enter(a))


async def test_documents_that_are_read_in_count_and_are_not_refused(home: House, a: Resident) -> None:
    assert await _ask(await home.enter(a))
    await _limit(home, a, daily_tokens=_TOKENS)
    await upload(await home.enter(a), "a.txt", "the lights of the harbour")
    (lane,) = await home.foundation.lanes.due()
    assert await work(home.mint, lane, PlainParser()) is not None
    assert await _used(await home.enter(a), "daily_tokens") > _TOKENS


async def test_reading_documents_in_holds_up_no_question(home: House, a: Resident) -> None:
    await _limit(home, a, tokens_per_minute=_TOKENS)
    await upload(await home.enter(a), "a.txt", "the lights of the harbour")
    (lane,) = await home.foundation.lanes.due()
    assert await work(home.mint, lane, PlainParser()) is not None
    assert await _used(await home.enter(a), "tokens_per_minute") == 0
    assert await _ask(await home.enter(a))


async def test_a_clients_counters_begin_with_what_the_ledger_holds_of_it_alone(home: House, a: Resident) -> None:
    assert await _ask(await home.enter(a))
    made = await (await home.enter(a)).add_client(
        "a program", frozenset({Role.USER}), "a test", ClientTerms(limits={"daily_tokens": 100})
    )
    issued = await home.mint.exchange(made.client.id, made.secret, None)
    program = await home.mint.from_token(issued.access_token, NOWHERE)
    assert await _ask(program)
    for _ in range(2):
        assert await _used(program, "client.daily_tokens") == _TOKENS
        assert await _used(program, "daily_tokens") == 2 * _TOKENS
        await home.foundation.counters.forget(a.id)
