"""Say what a process does, in logs and numbers that never hold content.

Rules this module enforces:

* An exception is logged as its type and the places it went through; its message may quote a document.
* Numbers name a tenant by its opaque id at most.
"""

import logging
import os
import sys
import traceback
from collections.abc import Callable
from typing import Final, TextIO, final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from structlog.typing import EventDict, Processor, WrappedLogger

from tenancy.tripwires.alarms import Alarm

_DEEPEST: Final = 12  # places of an exception that are kept, innermost last
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
        self.jobs = Counter("bulkhead_jobs", "Background jobs ended.", ["tenant", "outcome"], registry=registry)
        self.job_seconds = Histogram(
            "bulkhead_job_seconds", "Time of a background job.", buckets=_SECONDS, registry=registry
        )
        self.jobs_running = Gauge("bulkhead_jobs_running", "Background jobs at work.", registry=registry)
        self.awake_tenants = Gauge("bulkhead_awake_tenants", "Tenants whose index is awake.", registry=registry)
        self.awake_bytes = Gauge("bulkhead_awake_bytes", "Bytes that awake indexes take.", registry=registry)
        self.erasures = Counter("bulkhead_erasures", "Tenants erased.", registry=registry)
        self.tripwires = Counter(
            "bulkhead_tripwires",
            "Tripwires found where they are foreign.",
            ["surface", "blocked", "drill"],
            registry=registry,
        )
        self.alerts = Counter("bulkhead_alerts", "Alerts raised.", ["tenant", "kind"], registry=registry)
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
