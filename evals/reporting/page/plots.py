"""Measurements drawn as inline SVG, with the band inside which they count as equal.

A list of numbers is drawn as a histogram; `low`, `median` and `high` as an interval over it. The numbers follow in a
table, for readers who cannot see the plot.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from evals.reporting.page.elements import section, table, tag, words
from evals.verdicts.gate import Run
from evals.verdicts.trial import Measurement

_WIDTH: Final = 640
_HEIGHT: Final = 150
_MARGIN: Final = 24
_BASE: Final = 104
_BINS: Final = 48
_TAIL: Final = 0.01
"""Beyond this share on either side values are left out of the plot, not of the table."""


@dataclass(frozen=True, slots=True)
class _Axis:
    """The range of values that is drawn."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Return where a value stands, in the plot's units, inside its frame."""
        share = (value - self.low) / (self.high - self.low)
        return round(_MARGIN + min(max(share, 0.0), 1.0) * (_WIDTH - 2 * _MARGIN), 1)


def plots(run: Run) -> ET.Element | None:
    """Return every measurement of every family, drawn and in numbers."""
    measured = [(family.family, one) for family in run.families for one in family.measurements]
    if not measured:
        return None
    explained = "The shaded band is where a difference counts as none; a pass needs the whole interval inside it."
    return section("Measurements", "measurements", words(explained), *(_figure(*one) for one in measured))


def _figure(family: str, one: Measurement) -> ET.Element:
    series = {name: _finite(value) for name, value in one.values.items() if isinstance(value, Sequence)}
    single = {name: float(value) for name, value in one.values.items() if not isinstance(value, Sequence)}
    drawn = [_plot(f"{one.name}: {name}", values, single, one.band) for name, values in series.items() if values]
    if not drawn and _interval(single) is not None:
        drawn = [_plot(one.name, [], single, one.band)]
    rows = [(name, f"{value:.6g}") for name, value in single.items()]
    rows += [(name, f"n {len(values)}, {_spread(values)}") for name, values in series.items()]
    if one.band is not None:
        rows.append(("band", f"{one.band[0]:.6g} to {one.band[1]:.6g}"))
    return tag(
        "figure",
        tag("figcaption", tag("span", f"{family} ", class_="family"), one.name),
        *drawn,
        table(f"{one.name}, in numbers", ("Value", "Number"), rows, class_="numbers"),
    )


def _plot(
    label: str, values: Sequence[float], single: Mapping[str, float], band: tuple[float, float] | None
) -> ET.Element:
    interval = _interval(single)
    axis = _axis([*_middle(values), *(interval or ()), *(band or ())])
    return tag(
        "svg",
        tag("title", label),
        *_band(axis, band),
        *_bars(axis, values),
        tag("line", x1=_MARGIN, x2=_WIDTH - _MARGIN, y1=_BASE, y2=_BASE, class_="axis"),
        *_ticks(axis),
        *_whisker(axis, interval),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label=label,
    )


def _band(axis: _Axis, band: tuple[float, float] | None) -> list[ET.Element]:
    if band is None:
        return []
    left, right = axis.at(band[0]), axis.at(band[1])
    edges = [tag("line", x1=x, x2=x, y1=12, y2=_BASE, class_="edge") for x in (left, right)]
    return [tag("rect", x=left, y=12, width=round(right - left, 1), height=_BASE - 12, class_="band"), *edges]


def _bars(axis: _Axis, values: Sequence[float]) -> list[ET.Element]:
    inside = [one for one in values if axis.low <= one <= axis.high]
    if not inside:
        return []
    width = (_WIDTH - 2 * _MARGIN) / _BINS
    counts = [0] * _BINS
    for one in inside:
        counts[min(_BINS - 1, int((axis.at(one) - _MARGIN) / width))] += 1
    tallest = max(counts)
    heights = [count / tallest * (_BASE - 24) for count in counts]
    return [
        tag(
            "rect",
            x=round(_MARGIN + number * width + 0.5, 1),
            y=round(_BASE - height, 1),
            width=round(width - 1, 1),
            height=round(height, 1),
            class_="bar",
        )
        for number, height in enumerate(heights)
        if height
    ]


def _whisker(axis: _Axis, interval: tuple[float, float, float] | None) -> list[ET.Element]:
    if interval is None:
        return []
    low, middle, high = map(axis.at, interval)
    y = _BASE + 30
    ends = [tag("line", x1=x, x2=x, y1=y - 5, y2=y + 5, class_="whisker") for x in (low, high)]
    return [
        tag("line", x1=low, x2=high, y1=y, y2=y, class_="whisker"),
        *ends,
        tag("circle", cx=middle, cy=y, r=4, class_="point"),
    ]


def _ticks(axis: _Axis) -> list[ET.Element]:
    step = 10 ** math.floor(math.log10((axis.high - axis.low) / 2))
    while (axis.high - axis.low) / step > 8:  # noqa: PLR2004 - more labels than this run into one another
        step *= 2
    first = math.ceil(axis.low / step)
    last = math.floor(axis.high / step)
    return [
        tag("text", f"{number * step:.6g}", x=axis.at(number * step), y=_BASE + 16, text_anchor="middle", class_="tick")
        for number in range(first, last + 1)
    ]


def _axis(values: Sequence[float]) -> _Axis:
    low, high = min(values), max(values)
    room = (high - low) * 0.06 or max(abs(high), 1.0) * 0.06
    return _Axis(low - room, high + room)


def _middle(values: Sequence[float]) -> list[float]:
    ordered = sorted(values)
    cut = int(len(ordered) * _TAIL)
    return ordered[cut : len(ordered) - cut]


def _interval(single: Mapping[str, float]) -> tuple[float, float, float] | None:
    found = [single[name] for name in ("low", "median", "high") if name in single and math.isfinite(single[name])]
    return (found[0], found[1], found[2]) if len(found) == 3 else None  # noqa: PLR2004 - both ends with the middle


def _finite(values: Sequence[float]) -> list[float]:
    return [float(one) for one in values if math.isfinite(one)]


def _spread(values: Sequence[float]) -> str:
    if not values:
        return "nothing finite"
    ordered = sorted(values)
    return f"median {ordered[len(ordered) // 2]:.6g}, from {ordered[0]:.6g} to {ordered[-1]:.6g}"
