"""What a call costs: which price holds on a day, how it is rounded, what a faulty file of prices is told."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenancy.metering.catalogue import Catalogue, CatalogueFaulty, Cost, Kind
from tenancy.metering.money import MicroUsd, micros, usd

_FILE = """
version: test
models:
  small:
    - {from: 2026-01-01, prompt: 0.15, completion: 0.60}
    - {from: 2026-06-01, prompt: 0.10, completion: 0.30}
  vectors:
    - {from: 1970-01-01, embedding: 0.02}
unlisted:
  - {from: 1970-01-01, prompt: 10, completion: 30, embedding: 1}
storage:
  - {from: 1970-01-01, gigabyte_month: 0.09}
"""


def _at(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()


def _catalogue(folder: Path, text: str = _FILE) -> Catalogue:
    path = folder / "prices.yaml"
    path.write_text(text, encoding="utf-8")
    return Catalogue.load(path)


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return _catalogue(tmp_path_factory.mktemp("prices"))


def test_the_newest_price_that_has_begun_holds_to_the_second(prices: Catalogue) -> None:
    million = 1_000_000
    assert prices.cost("small", Kind.CHAT, million, 0, _at("2026-01-01")).amount == 150_000
    assert prices.cost("small", Kind.CHAT, million, million, _at("2026-06-01") - 1).amount == 750_000
    assert prices.cost("small", Kind.CHAT, million, million, _at("2026-06-01")).amount == 400_000


def test_a_model_without_a_price_is_never_free(prices: Catalogue) -> None:
    for model, day in (("nobody-knows-it", "2026-07-01"), ("small", "2025-12-31"), ("smal", "2026-07-01")):
        assert not prices.lists(model, _at(day))
        assert prices.cost(model, Kind.CHAT, 1_000_000, 0, _at(day)).amount == 10_000_000
    assert prices.lists("small", _at("2026-07-01"))


def test_an_embedder_that_is_called_as_a_chat_model_is_not_free(prices: Catalogue) -> None:
    assert prices.cost("vectors", Kind.CHAT, 1_000_000, 1_000_000, _at("2026-07-01")).amount == 40_000_000
    assert Catalogue.load().cost("minilm", Kind.CHAT, 1_000, 0, _at("2026-07-01")).amount > 0


def test_a_dated_snapshot_costs_what_its_name_costs_and_a_longer_name_does_not(prices: Catalogue) -> None:
    at = _at("2026-07-01")
    assert prices.cost("small-2026-02-03", Kind.CHAT, 1_000_000, 0, at).amount == 100_000
    assert prices.cost("openai:vectors", Kind.EMBEDDING, 1_000_000, 0, at).amount == 20_000
    assert not prices.lists("small-plus", at)


def test_a_call_is_rounded_up_once_and_an_unused_one_costs_nothing(prices: Catalogue) -> None:
    at = _at("2026-07-01")
    assert prices.cost("vectors", Kind.EMBEDDING, 1, 0, at).amount == 1
    assert prices.cost("vectors", Kind.EMBEDDING, 50, 0, at).amount == 1
    assert prices.cost("vectors", Kind.EMBEDDING, 51, 0, at).amount == 2
    assert prices.cost("small", Kind.CHAT, 5, 1, at).amount == 1  # .5 and .3 micro-dollars: together one, not two
    assert prices.cost("small", Kind.CHAT, 0, 0, at).amount == 0


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_cost_is_the_exact_product_rounded_up(prompt: int, completion: int) -> None:
    cost = Catalogue.load().cost("gpt-4o-mini", Kind.CHAT, prompt, completion, _at("2026-07-01")).amount
    exact = prompt * Decimal("0.15") + completion * Decimal("0.60")
    assert exact <= cost < exact + 1


def test_an_estimate_is_at_least_what_the_call_then_costs(prices: Catalogue) -> None:
    at = _at("2026-07-01")
    reserved = prices.estimate("small", Kind.CHAT, 3_000, 500, at)
    assert (reserved.prompt_tokens, reserved.completion_tokens) == (1_000, 500)
    assert reserved.cost == prices.cost("small", Kind.CHAT, 1_000, 500, at)
    assert prices.estimate("vectors", Kind.EMBEDDING, 10, 500, at).completion_tokens == 0


def test_storage_costs_by_bytes_and_days(prices: Catalogue) -> None:
    cost, left = prices.storage_cost(30 * 10**9, 0.0, 0)
    assert (cost.amount, cost.price_version, left) == (90_000, prices.version, 0)
    assert prices.storage_cost(0, 0.0, 7) == (Cost(MicroUsd(0), prices.version), 7)


@given(st.lists(st.integers(0, 10**12), max_size=60))
def test_the_days_of_storage_cost_what_they_come_to_rounded_down_once(days: list[int]) -> None:
    prices, amounts, left = Catalogue.load(), 0, 0
    for kept in days:
        cost, left = prices.storage_cost(kept, 0.0, left)
        amounts += cost.amount
    assert amounts == sum(days) * 80_000 // (30 * 10**9)


def test_edited_prices_have_another_version_although_nobody_gave_them_one(tmp_path: Path) -> None:
    before = _catalogue(tmp_path).version
    after = _catalogue(tmp_path, _FILE.replace("0.15", "0.16")).version
    assert before.startswith("test+")
    assert before != after


def test_the_shipped_prices_are_read_and_the_offline_encoders_are_free() -> None:
    shipped = Catalogue.load()
    for name in ("e5-small", "minilm"):
        assert shipped.cost(name, Kind.EMBEDDING, 10**9, 0, _at("2026-07-01")).amount == 0
    assert shipped.cost("gpt-4o", Kind.CHAT, 1_000_000, 0, _at("2024-06-01")).amount == 5_000_000
    assert shipped.cost("gpt-4o-2024-11-20", Kind.CHAT, 1_000_000, 0, _at("2026-06-01")).amount == 2_500_000
    assert not shipped.lists("a-model-of-tomorrow", _at("2026-07-01"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("prompt: 0.15", "promt: 0.15", "'promt' is not known here"),
        ("0.15", "-0.15", "is not negative"),
        ("0.15", "0.0000001", "whole number of micro-dollars"),
        ("0.15", "cheap", "not an amount"),
        ("0.15", "NaN", "not an amount"),
        ("2026-06-01", "2025-06-01", "must come before"),
        ("2026-06-01", "soon", "soon"),
        ("  vectors:", "  small:", "stands twice"),
        ("version: test\n", "", "version is missing"),
        ("{from: 1970-01-01, prompt: 10", "{from: 2026-01-01, prompt: 10", "need an entry from 1970-01-01"),
        ("10, completion: 30", "10", "needs prompt, completion and embedding"),
        ("{from: 1970-01-01, embedding: 0.02}", "{from: 1970-01-01}", "an entry needs"),
        ("models:\n", "models: [\n", "not YAML"),
    ],
)
def test_a_faulty_file_is_refused_with_what_is_wrong(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in _FILE
    with pytest.raises(CatalogueFaulty, match=said):
        _catalogue(tmp_path, _FILE.replace(old, new, 1))


@given(st.integers(-(10**15), 10**15))
def test_money_is_written_exactly_and_read_back(amount: int) -> None:
    written = usd(amount)
    assert Decimal(written) * 1_000_000 == amount
    assert "e" not in written.lower()
    assert micros(written) == amount


def test_money_reads_as_people_write_it() -> None:
    assert [usd(amount) for amount in (0, 1, 125, 12_500_000, 1_000_000)] == ["0", "0.000001", "0.000125", "12.5", "1"]
