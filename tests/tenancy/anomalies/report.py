"""Rates over many months, by plant and by character: as JSON, as text, as the tables of a page."""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from tests.tenancy.anomalies.characters import Character
from tests.tenancy.anomalies.measuring import Outcome, Rates, rates
from tests.tenancy.anomalies.planting import Plant


def report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return the rates over all, by plant and by character, as JSON holds them."""
    kinds = Counter(str(alarm.kind) for each in outcomes for alarm in each.alarms)
    return {
        "all": _line(rates(outcomes)),
        "alarms_by_kind": dict(sorted(kinds.items())),
        "plants": {str(plant): _plant(outcomes, plant) for plant in Plant},
        "characters": {str(each): _line(rates(_of(outcomes, each))) for each in Character},
    }


def _of(outcomes: Iterable[Outcome], character: Character) -> list[Outcome]:
    return [each for each in outcomes if each.character == character]


def _plant(outcomes: Iterable[Outcome], plant: Plant) -> dict[str, Any]:
    found = [(after, gross) for each in outcomes for what, after, gross in each.found if what.plant == plant]
    hours = [after for after, _ in found if after is not None]
    return {
        "planted": len(found),
        "found": len(hours),
        "median_hours": median(hours) if hours else None,
        "gross": sum(gross for _, gross in found),
    }


def _line(one: Rates) -> dict[str, Any]:
    return {
        "months": one.months,
        "planted": one.planted,
        "found": one.found,
        "detection": round(one.detection, 4),
        "false_alarms": one.alarms,
        "a_month": round(one.false_alarms, 3),
        "most": one.most,
        "months_above_one": one.above_one,
        "beside_anomalies": one.beside,
        "while_learning": one.early,
        "months_of_learning": round(one.learnt, 1),
        "gross_and_normal": one.gross,
    }


def table(told: dict[str, Any]) -> str:
    """Return a report as text."""
    lines = [f"seeds: {told['seeds']}"]
    lines += [f"{name:20} {value}" for name, value in told["all"].items()]
    lines += [f"alarms of {name:10} {count}" for name, count in told["alarms_by_kind"].items()]
    lines += ["", f"{'planted':16} {'of':>5} {'found':>6} {'share':>7} {'hours':>6} {'gross':>6}"]
    for name, each in told["plants"].items():
        share = each["found"] / each["planted"] if each["planted"] else 0.0
        hours = "" if each["median_hours"] is None else f"{each['median_hours']:g}"
        lines.append(f"{name:16} {each['planted']:5} {each['found']:6} {share:7.1%} {hours:>6} {each['gross']:6}")
    lines += ["", f"{'character':16} {'months':>6} {'share':>7} {'alarms':>7} {'most':>5} {'beside':>7} {'early':>6}"]
    for name, each in told["characters"].items():
        alarms = f"{each['months']:6} {each['detection']:7.1%} {each['false_alarms']:7} {each['most']:5}"
        lines.append(f"{name:16} {alarms} {each['beside_anomalies']:7} {each['while_learning']:6}")
    return "\n".join(lines) + "\n"


def page(told: dict[str, Any]) -> str:
    """Return the tables of the page about anomalies, in Markdown."""
    lines = ["| planted | of | found | share | hours until found, median | gross |", "|---|---|---|---|---|---|"]
    for name, each in told["plants"].items():
        share = f"{each['found'] / each['planted']:.1%}"
        hours = f"{each['median_hours']:g}"
        lines.append(f"| {name} | {each['planted']} | {each['found']} | {share} | {hours} | {each['gross']} |")
    lines += ["", "| character | months | found | false alarms | most in a month |", "|---|---|---|---|---|"]
    for name, each in [*told["characters"].items(), ("all", told["all"])]:
        found = f"{each['found']} of {each['planted']} ({each['detection']:.1%})"
        lines.append(f"| {name} | {each['months']} | {found} | {each['false_alarms']} | {each['most']} |")
    return "\n".join(lines)
