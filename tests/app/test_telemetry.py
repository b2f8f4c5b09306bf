"""Logs and numbers say what happened and never what a document says."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app.telemetry import NAMED, Metrics, start_logging

_SECRET = "the vault opens with heliotrope"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Yield what is logged, and put logging back as it was."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    start_logging(stream)
    try:
        yield stream
    finally:
        structlog.reset_defaults()
        root.handlers[:] = before
        root.setLevel(level)


def test_an_event_is_one_line_of_json(log: io.StringIO) -> None:
    structlog.get_logger().info("document.indexed", document="doc_1")
    event = json.loads(log.getvalue())
    assert (event["event"], event["document"], event["level"]) == ("document.indexed", "doc_1", "info")
    assert event["timestamp"].endswith("Z")


def test_L23_an_exception_is_logged_by_its_type_and_places_not_by_its_message(log: io.StringIO) -> None:
    try:
        int(_SECRET)  # its message quotes the text
    except ValueError:
        structlog.get_logger().error("job.broke", exc_info=True)
    event = json.loads(log.getvalue())
    assert _SECRET not in log.getvalue()
    assert event["error"] == "ValueError"
    assert event["at"][-1].startswith("tests/app/test_telemetry.py:")


def test_L23_a_librarys_record_is_logged_without_its_arguments_and_its_exception(log: io.StringIO) -> None:
    try:
        int(_SECRET)
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application: %s", _SECRET)
    event = json.loads(log.getvalue())
    assert _SECRET not in log.getvalue()
    assert (event["logger"], event["error"]) == ("uvicorn.error", "ValueError")


def test_libraries_are_heard_from_warnings_on(log: io.StringIO) -> None:
    logging.getLogger("some.package").info("chatter")
    assert log.getvalue() == ""


def test_numbers_are_of_one_process_object_not_of_the_interpreter() -> None:
    one, other = Metrics(), Metrics()
    one.erasures.inc()
    assert b"bulkhead_erasures_total 1.0" in one.exposition()
    assert b"bulkhead_erasures_total 0.0" in other.exposition()


def test_L64_numbers_name_a_hundred_tenants_and_count_the_others_together() -> None:
    metrics = Metrics()
    for number in range(3 * NAMED):
        metrics.jobs.labels(f"ten_{number}", "done").inc()
        metrics.failing.began(f"ten_{number}", "scan")
    text = metrics.exposition().decode()
    for name in ('bulkhead_jobs_total{outcome="done"', 'bulkhead_upkeep_failing{kind="scan"'):
        lines = [line for line in text.splitlines() if line.startswith(name)]
        assert len(lines) == NAMED + 1
        assert f'{name},tenant="other"}} {2.0 * NAMED}' in lines


def test_a_tenant_is_named_as_failing_until_it_succeeds() -> None:
    metrics = Metrics()
    metrics.failing.began("ten_1", "scan")
    assert 'bulkhead_upkeep_failing{kind="scan",tenant="ten_1"} 1.0' in metrics.exposition().decode()
    metrics.failing.ended("ten_1", "scan")
    assert "ten_1" not in metrics.exposition().decode()
