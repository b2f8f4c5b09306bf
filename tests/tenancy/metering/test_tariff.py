"""What a plan makes of a cost: which terms hold on a day, how a mark-up is rounded, what a faulty file is told."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenancy.metering.catalogue import Kind
from tenancy.metering.money import MicroUsd
from tenancy.metering.spending import Payer, Spent
from tenancy.metering.tariff import Rates, Tariff, TariffFaulty, Terms
from tenancy.plans import PLANS
from tests.tenancy.metering.tariffs import FILE, at, tariff_of


def _spent(cost: int, payer: Payer = Payer.PLATFORM) -> Spent:
    return Spent(Kind.CHAT, "m", payer, 1, 1, MicroUsd(cost), "prices")


def test_the_newest_terms_that_have_begun_hold_to_the_second(tmp_path: Path) -> None:
    tariff = tariff_of(tmp_path)
    assert tariff.rates("standard", at("2026-02-14T23:59:59")).terms == Terms(1_250, 5_000, MicroUsd(1_000))
    assert tariff.rates("standard", at("2026-02-15")).terms == Terms(3_333, 0, MicroUsd(500))
    assert tariff.rates("free", at("2026-02-15")).terms.included == 2_000


def test_calls_and_storage_have_mark_ups_of_their_own_and_an_own_key_none(tmp_path: Path) -> None:
    rates = tariff_of(tmp_path).rates("standard", at("2026-01-01"))
    assert rates.gross(_spent(1_000)) == 1_125
    assert rates.gross_storage(MicroUsd(1_001), 0) == (1_501, 5_000)
    assert rates.gross_storage(MicroUsd(1_001), 5_000) == (1_502, 0)
    assert rates.gross(_spent(1_000, Payer.OWN)) == 0
    free = tariff_of(tmp_path).rates("standard", at("2026-05-01"))
    assert (free.gross(_spent(1_001)), free.gross_storage(MicroUsd(1_001), 0)) == (501, (0, 0))


@given(st.integers(0, 10**12), st.integers(-10_000, 10**6))
def test_a_marked_up_cost_is_the_exact_product_rounded_up(cost: int, markup: int) -> None:
    gross = Rates("p", Terms(markup, 0, MicroUsd(0)), "v").gross(_spent(cost))
    assert 0 <= gross * 10_000 - cost * (10_000 + markup) < 10_000


def test_a_plan_that_is_none_is_charged_what_it_cost(tmp_path: Path) -> None:
    assert tariff_of(tmp_path).rates("edited", at("2026-01-01")).terms == Terms(0, 0, MicroUsd(0))


def test_the_shipped_tariff_names_every_plan_and_takes_no_more_than_it_cost() -> None:
    shipped = Tariff.load()
    for plan in PLANS:
        assert shipped.rates(plan, at("2026-11-24")).gross(_spent(1_000)) == 1_000
    assert shipped.rates("free", at("2026-11-24")).terms.included == 10_000_000


def test_an_edited_tariff_has_another_version_although_nobody_gave_it_one(tmp_path: Path) -> None:
    before = tariff_of(tmp_path).version
    assert before.startswith("test+")
    assert tariff_of(tmp_path, FILE.replace("12.5", "12.51")).version != before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("calls: 12.5", "call: 12.5", "'call' is not known here"),
        ("calls: 12.5, ", "", "calls is missing"),
        ("12.5", "-100.01", "-100 per cent or more"),
        ("12.5", "0.001", "steps of 0.01"),
        ("12.5", "much", "not a number"),
        ("12.5", "NaN", "not a number"),
        ("12.5", "Infinity", "not a number"),
        ("0.0005", "-1", "is not negative"),
        ("2026-02-15", "2026-05-15", "must come before"),
        ("  dedicated:\n    - {from: 1970-01-01, calls: 0, storage: 0, included: 0}\n", "", "dedicated is missing"),
        ("{from: 1970-01-01, calls: 12.5", "{from: 2026-01-01, calls: 12.5", "standard needs an entry from 1970-01-01"),
        ("  free:", "  gratis:", "'gratis' is not known here"),
        ("version: test\n", "", "version is missing"),
    ],
)
def test_a_faulty_file_is_refused_with_what_is_wrong(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in FILE
    with pytest.raises(TariffFaulty, match=said):
        tariff_of(tmp_path, FILE.replace(old, new, 1))
