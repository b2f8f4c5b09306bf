"""The quality of one run as the reports show it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of one set: the mean over tenants of each tenant's own mean, and the tenant it is worst for."""

    name: str
    mean: float
    worst: float
    worst_tenant: str
    lower_is_better: bool = False


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from sending a request until its body is read, a few at a time."""

    search_p50: float
    search_p95: float
    ask_p50: float
    ask_p95: float


@dataclass(frozen=True, slots=True)
class SetQuality:
    """One row of the table: a set of questions; a measure that no case defines is absent.

    `refusals_by_kind` holds the share refused of each kind of unanswerable question.
    """

    name: str
    tenants: int
    documents: int
    answerable: int
    unanswerable: int
    measures: tuple[Measure, ...]
    refusals_by_kind: tuple[tuple[str, float], ...]
    latency: Latency

    def measure(self, name: str) -> Measure | None:
        """Return a measure by name, None if no case defines it."""
        return next((each for each in self.measures if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Change:
    """One measure against the baseline, paired by tenant, or by question where there are too few tenants.

    `low` and `high` bound the 95 % interval of the mean difference, positive where today is better.
    """

    set_name: str
    measure: str
    baseline: float
    now: float
    low: float
    high: float
    unit: str
    regressed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run against a baseline; `not_compared` says in sentences what the baseline could not judge."""

    baseline: str
    changes: tuple[Change, ...]
    not_compared: tuple[str, ...]

    @property
    def regressed(self) -> bool:
        """Whether any measure is worse than chance and margin explain."""
        return any(each.regressed for each in self.changes)


@dataclass(frozen=True, slots=True)
class IsolationTax:
    """What the walls cost: the same questions at the same time, of the service and of one unsealed pipeline.

    Milliseconds are medians of a search outside the embedding model.
    """

    peer: str
    questions: int
    ours_ms: float
    peer_ms: float
    ours_ndcg: float
    peer_ndcg: float

    @property
    def ratio(self) -> float:
        """How many times the peer's time the service takes."""
        return self.ours_ms / self.peer_ms


@dataclass(frozen=True, slots=True)
class Judged:
    """One measure of a judging library: `undefined` of `count` outcomes had no value and count as 0 in the mean."""

    name: str
    judge: str
    mean: float
    count: int
    undefined: int


@dataclass(frozen=True, slots=True)
class QualityTable:
    """Everything a report says about quality; `sample` is a sentence on what was asked, `skipped` on what was not."""

    sets: tuple[SetQuality, ...]
    sample: str
    skipped: tuple[str, ...]
    comparison: Comparison | None = None
    tax: IsolationTax | None = None
    judged: tuple[Judged, ...] = ()

    @property
    def regressed(self) -> bool:
        """Whether the gate fails for quality."""
        return self.comparison is not None and self.comparison.regressed
