"""Collect measured figures, print them as a table, keep them as JSON."""

import json
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import final

RESULTS = Path(__file__).parent / "results.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number; `aim` says what it should be, and is empty where nothing is aimed at."""

    group: str
    name: str
    value: float
    unit: str
    rounds: int
    aim: str = ""


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of `values` lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


@final
@dataclass(slots=True)
class Figures:
    """The figures of one run."""

    rows: list[Figure] = field(default_factory=list)

    def add(self, group: str, name: str, value: float, unit: str, rounds: int = 1, aim: str = "") -> None:
        """Take a figure and print its line at once, so that a long run shows where it is."""
        figure = Figure(group, name, value, unit, rounds, aim)
        self.rows.append(figure)
        wanted = f"   aim {aim}" if aim else ""
        print(f"{group:<12} {name:<58} {value:>12,.3f} {unit:<12}{wanted}", flush=True)

    def write(self, path: Path = RESULTS) -> None:
        """Write the run as JSON."""
        machine = {"machine": platform.machine(), "python": platform.python_version(), "system": platform.system()}
        text = json.dumps({"on": machine, "figures": [asdict(row) for row in self.rows]}, indent=2)
        path.write_text(text + "\n", encoding="utf-8")
