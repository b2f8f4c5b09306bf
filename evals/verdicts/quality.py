"""How good the answers were, beside what they were before."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QualityMeasure:
    """One metric over one data set: its mean over tenants, its worst tenant, and the committed baseline."""

    dataset: str
    metric: str
    mean: float
    worst: float
    worst_tenant: str
    cases: int
    baseline: float | None = None
    interval: tuple[float, float] | None = None
    """95 % interval of the difference to the baseline, by paired bootstrap over tenants; None without a baseline."""
    regressed: bool = False


@dataclass(frozen=True, slots=True)
class QualityTable:
    """Every measure of a run, and what has to be said beside them."""

    measures: tuple[QualityMeasure, ...]
    notes: tuple[str, ...] = ()

    @property
    def regressed(self) -> bool:
        """Whether any measure fell below its baseline."""
        return any(measure.regressed for measure in self.measures)
