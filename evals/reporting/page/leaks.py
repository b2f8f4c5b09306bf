"""The leaks on the page: who saw whose, and each one with the line that reproduces it."""

from collections import Counter
from typing import Final
from xml.etree import ElementTree as ET

from evals.reporting import outcome
from evals.reporting.document import finding_id
from evals.reporting.page.elements import Child, code, listed, section, table, tag, words
from evals.verdicts.family import FamilyResult, Verdict, rate_bound
from evals.verdicts.finding import Finding
from evals.verdicts.gate import Run

_Pairs = Counter[tuple[str, str]]

_HEATS: Final = (1, 3, 10)
"""From how many leaks on a cell of the map is one step darker; the number itself stands in it."""
_LITTLE: Final = 0.02
_FEW: Final = 3
_SHOWN: Final = 200
"""A page with more leaks than this helps nobody; the rest stand in the document."""


def heat_map(run: Run) -> ET.Element | None:
    """Return leaks by attacker and victim over the trials made between them."""
    leaks = Counter((one.attacker, one.victim) for family in run.families for one in family.findings)
    trials: Counter[tuple[str, str]] = Counter()
    for family in run.families:
        if family.verdict in {Verdict.PASS, Verdict.LEAK}:  # what an inconclusive family tried shows nothing
            trials.update(family.pairs)
    if not leaks and not trials:
        return None
    names = _gathered(leaks, trials, 0), _gathered(leaks, trials, 1)
    leaks, trials = _named(leaks, names), _named(trials, names)
    attackers, victims = (tuple(dict.fromkeys(by.values())) for by in names)
    rows: list[tuple[Child, ...]] = [
        (name, *(_warmth(leaks, trials, (name, one)) for one in victims)) for name in attackers
    ]
    heads = ("Attacker ↓  Victim →", *victims)
    return section(
        "Who saw whose",
        "pairs",
        words("Leaks found, over the distinct trials made. A dash: no probe that can be believed tried."),
        table("Leaks by attacker and victim", heads, rows, class_="heat"),
    )


def findings(run: Run) -> ET.Element | None:
    """Return every leak with its place, what was seen, and how to see it again."""
    found = [(one, family) for family in run.families for one in family.findings]
    if not found:
        return None
    kinds: set[tuple[str, str]] = set()
    shown: list[Child] = []
    for one, family in found[:_SHOWN]:
        shown.append(_leak(one, family, first=(one.family, one.title) not in kinds))
        kinds.add((one.family, one.title))
    rest = words(f"{len(found) - _SHOWN:,} more stand in report.json.") if len(found) > _SHOWN else None
    return section(f"Leaks ({len(found):,})", "leaks", words("The first of each kind is open."), *shown, rest)


def _gathered(leaks: _Pairs, trials: _Pairs, side: int) -> dict[str, str]:
    """Return the name under which each attacker (side 0) or victim (side 1) stands on the map, in its order.

    Those of a family's own that were tried little and saw nothing stand in one line: a stage has dozens of them.
    """
    counted: Counter[str] = Counter()
    for pair, count in trials.items():
        counted[pair[side]] += count
    leaky = {pair[side] for pair, count in leaks.items() if count}
    least = _LITTLE * counted.total()
    known = sorted({pair[side] for pair in (*leaks, *trials)})
    few = [name for name in known if counted[name] < least and name not in leaky]
    if len(few) < _FEW:
        few = []
    kept = {name: name for name in known if name not in few}
    return kept | dict.fromkeys(few, f"{len(few)} others")


def _named(pairs: _Pairs, names: tuple[dict[str, str], dict[str, str]]) -> _Pairs:
    """Return counts by the names on the map."""
    found: _Pairs = Counter()
    for (attacker, victim), count in pairs.items():
        found[names[0][attacker], names[1][victim]] += count
    return found


def _warmth(leaks: Counter[tuple[str, str]], trials: Counter[tuple[str, str]], pair: tuple[str, str]) -> ET.Element:
    if not trials[pair] and not leaks[pair]:
        return tag("td", "—", class_="untried")
    step = sum(leaks[pair] >= least for least in _HEATS)
    label = f"✗ {leaks[pair]}" if leaks[pair] else "0"
    return tag("td", tag("b", label), tag("small", f" of {trials[pair]:,}"), class_=f"heat{step}")


def _leak(finding: Finding, family: FamilyResult, *, first: bool) -> ET.Element:
    cell = finding.cell
    facts: list[tuple[str, Child]] = [
        ("Who", f"{finding.attacker} saw what belongs to {finding.victim}"),
        ("Where", code(f"{cell.route} {cell.slot}".strip())),
        ("In the reply", code(finding.json_path) if finding.json_path else "headers or raw bytes"),
        ("Store, surface", f"{cell.store or 'unknown'}, {cell.surface}"),
        ("Seen", code(finding.excerpt)),
        ("Standards", ", ".join(finding.standards)),
        ("Trials", _resolution(family)),
    ]
    controls = [f"{'✓' if one.held else '✗'} {one.kind}: {one.name}" for one in family.controls]
    heading = tag("h3", tag("span", f"{finding.family} ", class_="family"), finding.title, id=finding_id(finding))
    summary = tag("summary", heading, tag("span", f"{finding.attacker} → {finding.victim}, {cell.route}"))
    return tag(
        "details",
        summary,
        tag("dl", *(tag(kind, part) for name, value in facts for kind, part in (("dt", name), ("dd", value)))),
        words("Reproduce:"),
        tag("pre", code(finding.curl), tabindex="0"),
        tag("details", tag("summary", f"Controls of {family.family} ({len(controls)})"), listed(controls)),
        class_="leak",
        **({"open": "open"} if first else {}),
    )


def _resolution(family: FamilyResult) -> str:
    if not family.distinct:
        return "none counted"
    return f"{family.distinct:,} distinct; without a leak they would have bounded the rate at " + outcome.percent(
        rate_bound(family.distinct)
    )
