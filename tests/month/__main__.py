"""Live through a month: `python -m tests.month [--tenants N] [--days N] [--json]`.

Twenty tenants ask over HTTP, in this process, on a clock that stands still while they are answered. At the end it
prints what each was billed, which budgets were reached, and which of the anomalies planted were found; 1 if anything is
not as it must be.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import time_machine

from evals.quality.progress import bar
from tenancy.anomalies.hours import SECONDS
from tests.month.judging import Judged, judge
from tests.month.lives import FIRST
from tests.month.town import town
from tests.month.walking import walk

_DETECTED = 0.95


def main(arguments: Sequence[str]) -> int:
    """Live, judge and print; 0 if all is as it must be, 1 if not."""
    wants = argparse.ArgumentParser(prog="python -m tests.month", description=__doc__)
    wants.add_argument("--tenants", type=int, default=20)
    wants.add_argument("--days", type=int, default=30)
    wants.add_argument("--json", action="store_true", help="print JSON")
    given = wants.parse_args(arguments)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(lived(Path(folder), given.tenants, given.days))
    faults = faults_in(found)
    seconds = time.monotonic() - began
    if given.json:
        tenants = [asdict(each) for each in found]
        sys.stdout.write(json.dumps({"tenants": tenants, "faults": faults, "seconds": round(seconds)}, indent=2) + "\n")
    else:
        sys.stdout.write(table(found, seconds))
        sys.stderr.write("".join(f"{fault}\n" for fault in faults))
    return 1 if faults else 0


async def lived(folder: Path, tenants: int, days: int) -> list[Judged]:
    """Return what became of so many tenants in so many days."""
    with time_machine.travel(FIRST - SECONDS, tick=False) as clock, bar("Hours", days * 24) as shown:
        async with town(folder) as opened:
            for number in range(tenants):
                await opened.settle(number, days, time.time())
            await walk(opened, days * 24, clock, shown.step)
            return await judge(opened, days * 24, time.time())


def faults_in(found: Sequence[Judged]) -> list[str]:
    """Return what is not as it must be."""
    faults = [f"{one.name}: a budget did not hold: {said}" for one in found for said in one.over]
    for one in found:
        if not one.ledger == one.own_csv == one.roll_up:
            sums = f"ledger {one.ledger}, its table {one.own_csv}, the roll-up {one.roll_up}"
            faults.append(f"{one.name}: the bills are not the ledger: {sums}")
        if len(one.false_alarms) > 1:
            faults.append(f"{one.name}: more than one false alarm: {', '.join(one.false_alarms)}")
    planted, missed = sum(one.planted for one in found), sum(len(one.missed) for one in found)
    if planted and (planted - missed) / planted < _DETECTED:
        faults.append(f"Of {planted} planted anomalies {missed} were missed.")
    if not any(one.ledger for one in found):
        faults.append("Nobody spent anything.")
    return faults


def table(found: Sequence[Judged], seconds: float) -> str:
    """Return what became of the tenants as text."""
    head = (
        f"{'tenant':10} {'character':16} {'budget':14} {'requests':>8} {'over it':>8} {'slowed':>7} {'micro-USD':>12}"
    )
    lines = [f"{head} {'found':>8} {'false':>6}"]
    for one in found:
        anomalies = f"{one.planted - len(one.missed)}/{one.planted}"
        lines.append(
            f"{one.name:10} {one.character:16} {one.budget:14} {one.requests:8} {one.hit:8} {one.throttled:7} "
            f"{one.ledger:12} {anomalies:>8} {len(one.false_alarms):6}"
        )
    planted, missed = sum(one.planted for one in found), sum(len(one.missed) for one in found)
    share = (planted - missed) / planted if planted else 0.0
    false = sum(len(one.false_alarms) for one in found)
    lines += [
        "",
        f"{sum(one.requests for one in found)} requests of {len(found)} tenants in {seconds:.0f} s",
        f"planted anomalies found: {planted - missed} of {planted} ({share:.1%})",
        *(f"  missed: {one.name} ({one.character}): {what}" for one in found for what in one.missed),
        f"false alarms: {false}, at most {max((len(one.false_alarms) for one in found), default=0)} of one tenant",
        *(f"  {one.name} ({one.character}): {what}" for one in found for what in one.false_alarms),
        f"tables equal to the ledger: {sum(one.ledger == one.own_csv == one.roll_up for one in found)} of {len(found)}",
        f"requests refused over a budget: {sum(one.hit for one in found)}",
        f"budgets passed: {sum(len(one.over) for one in found)}",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
