"""Say what a process does, in logs and numbers that never hold content.

Rules this module enforces:

* An exception is logged as its type and the places it went through; its message may quote a document.
* Numbers name a tenant by its opaque id at most, and no more than a hundred tenants: the others are one line together.
"""

import logging
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, Final, TextIO, final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics import MetricWrapperBase
from structlog.typing import EventDict, Processor, WrappedLogger

from tenancy.tripwires.alarms import Alarm

_DEEPEST: Final = 12  # places of an exception that are kept, innermost last
NAMED: Final = 100
OTHER: Final = "other"
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


def places_of(error: BaseException) -> list[str]:
    """Return where an exception went through, as `file:line function`, without its message or any value."""
    frames = traceback.extract_tb(error.__traceback__)[-_DEEPEST:]
    return [f"{os.path.relpath(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _without_messages(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Replace an exception by its type and its places."""
    info = event.pop("exc_info", None)
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else sys.exc_info()[1]
    if info and error is not None:
        event["error"] = type(error).__name__
        event["at"] = places_of(error)
    event.pop("exception", None)
    return event


def _foreign(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Keep of a library's own record what cannot hold content: who spoke, how loud, and the unfilled sentence."""
    record: logging.LogRecord | None = event.get("_record")
    if record is not None:
        event["logger"] = record.name
        event["event"] = str(record.msg)
    return event


def start_logging(stream: TextIO = sys.stderr) -> None:
    """Log JSON lines to `stream`, or readable ones where it is a terminal; libraries from warnings on."""
    steps: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_messages,
    ]
    last: Processor = structlog.processors.JSONRenderer()
    if stream.isatty():
        last = structlog.dev.ConsoleRenderer(colors=True)
    structlog.configure(
        processors=[*steps, last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(stream),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_foreign, *steps],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True


@final
class PerTenant:
    """A number for each tenant: by id for those that come first, for all others together."""

    def __init__(self, metric: MetricWrapperBase) -> None:
        """Divide a metric whose first label is the tenant."""
        self._metric = metric
        self._named: set[str] = set()

    def labels(self, owner: str, *others: str) -> Any:  # noqa: ANN401 - whichever kind of metric it is
        """Return the number of an owner and of other labels."""
        if owner not in self._named:
            if len(self._named) >= NAMED:
                owner = OTHER
            else:
                self._named.add(owner)
        return self._metric.labels(owner, *others)


@final
class Failing:
    """Whose upkeep fails now, kind by kind; who is named is named until it succeeds."""

    def __init__(self, gauge: Gauge) -> None:
        """Tell it with a gauge by tenant and kind."""
        self._gauge = gauge
        self._named: set[tuple[str, str]] = set()
        self._others: set[tuple[str, str]] = set()

    def began(self, owner: str, kind: str) -> None:
        """Tell that it fails."""
        if (owner, kind) in self._named:
            return
        if len(self._named) < NAMED:
            self._named.add((owner, kind))
            self._gauge.labels(owner, kind).set(1)
        else:
            self._others.add((owner, kind))
            self._count_others(kind)

    def ended(self, owner: str, kind: str) -> None:
        """Tell that it succeeds."""
        if (owner, kind) in self._named:
            self._named.discard((owner, kind))
            self._gauge.remove(owner, kind)
        elif (owner, kind) in self._others:
            self._others.discard((owner, kind))
            self._count_others(kind)

    def _count_others(self, kind: str) -> None:
        self._gauge.labels(OTHER, kind).set(sum(of == kind for _, of in self._others))


@final
class Metrics:
    """The numbers of one process, in a registry of their own."""

    def __init__(self) -> None:
        """Start at zero."""
        registry = self.registry = CollectorRegistry()
        self.requests = Counter(
            "bulkhead_requests", "Requests answered.", ["plane", "method", "route", "status"], registry=registry
        )
        self.request_seconds = Histogram(
            "bulkhead_request_seconds", "Time to answer.", ["plane", "route"], buckets=_SECONDS, registry=registry
        )
        jobs = Counter("bulkhead_jobs", "Background jobs ended.", ["tenant", "outcome"], registry=registry)
        self.jobs = PerTenant(jobs)
        self.job_seconds = Histogram(
            "bulkhead_job_seconds", "Time of a background job.", buckets=_SECONDS, registry=registry
        )
        self.jobs_running = Gauge("bulkhead_jobs_running", "Background jobs at work.", registry=registry)
        self.jobs_interrupted = Counter("bulkhead_jobs_interrupted", "Long jobs given back.", registry=registry)
        self.unattended = Gauge("bulkhead_tenants_unattended", "Own workers that are missing.", registry=registry)
        self.awake_tenants = Gauge("bulkhead_awake_tenants", "Tenants whose index is awake.", registry=registry)
        self.awake_bytes = Gauge("bulkhead_awake_bytes", "Bytes that awake indexes take.", registry=registry)
        self.erasures = Counter("bulkhead_erasures", "Tenants erased.", registry=registry)
        self.tripwires = Counter(
            "bulkhead_tripwires",
            "Tripwires found where they are foreign.",
            ["surface", "blocked", "drill"],
            registry=registry,
        )
        self.alerts = PerTenant(Counter("bulkhead_alerts", "Alerts raised.", ["tenant", "kind"], registry=registry))
        self.upkeep = Counter("bulkhead_upkeep", "Work that was due.", ["kind", "outcome"], registry=registry)
        failing = Gauge(
            "bulkhead_upkeep_failing", "Tenants whose upkeep fails now.", ["tenant", "kind"], registry=registry
        )
        self.failing = Failing(failing)
        self.deliveries = Counter(
            "bulkhead_alert_deliveries", "Attempts to deliver an alert.", ["outcome"], registry=registry
        )
        self.probes = Counter("bulkhead_tripwire_probes", "Probes by sentinels.", ["outcome"], registry=registry)

    def probed(self, age: Callable[[], float]) -> None:
        """Tell from now on how long ago the last good probe was, in seconds; infinite before the first."""
        gauge = Gauge(
            "bulkhead_tripwire_last_good_probe_age_seconds",
            "Age of the last probe in which every wall held.",
            registry=self.registry,
        )
        gauge.set_function(age)

    def alarm_rang(self, alarm: Alarm) -> None:
        """Count an alarm."""
        self.tripwires.labels(alarm.surface, str(alarm.blocked).lower(), str(alarm.drill).lower()).inc()

    def exposition(self) -> bytes:
        """Return all numbers in the text format of Prometheus."""
        return generate_latest(self.registry)
